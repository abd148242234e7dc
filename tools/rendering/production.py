"""From a scene to its arrays: samples the people, drives Blender, decodes what it rendered."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rendering import decode, people
from rendering.furniture import Model, extract_models, read_catalogue
from rendering.pictures import wall_picture
from rendering.placement import place_root, settle
from rendering.renderer import SCRIPTS, Renderer, build_library
from rendering.scene import Measure, Scene, described
from rendering.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every scene needs: furniture sizes, its library, and where rendered faces are kept."""

    models: dict[str, Model]
    library: Path
    faces: Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scene with everything that Blender reads, in a folder of its own."""

    scene: Scene
    job: dict
    folder: Path


def open_workshop(cache: Path) -> Workshop:
    """Read the catalogue and make the furniture library unless the cache has it."""
    models = read_catalogue()
    content = SCRIPTS.joinpath("furniture_library.py").read_bytes() + repr(models).encode()
    library = cache / f"furniture-{hashlib.sha256(content).hexdigest()[:12]}.blend"
    if not library.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            build_library(extract_models(Path(folder)), library)
    return Workshop(models, library.resolve(), cache / "faces")


def measure_person(path: Path) -> Measure:
    """Where a written body's seat and the middle of its head are at first, in its own axes."""
    with np.load(path) as arrays:
        seat, head = arrays["seat"], arrays["head"][0]
    return Measure(tuple(float(part) for part in seat), tuple(float(part) for part in head))


def prepare(
    scene: Scene,
    workshop: Workshop,
    folder: Path,
    frames: int,
    threads: int,
    samples: int = 8,
    specs: list[people.PersonSpec] | None = None,
) -> Prepared:
    """Write a scene's people and pictures into ``folder`` and settle the scene around them.

    specs: the people, where they are not to be drawn from the scene's own seeds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if specs is None:
        specs = [
            people.sample_person(stand.seed, frames, scene.seconds_between, stand.situation)
            for stand in scene.people
        ]
    paths = [folder / f"person-{index}.npz" for index in range(len(specs))]
    for spec, path in zip(specs, paths, strict=True):
        people.write_person(spec, path)
    measures = tuple(measure_person(path) for path in paths)
    seats = {name: model.top for name, model in workshop.models.items()}
    scene = settle(scene, measures, seats)
    places = [
        {"path": str(path), "position": place_root(stand, measure), "turn": stand.turn}
        for path, stand, measure in zip(paths, scene.people, measures, strict=True)
    ]
    images = {}
    for index, picture in enumerate(scene.pictures):
        path = folder / f"picture-{index}.png"
        cv2.imwrite(str(path), wall_picture(picture.image, workshop.faces))
        images[picture.image] = str(path)
    job = {
        "scene": described(scene),
        "images": images,
        "library": str(workshop.library),
        "people": places,
        "frames": frames,
        "room": True,
        "samples": samples,
        "threads": threads,
        "output": str(folder),
    }
    return Prepared(scene, job, folder)


def render(
    prepared: Prepared, renderer: Renderer, progress: Callable[[int], None] | None = None
) -> None:
    """Let Blender render a prepared scene into its folder."""
    renderer.render(prepared.job, prepared.folder, progress)


class Development:
    """Decodes a scene's frames one after the other; the first sets exposure and white balance."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.gains: np.ndarray | None = None
        self.frames: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []

    def colour(self, layers: decode.Layers) -> np.ndarray:
        """The finished picture of a frame, uint8 (height, width, 3) BGR."""
        linear = decode.denoise(layers)
        if self.gains is None:
            gain = decode.exposure_gain(linear, layers.matte, self.scene.exposure)
            self.gains = gain * decode.white_balance(linear)
        return decode.tone_map(linear * self.gains)

    def add(self, file: Path) -> None:
        """Decode the next frame's file."""
        layers = decode.read_layers(file)
        matte = np.rint(layers.matte * 255.0).astype(np.uint8)
        motion = decode.pixel_motion(layers, self.scene.camera).astype(np.float16)
        self.frames.append((self.colour(layers), decode.kept_depth(layers.depth), matte, motion))

    def finish(self, room: Path) -> Sequence:
        """Everything that was added, and the room from its own file."""
        layers = decode.read_layers(room)
        colour, depth, matte, motion = (np.stack(kind) for kind in zip(*self.frames, strict=True))
        motion[-1] = 0.0
        scene = self.scene
        description = {
            **described(scene),
            "size": [scene.camera.columns, scene.camera.rows],
            "field_of_view": scene.camera.field_of_view,
            "people_count": len(scene.people),
            "times": [index * scene.seconds_between for index in range(len(colour))],
        }
        room_colour, room_depth = self.colour(layers), decode.kept_depth(layers.depth)
        return Sequence(colour, depth, matte, motion, room_colour, room_depth, description)


def assemble(prepared: Prepared) -> Sequence:
    """Decode a rendered scene."""
    development = Development(prepared.scene)
    for index in range(prepared.job["frames"]):
        development.add(prepared.folder / f"frame-{index:04d}.exr")
    return development.finish(prepared.folder / "room.exr")
