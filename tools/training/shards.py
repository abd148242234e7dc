"""Labelled pictures on disk: a shard is a folder of arrays that are read without being loaded.

A shard holds ``image.npy`` uint8 (n, height, width, 3) BGR, ``disparity.npy`` float16
(n, height, width), ``matte.npy`` uint8 (n, height, width) with 255 = a person, and ``shard.json``
with its kind. Where samples 2k and 2k + 1 are neighbouring frames, ``motion.npy`` float16
(n / 2, height, width, 2) says where each place of the first has gone. A shard is written beside
its place and renamed into it, so a trainer may look for shards while others are being made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rendering.sequence import written_whole


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One labelled picture.

    image: uint8 (height, width, 3), BGR.
    disparity: float32 (height, width), near = large, in the common scale of ``labels``.
    matte: float32 (height, width) in 0..1, 1 = a person.
    """

    image: NDArray[np.uint8]
    disparity: NDArray[np.float32]
    matte: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Samples of one kind and size, mapped from disk."""

    kind: str
    image: NDArray[np.uint8]
    disparity: NDArray[np.float16]
    matte: NDArray[np.uint8]
    motion: NDArray[np.float16] | None = None

    def __len__(self) -> int:
        return len(self.image)

    def sample(self, index: int) -> Sample:
        return Sample(
            self.image[index],
            self.disparity[index].astype(np.float32),
            self.matte[index].astype(np.float32) / 255.0,
        )


def write_shard(
    folder: Path, kind: str, samples: list[Sample], motion: NDArray[np.floating] | None = None
) -> None:
    """Write samples of one size as one shard, whole or not at all."""
    disparity = np.stack([sample.disparity for sample in samples])
    matte = np.stack([sample.matte for sample in samples])
    with written_whole(folder) as partial:
        np.save(partial / "image.npy", np.stack([sample.image for sample in samples]))
        np.save(partial / "disparity.npy", disparity.astype(np.float16))
        np.save(partial / "matte.npy", np.rint(matte * 255.0).astype(np.uint8))
        if motion is not None:
            np.save(partial / "motion.npy", motion.astype(np.float16))
        (partial / "shard.json").write_text(json.dumps({"kind": kind, "samples": len(samples)}))


def read_shard(folder: Path) -> Shard:
    """Map a shard's arrays; nothing is read until a sample is taken."""
    motion = folder / "motion.npy"
    return Shard(
        json.loads((folder / "shard.json").read_text())["kind"],
        np.load(folder / "image.npy", mmap_mode="r"),
        np.load(folder / "disparity.npy", mmap_mode="r"),
        np.load(folder / "matte.npy", mmap_mode="r"),
        np.load(motion, mmap_mode="r") if motion.exists() else None,
    )


def shard_folders(pool: Path) -> list[Path]:
    """The finished shards of a pool, sorted by name."""
    return sorted(path.parent for path in pool.glob("*/shard.json") if path.parent.suffix == "")
