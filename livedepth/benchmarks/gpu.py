"""What an NVIDIA GPU has to reach; without one, every row says that it is absent."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from livedepth.benchmarks.architectures import find_architecture, make_random_model
from livedepth.benchmarks.candidates import Size, pictures, usual_size
from livedepth.benchmarks.case import Result, silent
from livedepth.benchmarks.clip import play, render_clip
from livedepth.benchmarks.comparison import Comparison
from livedepth.benchmarks.eager import EAGER, cuda_fault
from livedepth.benchmarks.engines import Effort, Figures
from livedepth.benchmarks.streaming import decoding_rate
from livedepth.depth.engines import obstacle
from livedepth.depth.files import ModelFiles
from livedepth.depth.registry import find_model
from livedepth.errors import LivedepthError

_FRAME = (1280, 720)
_EFFORT = Effort(seconds=5.0)
_LEAST_AGREEMENT = 0.999
_ARCHITECTURE = "depth-anything-v2-small"

_CLIP_SIZE = (1920, 1080)
_CLIP_FRAMES = 150
_FRAMES = 1500
_LEAST_RATE = 120.0


@dataclass(frozen=True, slots=True)
class Bar:
    """The most milliseconds at an input size, None for the usual one; times faster than eager."""

    model: str
    size: Size | None
    milliseconds: float
    speedup: float = 0.0

    def target(self) -> str:
        """In words."""
        text = f"{self.milliseconds:g} ms at most"
        return f"{text}, {self.speedup:g} times faster" if self.speedup else text


BARS = (
    Bar(_ARCHITECTURE, (518, 518), 2.5, 5.0),
    Bar(_ARCHITECTURE, (448, 252), 1.5),
    Bar("embedded", None, 0.6),
)


def gpu() -> Iterator[Result]:
    """Milliseconds from a frame in the host's memory to its map there, and how true the map is."""
    fault = cuda_fault()
    with ExitStack() as stack:
        made: dict[str, ModelFiles] = {}
        for bar in BARS:
            if fault:
                yield from absent(bar, fault)
                continue
            try:
                if bar.model not in made:
                    made[bar.model] = _find(bar.model, stack)
                yield from measured(bar, made[bar.model], _engines(made[bar.model]))
            except LivedepthError as error:
                yield from absent(bar, str(error))


def _find(model: str, stack: ExitStack) -> ModelFiles:
    if model != _ARCHITECTURE:
        return find_model(model)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="livedepth-"))
    return make_random_model(Path(folder), model, find_architecture(model))


def _engines(files: ModelFiles) -> list[str]:
    return ["cuda"] if obstacle(files, "tensorrt") else ["cuda", "tensorrt"]


def measured(
    bar: Bar,
    files: ModelFiles,
    engines: Sequence[str],
    effort: Effort = _EFFORT,
    frame: Size = _FRAME,
) -> Iterator[Result]:
    """Hold each engine to a bar, beside the yardstick; absent ones get rows that say why."""
    size = bar.size or usual_size(files, frame)
    comparison = Comparison(engines, effort, build=True)
    comparison.add([(files, size)], pictures(*frame), silent)
    eager = next((found for found in comparison.results if found.engine == EAGER), None)
    for found in comparison.results:
        if found is not eager:
            yield from rows(bar, found, eager)
    for absence in comparison.absences:
        yield from absent(bar, absence.reason, absence.engine or "cuda")


def rows(bar: Bar, found: Figures, eager: Figures | None) -> Iterator[Result]:
    """The time of one engine beside eager fp32's, and its agreement with fp32 on the CPU."""
    name, size = f"{found.engine} {bar.model}", f"{found.size[0]}x{found.size[1]}"
    speedup = found.speedup
    fast = speedup is not None and speedup >= bar.speedup
    theirs = f"; its spread {eager.spread:g}" if eager else ""
    yield Result(
        name, size, found.p50, "ms", f"eager fp32 (spread {found.spread:g}{theirs})",
        eager.p50 if eager else None, speedup, bar.target(),
        found.p50 <= bar.milliseconds and (fast or not bar.speedup),
    )  # fmt: skip
    agreement = found.correlation
    yield Result(
        f"{name}: agreement", size, agreement, "correlation", f"{found.exact} fp32", 1.0,
        agreement, f"{_LEAST_AGREEMENT} at least",
        agreement is not None and agreement >= _LEAST_AGREEMENT,
    )  # fmt: skip


def absent(bar: Bar, reason: str, engine: str = "cuda") -> Iterator[Result]:
    """The row of a bar that cannot be tried here."""
    width, height = bar.size or usual_size(find_model(bar.model), _FRAME)
    yield Result(
        f"{engine} {bar.model}", f"{width}x{height}", None, "ms", "eager fp32", None, None,
        f"{bar.target()}; {reason}", None,
    )  # fmt: skip


def gpu_stream() -> Iterator[Result]:
    """Frames a second of a 1920x1080 clip to nowhere, beside decoding alone."""
    size = f"{_CLIP_SIZE[0]}x{_CLIP_SIZE[1]}"
    target = f"{_LEAST_RATE:g} frames/s at least"
    fault = cuda_fault()
    if fault:
        yield Result(
            "cuda stream", size, None, "frames/s", "decoding alone", None, None,
            f"{target}; {fault}", None,
        )  # fmt: skip
        return
    with tempfile.TemporaryDirectory() as folder:
        clip = render_clip(Path(folder), _CLIP_FRAMES, _CLIP_SIZE)
        decoded = decoding_rate(clip)
        rate = play(clip, _FRAMES, engine="cuda").snapshot()["fps"]
    yield Result(
        "cuda stream", size, rate, "frames/s", "decoding alone", round(decoded, 1),
        round(rate / decoded, 3), target, rate >= _LEAST_RATE,
    )  # fmt: skip
