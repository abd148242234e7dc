"""What a change of light or exposure did to a picture, so that it does not pass for motion."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

_SAMPLES = 1000
_ROUNDS = 4
_DARK, _BRIGHT = 8, 247
_OUTLIER = 2.0
_FEWEST = 50
_SMALLEST_GAIN, _LARGEST_GAIN = 0.25, 4.0


@dataclass(frozen=True, slots=True)
class LightChange:
    """grey = gain * previous + offset, in levels."""

    gain: float = 1.0
    offset: float = 0.0

    def applied(self, grey: Grey) -> Grey:
        """The levels that this light makes of ``grey``: ``grey`` itself where it is unchanged."""
        if self.gain == 1.0 and self.offset == 0.0:
            return grey
        levels = np.arange(256) * self.gain + self.offset
        return np.asarray(cv2.LUT(grey, np.clip(levels.round(), 0, 255).astype(np.uint8)), np.uint8)


UNCHANGED = LightChange()


def light_change(grey: Grey, previous: Grey) -> LightChange:
    """Fit the one gain and offset that explain most of the change between two greys.

    grey, previous: uint8 (height, width). Least squares with Cauchy's weights (Holland & Welsch
    1977), begun from the medians, over pixels that are saturated in neither; what moved weighs
    little. UNCHANGED where the median change of a level is none or nothing can be fitted.
    """
    step = max(1, int(np.sqrt(grey.size / _SAMPLES)))
    before = previous[::step, ::step].ravel().astype(np.float32)
    now = grey[::step, ::step].ravel().astype(np.float32)
    if abs(float(np.median(now - before))) < 1.0:
        return UNCHANGED
    usable = (np.minimum(before, now) >= _DARK) & (np.maximum(before, now) <= _BRIGHT)
    if np.count_nonzero(usable) < _FEWEST:
        return UNCHANGED
    before, now = before[usable], now[usable]
    gain = float(np.median(now / before))
    offset = 0.0
    for _ in range(_ROUNDS):
        misfit = np.abs(gain * before + offset - now)
        spread = _OUTLIER * float(np.median(misfit)) + 0.5
        weight = 1.0 / (1.0 + np.square(misfit / spread))
        total = float(weight.sum())
        mean_before, mean_now = float(weight @ before) / total, float(weight @ now) / total
        variance = float(weight @ np.square(before - mean_before))
        if variance < total:
            break
        gain = float(weight @ ((before - mean_before) * (now - mean_now))) / variance
        gain = min(max(gain, _SMALLEST_GAIN), _LARGEST_GAIN)
        offset = mean_now - gain * mean_before
    return LightChange(gain, offset)
