"""Telling the people of one matte apart, also where one stands before another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Map

Labels = NDArray[np.int32]

_PRESENT = 0.5
_STEEP = 0.12
_LEAST_PIECE = 0.002
_LEAST_PERSON = 0.004
_LOW, _HIGH = 3, 98
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, slots=True)
class Person:
    """One connected piece of the matte at one depth.

    area: share of the picture. disparity: its median; low and high: its 3rd and 98th percentiles.
    x, y: its centre in the picture, 0..1.
    """

    area: float
    disparity: float
    low: float
    high: float
    x: float
    y: float

    @property
    def weight(self) -> float:
        """How much this looks like the one who speaks: large, central, near."""
        aside = abs(2.0 * self.x - 1.0)
        return math.sqrt(self.area) * (1.0 - 0.5 * aside) * (0.5 + 0.5 * self.disparity)


def find_people(disparity: Map, matte: Map) -> tuple[Labels, list[Person]]:
    """Split the matte where it or the depth is interrupted.

    disparity, matte: float32 (height, width) in 0..1. Returns for every pixel of the picture the
    number of the nearest person, 1 and up, and those persons in order; all 0 and an empty list
    where the matte has no piece of 0.4 percent of the picture. Connected pieces are cut where
    disparity is steep, which is where one person stands before another; a smaller
    piece belongs to its neighbour.
    """
    present = matte > _PRESENT
    steep = cv2.morphologyEx(disparity, cv2.MORPH_GRADIENT, _CROSS) > _STEEP
    cores = (present & ~steep).astype(np.uint8)
    _, pieces, statistics, _ = cv2.connectedComponentsWithStats(cores, connectivity=4)
    kept = statistics[:, cv2.CC_STAT_AREA] >= _LEAST_PIECE * matte.size
    kept[0] = False
    if not kept.any():
        return np.zeros(matte.shape, np.int32), []
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    cores = numbers[pieces]
    labels = nearest_label(cores)
    return _persons(labels, cores, disparity, present)


def nearest_label(labels: Labels) -> Labels:
    """Spread numbers over the zeros: every pixel takes that of the nearest numbered pixel."""
    zeros = (labels == 0).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(
        zeros, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    numbered = labels > 0
    names = np.zeros(int(nearest.max()) + 1, np.int32)
    names[nearest[numbered]] = labels[numbered]
    return names[nearest]


def _persons(
    labels: Labels, cores: Labels, disparity: Map, present: NDArray[np.bool_]
) -> tuple[Labels, list[Person]]:
    areas = np.bincount(labels[present], minlength=int(cores.max()) + 1)
    large = areas >= _LEAST_PERSON * labels.size
    large[0] = False
    if not large.any():
        return np.zeros_like(labels), []
    if not large[1:].all():
        numbers = np.where(large, np.cumsum(large), 0).astype(np.int32)
        cores = numbers[cores]
        labels = nearest_label(cores)
    persons = [
        _measure(labels, cores, disparity, present, number)
        for number in range(1, int(large.sum()) + 1)
    ]
    return labels, persons


def _measure(
    labels: Labels, cores: Labels, disparity: Map, present: NDArray[np.bool_], number: int
) -> Person:
    core = cores == number
    low, middle, high = (float(v) for v in np.percentile(disparity[core], (_LOW, 50, _HIGH)))
    rows, columns = np.nonzero(core)
    x = (float(columns.mean()) + 0.5) / labels.shape[1]
    y = (float(rows.mean()) + 0.5) / labels.shape[0]
    area = float(np.count_nonzero(present & (labels == number))) / labels.size
    return Person(area, middle, low, high, x, y)
