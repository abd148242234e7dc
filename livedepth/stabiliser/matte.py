"""A matte for models that have none of their own: the nearer part of the scene."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Map

_SOFTNESS = 0.08
_PATIENCE = 2.0


class MatteFromDepth:
    """Splits disparity in two classes at a threshold that follows the scene slowly.

    A threshold chosen afresh for every frame would move the whole outline at once.
    """

    def __init__(self) -> None:
        self._middle: float | None = None

    def restart(self) -> None:
        """Take the next scene's threshold as it is."""
        self._middle = None

    def update(self, disparity: Map, elapsed: float, smoothing: float) -> Map:
        """The matte of one map; see ``matte_above`` and ``middle_of_classes``.

        elapsed: seconds since the map before. smoothing: seconds; the threshold's time constant
        is twice that, and 0 takes every map's own.
        """
        measured = middle_of_classes(disparity)
        if self._middle is None or smoothing <= 0.0:
            self._middle = measured
        pull = -math.expm1(-elapsed / (_PATIENCE * smoothing)) if smoothing > 0.0 else 1.0
        self._middle += pull * (measured - self._middle)
        return matte_above(disparity, self._middle)


def matte_from_disparity(disparity: Map) -> Map:
    """Matte of the nearer of two classes of depth; disparity: float32 (height, width) in 0..1."""
    return matte_above(disparity, middle_of_classes(disparity))


def matte_above(disparity: Map, middle: float) -> Map:
    """Ramp from 0 to 1 where disparity passes ``middle``; float32 (height, width)."""
    ramp = disparity * np.float32(1.0 / _SOFTNESS) + np.float32(0.5 - middle / _SOFTNESS)
    return np.asarray(np.clip(ramp, 0.0, 1.0, out=ramp), np.float32)


def middle_of_classes(disparity: Map) -> float:
    """Midway between the means of Otsu's two classes (1979); disparity is in 0..1."""
    levels = np.clip(disparity * 255.0, 0.0, 255.0).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    near = levels > threshold
    return (_mean(disparity, near) + _mean(disparity, ~near)) / 2.0


def _mean(values: Map, mask: NDArray[np.bool_]) -> float:
    return float(values[mask].mean()) if mask.any() else 1.0
