"""The subject's outline, fitted to the frame's own edges."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.guided_filter import GuidedFilter
from livedepth.compositor.kernels.confusion import circle_of_confusion, place_outline
from livedepth.frame import Map

_RADIUS = 5
_EPSILON = 13.0
_STEEP = np.float32(1.5)
_GAIN = np.float32(2.8)
_CONFUSION_PER_DISPARITY = np.float32(2.5)


class Outline:
    """Refined alpha as guided-filter coefficients, and its reduced picture, in reused buffers.

    maps: how many planes ``place`` is given. choke: how much alpha is taken off, to draw the
    outline in. sampled: float32 (maps, rows, columns), the maps stretched over the frame.
    alpha: float32 (rows, columns) in 0..1. confusion: float32 (rows, columns) in 0..1, radius of
    the circle of confusion over the greatest; filled by ``focus``.
    """

    def __init__(self, canvas: Canvas, maps: int = 3, choke: float = 0.0) -> None:
        self._canvas = canvas
        self._choke = np.float32(choke)
        self._filter = GuidedFilter(canvas, _RADIUS, _EPSILON)
        self.sampled = canvas.plane(maps)
        self._target = canvas.plane()
        self._scale = canvas.plane()
        self._offset = canvas.plane()
        self.alpha = canvas.plane()
        self.confusion = canvas.plane()

    def place(self, maps: Map, presence: float = 1.0) -> None:
        """Stretch ``maps`` of ``SubjectMaps`` over the frame; presence 0 leaves out the subject."""
        canvas = self._canvas
        canvas.sample(self.sampled, maps)
        if presence < 1.0:
            self.sampled[1:] *= np.float32(presence)
        place_outline(
            self._target,
            self._scale,
            self._offset,
            self.sampled,
            _STEEP,
            _GAIN,
            self._choke,
            canvas.chunks,
        )

    def focus(self, plane: float, band: float) -> None:
        """Count as subject whatever is within ``band`` of the disparity ``plane``."""
        circle_of_confusion(
            self.confusion,
            self._target,
            self._scale,
            self._offset,
            self.sampled,
            np.float32(plane),
            np.float32(band),
            _CONFUSION_PER_DISPARITY,
            self._canvas.chunks,
        )

    def refine(self, coefficients: Map) -> None:
        """Fit to the canvas's guide; coefficients: float32 (4, rows, columns). Fills ``alpha``."""
        self._filter.solve(coefficients, self._target, self._scale, self._offset)
        self._filter.apply(self.alpha, coefficients)


def presence(focus: float, override: float | None, band: float) -> float:
    """How much of the subject is in focus, 0..1, when ``override`` replaces ``focus``."""
    if override is None:
        return 1.0
    away = (abs(override - focus) - band) * float(_CONFUSION_PER_DISPARITY)
    return 1.0 - min(max(4.0 * away, 0.0), 1.0)
