"""Rendered sequences read as pairs, as empty rooms and as people cut out exactly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rendering import sequence as files
from rendering.sequence import sequence_folders

from training.pairs import Pair, still
from training.shards import Sample

__all__ = ["METRES_TO_LABEL", "RenderedScene", "label", "read_scene", "sequence_folders"]

METRES_TO_LABEL = 1.0
"""A label of rendered truth is this over the depth in metres: about the teacher's own scale."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderedScene:
    """One sequence, mapped from disk: what its frames teach."""

    arrays: files.Sequence

    def __len__(self) -> int:
        return len(self.arrays.colour)

    def sample(self, index: int) -> Sample:
        matte = self.arrays.matte[index].astype(np.float32) / 255.0
        disparity = solid(label(self.arrays.depth[index]), matte)
        return Sample(self.arrays.colour[index], disparity, matte)

    def pair(self, index: int) -> Pair:
        """Frames ``index`` and the next; the last is paired with itself."""
        if index + 1 >= len(self):
            return still(self.sample(index))
        motion = self.arrays.motion[index].astype(np.float32)
        return Pair(self.sample(index), self.sample(index + 1), motion)

    def room(self) -> Pair:
        """The room without anybody, standing still."""
        nobody = np.zeros(self.arrays.room_depth.shape, np.float32)
        return still(Sample(self.arrays.room_colour[:], label(self.arrays.room_depth), nobody))

    def cut_out(self, index: int) -> Pair:
        """The pair with the room's colour taken out of the people's soft edges."""
        pair = self.pair(index)
        room = self.arrays.room_colour.astype(np.float32)
        first, second = (
            Sample(unmixed(sample.image, room, sample.matte), sample.disparity, sample.matte)
            for sample in (pair.first, pair.second)
        )
        return Pair(first, second, pair.motion)


def label(depth: NDArray[np.floating]) -> NDArray[np.float32]:
    """Metres to disparity."""
    return METRES_TO_LABEL / np.maximum(depth.astype(np.float32), 0.1)


def solid(disparity: NDArray[np.float32], matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Disparity whose people have no holes: hair, seen strand by strand, takes its median."""
    return np.where(matte > 0.5, cv2.medianBlur(disparity, 5), disparity)


def unmixed(
    image: NDArray[np.uint8], room: NDArray[np.float32], matte: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """The people's own colour where they are mixed with a known room: (C - (1 - a) B) / a."""
    alpha = matte[..., None]
    own = (image.astype(np.float32) - (1.0 - alpha) * room) / np.maximum(alpha, 0.15)
    soft = (alpha > 0.02) & (alpha < 0.98)
    return np.where(soft, np.rint(np.clip(own, 0, 255)), image).astype(np.uint8)


def read_scene(folder: Path) -> RenderedScene:
    """Map a sequence's arrays; nothing is read until a frame is taken."""
    return RenderedScene(files.read_sequence(folder))
