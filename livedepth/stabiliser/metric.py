"""What steady disparity is in metres, held as steady as the maps themselves."""

from __future__ import annotations

import math

import numpy as np

from livedepth.frame import Map, MetricScale
from livedepth.stabiliser.alignment import Alignment, align_to_range

_NEAREST_METRES = 1e-3
_SECONDS = 2.0


def inverse_metres(metres: Map) -> Map:
    """1 / metres, float32 of the same shape; nearer than a millimetre counts as a millimetre."""
    inverse = np.maximum(metres, np.float32(_NEAREST_METRES))
    return np.reciprocal(inverse, out=inverse)


def align_inverse_to_range(inverse: Map) -> Alignment:
    """As ``align_to_range``, but a flat map comes to one half by a scale that is above 0."""
    alignment = align_to_range(inverse)
    if alignment.scale > 0.0:
        return alignment
    return Alignment(0.5 / float(np.median(inverse)), 0.0)


class MetricTracker:
    """Averages the alignments of 1 / metres to the steady map over about two seconds.

    Each alignment says what the steady map is in metres according to one prediction. A network's
    metres waver from frame to frame as a whole, which must not move a plane in focus or a fog.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Take the next alignment as it is."""
        self._scale, self._shift, self._followed = 0.0, 0.0, 0

    def follow(self, alignment: Alignment, elapsed: float) -> MetricScale:
        """The average with ``alignment``, ``elapsed`` seconds after the one before."""
        self._followed += 1
        pull = max(1.0 / self._followed, -math.expm1(-elapsed / _SECONDS))
        self._scale += pull * (alignment.scale - self._scale)
        self._shift += pull * (alignment.shift - self._shift)
        return MetricScale(self._scale, self._shift)

    def rescale(self, bottom: float, span: float) -> None:
        """Follow the steady map where it becomes (map - bottom) / span."""
        self._scale /= span
        self._shift = (self._shift - bottom) / span
