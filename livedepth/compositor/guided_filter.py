"""Fast guided filter: the regression at reduced resolution, ready to apply to the full frame."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.kernels.blocks import BLOCK, find_changes
from livedepth.compositor.kernels.guided import (
    MOMENTS,
    ROWS,
    guided_average,
    guided_solve,
)
from livedepth.frame import Map


class GuidedFilter:
    """Fits a map to the frame's edges, see ``kernels.guided`` for the method and its sources.

    radius: of the window, in reduced pixels. epsilon: variance of the guide, in levels squared,
    below which an edge is taken for noise. output: float32 (rows, columns), the last result at the
    reduced resolution, cut to 0..1. cover: uint8 (rows, blocks), where it is 0 or 1 at any
    resolution, see ``kernels.blocks.classify_row``.
    """

    def __init__(self, canvas: Canvas, radius: int, epsilon: float) -> None:
        self._canvas = canvas
        self._radius = radius
        self._epsilon = epsilon
        columns, rows = canvas.columns, canvas.rows
        self.output = canvas.plane()
        self.cover = np.zeros((rows, canvas.blocks), np.uint8)
        self._columns = canvas.scratch(MOMENTS, columns + 2 * radius)
        self._totals = canvas.scratch(ROWS, columns)
        self._lines = np.zeros((rows, 4, columns), np.float32)
        self._changes = np.zeros((rows, canvas.blocks), np.uint8)
        self._uses = np.zeros_like(self._changes)
        self._scratch = canvas.scratch(2, canvas.blocks * BLOCK)
        self._needed = np.zeros((canvas.chunks, 2, canvas.blocks), np.uint8)
        x = np.arange(columns)
        counts = np.minimum(x + radius + 1, columns) - np.maximum(x - radius, 0)
        self._inverse_counts = (1.0 / counts).astype(np.float32)

    def solve(
        self, coefficients: Map, target: Map, scale: Map, offset: Map, smoother: float = 1.0
    ) -> None:
        """Fit ``target`` to the canvas's guide, so that the result is fit x scale + offset.

        coefficients: float32 (4, rows, columns): factors of B, G, R in 0..255, and a constant.
        target, scale, offset: float32 (rows, columns), scale not negative. smoother: how many
        times epsilon counts.
        """
        counts, radius, guide = self._inverse_counts, self._radius, self._canvas.guide
        find_changes(self._changes, self._uses, self._scratch[:, 0], target, scale)
        guided_solve(
            self._lines,
            self._columns,
            self._totals,
            self._needed,
            guide,
            target,
            self._changes,
            self._uses,
            counts,
            radius,
            np.float32(self._epsilon * smoother),
        )
        guided_average(
            coefficients,
            self.output,
            self.cover,
            self._columns,
            self._totals[:, 0],
            self._needed,
            self._scratch,
            guide,
            self._lines,
            target,
            self._changes,
            self._uses,
            counts,
            scale,
            offset,
            radius,
        )
