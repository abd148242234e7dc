"""Which parts of the picture moved, whatever the light did."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Image, Map
from livedepth.resizing import shrink
from livedepth.stabiliser.brightness import light_change
from livedepth.stabiliser.kernels import motion_gate
from livedepth.stabiliser.scene_cut import is_scene_cut

_QUIET, _PER_NOISE, _RAMP = 3.0, 3.0, 6.0
_NOISE_SHARE, _MOST_NOISE = 0.2, 4.0
_REACH = 5
_SHARE_NEAR = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What moved from one picture to the next, each float32 (rows, columns) in 0..1.

    gate: 1 = moved; it reaches two pixels around what did, since a network's edges move with
    their neighbourhood. near: 1 where something moved within a fifth of the picture's height.
    """

    gate: Map
    near: Map


class MotionDetector:
    """Compares each picture with the one before at a map's size."""

    def __init__(self, rows: int, columns: int) -> None:
        self._small = np.empty((rows, columns, 3), np.uint8)
        self._halfway = np.empty((2 * rows, 2 * columns, 3), np.uint8)
        self._grey = np.empty((rows, columns), np.uint8)
        self._previous = np.empty((rows, columns), np.uint8)
        self._kernel = np.ones((_REACH, _REACH), np.uint8)
        self._motion = Motion(*np.zeros((2, rows, columns), np.float32))
        self._around = max(3, rows // 5)

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns)."""
        return self._grey.shape

    def look(self, image: Image) -> None:
        """Take the next picture, BGR uint8 of any size."""
        self._grey, self._previous = self._previous, self._grey
        shrink(image, self._small, self._halfway)
        cv2.cvtColor(self._small, cv2.COLOR_BGR2GRAY, dst=self._grey)
        cv2.GaussianBlur(self._grey, (3, 3), 0, dst=self._grey)

    def is_cut(self) -> bool:
        """Whether the last picture shows another scene than the one before."""
        return is_scene_cut(self._grey, self._previous)

    def find(self) -> Motion:
        """What moved between the last two pictures; it is written again at the next call."""
        expected = light_change(self._grey, self._previous).applied(self._previous)
        quiet = _QUIET + _PER_NOISE * self._noise(expected)
        gate, near = self._motion.gate, self._motion.near
        motion_gate(gate, self._grey, expected, quiet, quiet + _RAMP)
        cv2.dilate(gate, self._kernel, dst=gate)
        cv2.blur(gate, (_REACH, _REACH), dst=gate)
        cv2.blur(gate, (self._around, self._around), dst=near)
        np.minimum(np.multiply(near, np.float32(_SHARE_NEAR), out=near), 1.0, out=near)
        return self._motion

    def _noise(self, expected: NDArray[np.uint8]) -> float:
        # A low percentile is the sensor's noise even while most of the picture moves.
        change = cv2.absdiff(self._grey, expected)
        share = np.cumsum(np.bincount(change.ravel(), minlength=256)) / change.size
        return min(float(np.searchsorted(share, _NOISE_SHARE)), _MOST_NOISE)
