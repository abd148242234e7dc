"""The subject's outline, fitted to the frame's own edges."""

from __future__ import annotations

import cv2
import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.guided_filter import GuidedFilter
from livedepth.compositor.kernels.confusion import (
    circle_of_confusion,
    place_outline,
    take_out_near,
)
from livedepth.frame import Map

_RADIUS = 5
_EPSILON = 13.0
_SMOOTHEST = 1500.0
_STEEP = 1.5
_GAIN = 2.8
# At f / 2.8; the circle of confusion grows as the f-number falls.
_CONFUSION_PER_DISPARITY = 2.5
_APERTURE = 2.8
# Fainter than this, a near layer is not seen.
_LEAST_NEAR = 0.02
_NEAR_RIM, _NEAR_EDGE = 9, 7


class Outline:
    """Refined alpha as guided-filter coefficients, and its reduced picture, in reused buffers.

    maps: how many planes ``place`` is given. choke: how much alpha is taken off, to draw the
    outline in. sampled: float32 (maps, rows, columns), the maps stretched over the frame.
    alpha: float32 (rows, columns) in 0..1. cover: uint8 (rows, blocks), where alpha is 0 or 1 at
    any resolution, see ``kernels.blocks.classify_row``. confusion: float32 (rows, columns) in
    0..1, radius of the circle of confusion over the greatest; near: float32 (rows, columns) in
    0..1, what is blurred because it is nearer; near_rim, near_confusion: the
    same with its rim, and the circle of confusion there; filled by ``focus``.
    """

    def __init__(self, canvas: Canvas, maps: int = 3, choke: float = 0.0) -> None:
        self._canvas = canvas
        self._choke = np.float32(choke)
        self._filter = GuidedFilter(canvas, _RADIUS, _EPSILON)
        self._smoother = 1.0
        self.sampled = canvas.plane(maps)
        self._target = canvas.plane()
        self._scale = canvas.plane()
        self._offset = canvas.plane()
        self.alpha = self._filter.output
        self.cover = self._filter.cover
        self.confusion = canvas.plane()
        self.near = canvas.plane()
        self._nearest = np.zeros(canvas.rows, np.float32)
        self.near_rim = canvas.plane()
        self.near_confusion = canvas.plane()
        self._little_disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_NEAR_EDGE, _NEAR_EDGE))
        self._disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_NEAR_RIM, _NEAR_RIM))

    def place(self, maps: Map, presence: float = 1.0, softness: float = 0.5) -> None:
        """Stretch ``maps`` of ``SubjectMaps`` over the frame; presence 0 leaves out the subject.

        softness: 0..1, from a crisp outline to one as wide as the maps' own ramp.
        """
        canvas = self._canvas
        sharpness = 2.0 * (1.0 - softness)
        self._smoother = _SMOOTHEST ** (max(2.0 * softness - 1.0, 0.0) ** 0.6)
        canvas.sample(self.sampled, maps)
        if presence < 1.0:
            self.sampled[1:] *= np.float32(presence)
        place_outline(
            self._target,
            self._scale,
            self._offset,
            self.sampled,
            np.float32(_STEEP**sharpness),
            np.float32(_GAIN**sharpness),
            self._choke,
            canvas.chunks,
        )

    def focus(self, plane: float, band: float, aperture: float = _APERTURE) -> tuple[int, int]:
        """Count as subject whatever is within ``band`` of the disparity ``plane``.

        aperture: the f-number. Returns the rows in which something is blurred because it is
        nearer, the first and the one after the last; both are 0 where there are none.
        """
        chunks = self._canvas.chunks
        circle_of_confusion(
            self.confusion,
            self.near,
            self._nearest,
            self._target,
            self._scale,
            self._offset,
            self.sampled,
            np.float32(plane),
            np.float32(band),
            np.float32(_CONFUSION_PER_DISPARITY * _APERTURE / aperture),
            chunks,
        )
        rows = np.flatnonzero(self._nearest > _LEAST_NEAR)
        if not rows.size:
            return 0, 0
        first, after = int(rows[0]), int(rows[-1]) + 1
        self._widen_near(slice(max(first - _NEAR_RIM, 0), after + _NEAR_RIM))
        outline = self._target, self._scale, self._offset
        take_out_near(*outline, self.near, self.near_rim, self.sampled, chunks)
        return first, after

    def _widen_near(self, rows: slice) -> None:
        """Let near things keep their blur out to their edge, where their disparity falls off."""
        self.near_rim.fill(0.0)
        self.near_confusion.fill(0.0)
        near, confusion = self.near[rows], self.near_confusion[rows]
        cv2.dilate(near, self._disc, dst=self.near_rim[rows])
        np.multiply(near, self.confusion[rows], out=confusion)
        cv2.dilate(confusion, self._disc, dst=confusion)
        cv2.dilate(near, self._little_disc, dst=near)

    def refine(self, coefficients: Map) -> None:
        """Fit to the canvas's guide; coefficients: float32 (4, rows, columns).

        Fills ``alpha`` and ``cover``.
        """
        self._filter.solve(coefficients, self._target, self._scale, self._offset, self._smoother)


def presence(focus: float, override: float | None, band: float) -> float:
    """How much of the subject is in focus, 0..1, when ``override`` replaces ``focus``."""
    if override is None:
        return 1.0
    away = (abs(override - focus) - band) * _CONFUSION_PER_DISPARITY
    return 1.0 - min(max(4.0 * away, 0.0), 1.0)
