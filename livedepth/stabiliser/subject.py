"""Where the subject is in depth, and which disparities have to stay sharp for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Map

_LEAST_AREA = 0.01
_NARROWEST, _WIDEST = 0.06, 0.35
_SOFTNESS = 0.08
_CLOSED = 0.01


@dataclass(frozen=True, slots=True)
class Subject:
    """focus: the subject's median disparity; band: half-width that covers the whole subject."""

    focus: float
    band: float


NOBODY = Subject(focus=1.0, band=0.0)
"""Focus when there is no subject: in front of everything, so that the whole room is blurred."""


def find_subject(disparity: Map, matte: Map) -> Subject:
    """Median disparity under the matte, and the half-width that reaches its 5th..95th percentiles.

    disparity, matte: float32 (height, width) in 0..1. A matte that covers less than one percent
    of the frame is NOBODY.
    """
    values = disparity[matte > 0.5]
    if values.size < _LEAST_AREA * disparity.size:
        return NOBODY
    low, focus, high = (float(value) for value in np.percentile(values, (5, 50, 95)))
    return Subject(focus, min(max(focus - low, high - focus, _NARROWEST), _WIDEST))


def matte_from_disparity(disparity: Map) -> Map:
    """Matte of the nearer of two classes of depth, for models without a matte of their own.

    disparity: float32 (height, width) in 0..1. The classes are Otsu's (1979); the matte ramps
    from 0 to 1 midway between their means.
    """
    levels = np.clip(disparity * 255.0, 0.0, 255.0).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    near = levels > threshold
    middle = (_mean(disparity, near) + _mean(disparity, ~near)) / 2.0
    matte: Map = np.clip((disparity - middle) / _SOFTNESS + 0.5, 0.0, 1.0).astype(np.float32)
    return matte


def _mean(values: Map, mask: NDArray[np.bool_]) -> float:
    return float(values[mask].mean()) if mask.any() else 1.0


class SubjectTracker:
    """Follows the subject smoothly; changes are pulled like a focus ring, not jumped.

    time_constant: seconds for 63 % of a change of focus.
    """

    def __init__(self, time_constant: float = 0.3) -> None:
        self._time_constant = time_constant
        self._subject: Subject | None = None

    def reset(self) -> None:
        """Take the next measurement as it is."""
        self._subject = None

    def update(self, measured: Subject, elapsed: float) -> Subject:
        """Move towards ``measured`` by what ``elapsed`` seconds allow."""
        if self._subject is None:
            self._subject = measured
            return measured
        pull = -math.expm1(-elapsed / self._time_constant)
        held = self._subject
        band = held.band + pull * (measured.band - held.band)
        if measured == NOBODY:
            # Focus stays while the sharp band closes: a sweep to the front would show the room.
            self._subject = Subject(held.focus, band) if band > _CLOSED else NOBODY
        elif held == NOBODY:
            self._subject = Subject(measured.focus, band)
        else:
            self._subject = Subject(held.focus + pull * (measured.focus - held.focus), band)
        return self._subject
