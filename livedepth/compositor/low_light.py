"""Brightening a dark picture, as far as it is dark."""

from __future__ import annotations

import math

import cv2
import numpy as np

from livedepth.compositor.kernels.lift import lift_picture
from livedepth.frame import Image, Map

_ENOUGH = 0.48
_GREATEST = 8.0
_TIME_CONSTANT = 0.8
_GRID = (64, 36)


class LowLight:
    """Lifts shadows by C. Schlick's bias curve, steadily in time, in a buffer of its own.

    The curve, see ``kernels.lift``, keeps black and white where they are and multiplies the darkest
    values by its slope; applied to the brightest channel, with the others in proportion, it clips
    nothing and shifts no hue.
    """

    def __init__(self) -> None:
        self._lifted = np.zeros((1, 1, 3), np.uint8)
        self._gains = np.zeros((1, 1), np.float32)
        self._level = math.nan
        self._at = math.nan

    def apply(self, image: Image, matte: Map, amount: float, at: float, chunks: int) -> Image:
        """Return ``image`` lifted, or itself where it is bright enough or ``amount`` is 0.

        image: BGR uint8 (h, w, 3). matte: float32, of any size. amount: 0..1. at: seconds on a
        clock that the frames share; brightness is followed with a time constant of 0.8 s.
        """
        if amount <= 0.0:
            self._level = math.nan
            return image
        slope = lift_for(self._follow(brightness(image, matte), at)) ** amount
        if slope < 1.01:
            return image
        if self._lifted.shape != image.shape:
            self._lifted = np.zeros_like(image)
            self._gains = np.zeros((chunks, image.shape[1]), np.float32)
        lift_picture(self._lifted, image, self._gains, np.float32(slope))
        return self._lifted

    def _follow(self, level: float, at: float) -> float:
        """``level`` smoothed; the first one, or one after time went backwards, as it is."""
        elapsed = at - self._at
        if math.isnan(self._level) or not elapsed >= 0.0:
            self._level = level
        else:
            self._level += (level - self._level) * -math.expm1(-elapsed / _TIME_CONSTANT)
        self._at = at
        return self._level


def brightness(image: Image, matte: Map) -> float:
    """Mean of the brightest channel in 0..1, of the picture or of the subject, what is brighter.

    So neither a lit face before a dark room counts as dark, nor a bright window behind somebody.
    """
    small = cv2.resize(image, _GRID, interpolation=cv2.INTER_NEAREST).max(axis=2)
    weights = cv2.resize(matte, _GRID, interpolation=cv2.INTER_LINEAR).clip(0.0, 1.0)
    whole, total = float(small.mean()), float(weights.sum())
    subject = float((small * weights).sum()) / total if total > 0.02 * weights.size else 0.0
    return max(whole, subject) / 255.0


def lift_for(level: float) -> float:
    """The curve's slope at black that brings ``level`` to enough; 1 where it is bright enough."""
    level = max(level, 1e-3)
    return min(max(_ENOUGH * (1.0 - level) / (level * (1.0 - _ENOUGH)), 1.0), _GREATEST)
