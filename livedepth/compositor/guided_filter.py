"""Fast guided filter: the regression at reduced resolution, ready to apply to the full frame."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.kernels.guided import (
    MOMENTS,
    ROWS,
    guided_apply,
    guided_average,
    guided_solve,
)
from livedepth.frame import Map


class GuidedFilter:
    """Fits a map to the frame's edges, see ``kernels.guided`` for the method and its sources.

    radius: of the window, in reduced pixels. epsilon: variance of the guide, in levels squared,
    below which an edge is taken for noise.
    """

    def __init__(self, canvas: Canvas, radius: int, epsilon: float) -> None:
        self._canvas = canvas
        self._radius = radius
        self._epsilon = np.float32(epsilon)
        columns, rows = canvas.columns, canvas.rows
        self._columns = canvas.scratch(MOMENTS, columns + 2 * radius)
        self._totals = canvas.scratch(ROWS, columns)
        self._solved = canvas.scratch(4, columns + 2 * radius)
        self._averaged = canvas.scratch(4, columns)
        self._lines = np.zeros((rows, 4, columns), np.float32)
        x = np.arange(columns)
        counts = np.minimum(x + radius + 1, columns) - np.maximum(x - radius, 0)
        self._inverse_counts = (1.0 / counts).astype(np.float32)

    def solve(self, coefficients: Map, target: Map, scale: Map, offset: Map) -> None:
        """Fit ``target`` to the canvas's guide, so that the result is fit x scale + offset.

        coefficients: float32 (4, rows, columns): factors of B, G, R in 0..255, and a constant.
        target, scale, offset: float32 (rows, columns).
        """
        counts, radius = self._inverse_counts, self._radius
        guided_solve(
            self._lines,
            self._columns,
            self._totals,
            self._solved,
            self._canvas.guide,
            target,
            counts,
            radius,
            self._epsilon,
        )
        guided_average(coefficients, self._averaged, self._lines, counts, scale, offset, radius)

    def apply(self, dst: Map, coefficients: Map) -> None:
        """Evaluate at the reduced resolution, cut to 0..1; dst: float32 (rows, columns)."""
        guided_apply(dst, coefficients, self._canvas.guide, self._canvas.chunks)
