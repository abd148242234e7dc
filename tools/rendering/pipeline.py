"""Rendering a data set: bodies are posed, scenes rendered and frames decoded side by side."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from rendering.production import (
    Prepared,
    Workshop,
    assemble,
    open_workshop,
    prepare,
    render,
)
from rendering.renderer import Renderer, RenderError
from rendering.sampling import sample_scene
from rendering.sequence import folder_name, write_sequence

MOST_FAILURES = 4
"""So many failures one after the other end the work."""


def render_sequences(arguments: argparse.Namespace) -> None:
    """Render every seed of the command line that the output does not hold yet."""
    import torch

    torch.set_num_threads(1)
    output: Path = arguments.output
    output.mkdir(parents=True, exist_ok=True)
    seeds = [seed for seed in arguments.seeds if not (output / folder_name(seed)).exists()]
    print(f"{len(seeds)} of {len(arguments.seeds)} scenes are left to render", flush=True)
    if not seeds:
        return
    workshop = open_workshop(arguments.cache)
    began, failures, ready = time.monotonic(), 0, None
    with (
        tempfile.TemporaryDirectory(prefix="livedepth-render-") as work,
        Renderer() as renderer,
        ThreadPoolExecutor(1) as before,
        ThreadPoolExecutor(1) as after,
    ):
        upcoming = before.submit(prepare_seed, seeds[0], workshop, Path(work), arguments)
        for index, seed in enumerate(seeds):
            current = upcoming
            if index + 1 < len(seeds):
                upcoming = before.submit(
                    prepare_seed, seeds[index + 1], workshop, Path(work), arguments
                )
            try:
                prepared = current.result()
                render(prepared, renderer)
                if ready is not None:
                    ready.result()
                ready = after.submit(finish, prepared, output)
                failures = 0
            except RenderError as error:
                failures += 1
                print(f"scene {seed}: {error}", flush=True)
                if failures >= MOST_FAILURES:
                    raise
                continue
            print(progress_line(prepared, index + 1, len(seeds), began), flush=True)
        await_last(ready)


def await_last(ready: Future[None] | None) -> None:
    """Wait for the last scene that is still decoded."""
    if ready is not None:
        ready.result()


def prepare_seed(
    seed: int, workshop: Workshop, work: Path, arguments: argparse.Namespace
) -> Prepared:
    """Sample a seed's scene and write what Blender needs for it."""
    scene = sample_scene(seed, workshop.models)
    folder = work / folder_name(seed)
    return prepare(scene, workshop, folder, arguments.frames, arguments.threads, arguments.samples)


def finish(prepared: Prepared, output: Path) -> None:
    """Decode a rendered scene, store it and remove what it was made from."""
    sequence = assemble(prepared)
    write_sequence(output / folder_name(prepared.scene.seed), sequence)
    shutil.rmtree(prepared.folder)


def progress_line(prepared: Prepared, done: int, total: int, began: float) -> str:
    """What was rendered, how fast, and how long the rest takes."""
    spent = time.monotonic() - began
    left = spent / done * (total - done) / 60
    scene = prepared.scene
    return (
        f"scene {scene.seed}: {len(scene.people)} people, {scene.theme}, {scene.light}; "
        f"{done}/{total}, {spent / done:.1f} s a scene, {left:.0f} min left"
    )
