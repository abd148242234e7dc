"""A rendered sequence on disk: a folder of arrays, written whole or not at all.

colour.npy uint8 (n, h, w, 3) BGR      depth.npy float16 (n, h, w) metres, planar, 0.1..30
matte.npy uint8 (n, h, w) 255 = person motion.npy float16 (n, h, w, 2) pixels to the next frame
room_colour.npy uint8 (h, w, 3) and room_depth.npy float16 (h, w): the room without people
scene.json: seed, people, light, field of view, size, times and the whole description
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ARRAYS = ("colour", "depth", "matte", "motion", "room_colour", "room_depth")


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """The arrays of the module's docstring and the description."""

    colour: NDArray[np.uint8]
    depth: NDArray[np.float16]
    matte: NDArray[np.uint8]
    motion: NDArray[np.float16]
    room_colour: NDArray[np.uint8]
    room_depth: NDArray[np.float16]
    description: dict


def folder_name(seed: int) -> str:
    """The folder of a seed's sequence."""
    return f"scene-{seed:06d}"


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` to write into, which takes its place when all is written."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def write_sequence(folder: Path, sequence: Sequence) -> None:
    """Write whole or not at all. Raises ValueError for shapes that do not fit."""
    check(sequence)
    with written_whole(folder) as partial:
        for name in ARRAYS:
            np.save(partial / f"{name}.npy", getattr(sequence, name))
        (partial / "scene.json").write_text(json.dumps(sequence.description))


def read_sequence(folder: Path) -> Sequence:
    """Map a sequence's arrays; nothing is read until it is used."""
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    return Sequence(**arrays, description=json.loads((folder / "scene.json").read_text()))


def sequence_folders(root: Path) -> list[Path]:
    """The finished sequences under a folder, by name."""
    return sorted(
        path.parent for path in root.glob("scene-*/scene.json") if path.parent.suffix == ""
    )


def check(sequence: Sequence) -> None:
    """Raise ValueError unless shapes and types are as documented."""
    frames, rows, columns = sequence.depth.shape
    expected = {
        "colour": ((frames, rows, columns, 3), np.uint8),
        "depth": ((frames, rows, columns), np.float16),
        "matte": ((frames, rows, columns), np.uint8),
        "motion": ((frames, rows, columns, 2), np.float16),
        "room_colour": ((rows, columns, 3), np.uint8),
        "room_depth": ((rows, columns), np.float16),
    }
    for name, (shape, kind) in expected.items():
        array = getattr(sequence, name)
        if array.shape != shape or array.dtype != kind:
            raise ValueError(
                f"{name} is {array.dtype} {array.shape}; {np.dtype(kind)} {shape} is needed"
            )
