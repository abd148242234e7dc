"""Single pictures: the hard cases, and faces that hang on walls as printed photographs."""

from __future__ import annotations

import argparse
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from rendering import people
from rendering.camera import Webcam, distort, photograph
from rendering.production import Prepared, assemble, open_workshop, prepare, render
from rendering.renderer import Renderer
from rendering.sampling import Wishes, sample_scene
from rendering.scene import Framing, Scene, Stand
from rendering.sequence import Sequence

SIZE = (640, 360)
HARD: dict[str, tuple[int, Wishes, Webcam]] = {
    "no-person": (501, Wishes(people=0, light="window", size=SIZE), Webcam()),
    "three-people": (
        502,
        Wishes(people=3, light="ceiling", size=SIZE, framing=Framing(0.0, 0.2)),
        Webcam(),
    ),
    "face-filling": (
        553,
        Wishes(
            people=1,
            light="soft",
            size=SIZE,
            distance=0.36,
            framing=Framing(0.0, 0.0),
            field_of_view=math.radians(58),
        ),
        Webcam(),
    ),
    "dark-room": (
        504,
        Wishes(people=1, light="dim", size=SIZE, distance=0.75, framing=Framing(0.1, 0.2)),
        Webcam(shot=0.03, read=0.007, quality=75, level=0.045),
    ),
    "back-light": (
        545,
        Wishes(people=1, light="back", size=SIZE, distance=0.85, framing=Framing(-0.1, 0.2)),
        Webcam(vignette=0.05, level=0.12),
    ),
    "at-the-edge": (
        506,
        Wishes(people=1, light="window", size=SIZE, distance=0.7, framing=Framing(0.95, 0.2)),
        Webcam(),
    ),
    "printed-photograph": (
        507,
        Wishes(
            people=1,
            light="ceiling",
            size=SIZE,
            distance=0.8,
            framing=Framing(-0.35, 0.15),
            face_picture=True,
        ),
        Webcam(),
    ),
}
"""Name: seed, what the scene must have, and the camera that takes it."""


def render_hard(arguments: argparse.Namespace) -> None:
    """Render each hard picture to NAME.png, NAME-depth.npy (metres) and NAME-matte.npy."""
    workshop = open_workshop(arguments.cache)
    arguments.output.mkdir(parents=True, exist_ok=True)
    names = arguments.only or list(HARD)
    unknown = [name for name in names if name not in HARD]
    if unknown:
        raise SystemExit(f"no hard picture {unknown[0]}: there are {', '.join(HARD)}")
    with Renderer() as renderer, tempfile.TemporaryDirectory() as work:
        for name in names:
            seed, wishes, camera = HARD[name]
            scene = sample_scene(seed, workshop.models, wishes)
            folder = Path(work) / name
            prepared = prepare(scene, workshop, folder, 1, arguments.threads, samples=12)
            render(prepared, renderer)
            save_hard(arguments.output, name, assemble(prepared), camera, seed)
            print(f"{name}: {arguments.output / name}.png", flush=True)


def save_hard(output: Path, name: str, sequence: Sequence, camera: Webcam, seed: int) -> None:
    """A sequence's first frame as the camera takes it, with its truth seen by the same lens."""
    rng = np.random.default_rng(seed)
    cv2.imwrite(str(output / f"{name}.png"), photograph(sequence.colour[0], camera, rng))
    depth = sequence.depth[0].astype(np.float32)
    depth = distort(depth, camera.distortion, cv2.INTER_NEAREST).astype(np.float16)
    np.save(output / f"{name}-depth.npy", depth)
    np.save(output / f"{name}-matte.npy", distort(sequence.matte[0], camera.distortion))


def face_scene(seed: int, scene: Scene) -> Scene:
    """A scene turned into a portrait of one person before an empty wall."""
    stand = Stand(seed, "sitting", 0.0, 0.85, 0.0, None)
    camera = replace(
        scene.camera, height=1.2, roll=0.0, field_of_view=math.radians(42), columns=256, rows=256
    )
    return replace(
        scene,
        camera=camera,
        framing=Framing(0.0, 0.12),
        openings=(),
        pictures=(),
        blocks=(),
        pieces=(),
        people=(stand,),
    )


def render_faces(arguments: argparse.Namespace) -> None:
    """Render faces into the cache; scenes then hang them on walls."""
    workshop = open_workshop(arguments.cache)
    workshop.faces.mkdir(parents=True, exist_ok=True)
    with Renderer() as renderer, tempfile.TemporaryDirectory() as work:
        for seed in range(9000, 9000 + arguments.count):
            file = workshop.faces / f"face-{seed}.png"
            if file.exists():
                continue
            wishes = Wishes(people=1, light="soft", size=(256, 256), distance=0.85)
            scene = face_scene(seed, sample_scene(seed, workshop.models, wishes))
            spec = people.sample_person(seed, 1, 0.1, "sitting")
            prepared: Prepared = prepare(
                scene, workshop, Path(work) / str(seed), 1, arguments.threads, specs=[spec]
            )
            render(prepared, renderer)
            cv2.imwrite(str(file), assemble(prepared).colour[0])
            print(file, flush=True)
