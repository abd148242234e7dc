"""The room without its subject, blurred beyond recognition."""

from __future__ import annotations

import math

import cv2
import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.dither import thresholds
from livedepth.compositor.kernels.paint import paint_planes
from livedepth.compositor.kernels.tone import tone_planes
from livedepth.frame import Image, Map

_SHRINK = 4
_LEAST_SPREAD, _SPREAD_PER_STRENGTH = 0.045, 0.035
_LEAK = np.float32(1e-3)
_TINY = np.float32(1e-9)


class Room:
    """Blurs what surely is room and lets it run on behind the subject (normalised convolution).

    The standard deviation is at least 4.5 % of the frame's mean side, at any strength.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._size = -(-canvas.columns // _SHRINK), -(-canvas.rows // _SHRINK)
        small = (*self._size[::-1], 4)
        self._known, self._near, self._far = (np.zeros(small, np.float32) for _ in range(3))
        self._sure = np.zeros(small[:2], np.float32)
        self._colours = np.zeros((*small[:2], 3), np.float32)
        self._large = np.zeros((canvas.rows, canvas.columns, 3), np.float32)
        self._planes = canvas.plane(3)
        self._pairs = canvas.scratch(2, 3, canvas.width)
        self._thresholds = thresholds(canvas.width)
        self._kernel = np.ones((3, 3), np.uint8)

    def paint(
        self, dst: Image, weights: Map, strength: float, dim: float, desaturate: float
    ) -> None:
        """Write the blurred room into ``dst``, uint8 of the frame's size.

        weights: float32 (rows, columns, 4), see ``Layers``. dim, desaturate: see ``tone_planes``.
        """
        canvas = self._canvas
        self._blur(weights, strength)
        size = canvas.columns, canvas.rows
        cv2.resize(self._colours, size, dst=self._large, interpolation=cv2.INTER_CUBIC)
        np.clip(self._large.transpose(2, 0, 1), 0.0, 255.0, out=self._planes)
        if dim or desaturate:
            tone_planes(self._planes, np.float32(dim), np.float32(desaturate), canvas.chunks)
        paint_planes(
            dst,
            self._pairs,
            self._planes,
            self._thresholds,
            canvas.left,
            canvas.across,
            canvas.factor,
        )

    def _blur(self, weights: Map, strength: float) -> None:
        known, near, far = self._known, self._near, self._far
        cv2.resize(weights, self._size, dst=known, interpolation=cv2.INTER_AREA)
        cv2.erode(np.ascontiguousarray(known[..., 3]), self._kernel, dst=self._sure)
        known *= self._sure[..., None]
        canvas = self._canvas
        side = math.sqrt(canvas.width * canvas.height) / canvas.factor / _SHRINK
        spread = max(side * (_LEAST_SPREAD + _SPREAD_PER_STRENGTH * strength), 0.5)
        border = cv2.BORDER_REFLECT
        cv2.GaussianBlur(known, (0, 0), spread, dst=near, borderType=border)
        cv2.GaussianBlur(near, (0, 0), 2 * spread, dst=far, borderType=border)
        near += _LEAK * far
        near += _LEAK * _LEAK * np.array(cv2.mean(known), np.float32)
        np.divide(near[..., :3], near[..., 3:] + _TINY, out=self._colours)
