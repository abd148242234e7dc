"""Two neighbouring pictures of one scene and the motion between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.shards import Sample

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two samples of one size, and where each place of the first has gone in the second.

    motion: float32 (height, width, 2), pixels right and down; None where nothing is known of it,
    as between two pictures that have nothing to do with each other.
    """

    first: Sample
    second: Sample
    motion: Array | None


def still(sample: Sample) -> Pair:
    """A picture and itself: what a camera that stands before nothing that moves delivers."""
    return Pair(sample, sample, np.zeros((*sample.matte.shape, 2), np.float32))


def carry_back(plane: Array, motion: Array) -> Array:
    """A map of the second picture, seen from the first: sampled where each place has gone."""
    height, width = motion.shape[:2]
    column, row = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    return cv2.remap(
        plane,
        column + motion[..., 0],
        row + motion[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def visible(
    disparity: tuple[Array, Array], matte: tuple[Array, Array], motion: Array, tolerance: float
) -> Array:
    """1 where a place of the first picture is seen in the second too, else 0; (height, width).

    It must stay in the picture and be there as near and as much of a person as before, within
    ``tolerance`` of its disparity; what is hidden or uncovered is neither.
    """
    height, width = motion.shape[:2]
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    right, down = column + motion[..., 0], row + motion[..., 1]
    inside = (right >= 0) & (right <= width - 1) & (down >= 0) & (down <= height - 1)
    nearness = carry_back(disparity[1], motion)
    as_near = np.abs(nearness - disparity[0]) <= tolerance * np.abs(disparity[0]) + 0.01
    as_much = np.abs(carry_back(matte[1], motion) - matte[0]) <= 0.3
    return (inside & as_near & as_much).astype(np.float32)
