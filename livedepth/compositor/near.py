"""The near layer: what is nearer than the plane in focus, blurred over what is behind it."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.bokeh import Irises
from livedepth.compositor.canvas import Canvas
from livedepth.compositor.kernels.blocks import BLOCK
from livedepth.compositor.kernels.near import (
    LAYER_PLANES,
    lay_over,
    near_prefix,
    separate_near,
    spread_near,
)
from livedepth.compositor.outline import Outline
from livedepth.frame import Image, Map


class NearLayer:
    """Buffers and passes of the near layer; none of them runs where nothing is near.

    hidden: float32 (rows, columns) in 0..1, what lends no colour to the background; filled by
    ``separate``.
    """

    def __init__(self, canvas: Canvas, irises: Irises) -> None:
        self._canvas = canvas
        self._irises = irises
        columns = canvas.columns
        self.hidden = canvas.plane()
        self._layer = canvas.plane(4)
        width = columns + 2 * irises.pad + 1
        self._prefix = np.zeros((canvas.rows, LAYER_PLANES, width), np.float32)
        self._ones = np.ones(columns, np.float32)
        self._marks = np.zeros((canvas.rows, canvas.blocks), np.uint8)
        self._reached = np.zeros_like(self._marks)
        self._joined = np.zeros((canvas.chunks, canvas.blocks), np.uint8)
        self._scratch = canvas.scratch(canvas.blocks * BLOCK)
        self._lines = canvas.scratch(LAYER_PLANES + 2, columns)
        self._rows = 0, 0
        self._pairs = canvas.scratch(2, 4, canvas.width)

    def separate(self, outline: Outline) -> None:
        """Fit ``outline.near`` to the refined alpha, and fill ``hidden``."""
        chunks = self._canvas.chunks
        separate_near(outline.near, self.hidden, outline.alpha, outline.near_rim, chunks)

    def spread(self, behind: Map, outline: Outline, rows: tuple[int, int]) -> None:
        """Blur the layer, and fill in ``behind``, float32 (3, rows, columns), where it covers.

        rows: from ``Outline.focus``, the rows that hold something near.
        """
        canvas, irises, prefix = self._canvas, self._irises, self._prefix
        reach = irises.rows
        self._rows = max(rows[0] - reach, 0), min(rows[1] + reach, canvas.rows)
        top, bottom = max(rows[0] - 2 * reach, 0), min(rows[1] + 2 * reach, canvas.rows)
        self._forget_around()
        near_prefix(
            prefix,
            self._marks,
            self._scratch,
            canvas.guide,
            outline.near,
            outline.near_rim,
            outline.near_confusion,
            irises.pad,
            top,
            bottom,
        )
        sums = prefix[top:bottom, 5:, irises.pad + canvas.columns].sum(axis=0)
        spread_near(
            self._layer,
            behind,
            self._reached,
            self._lines,
            self._ones,
            prefix,
            self._marks,
            sums[:3] / max(float(sums[3]), 1.0),
            outline.near_rim,
            irises.reach,
            irises.fraction,
            irises.stacks,
            irises.areas,
            irises.pad,
            *self._rows,
        )

    def _forget_around(self) -> None:
        """Clear the rows next to those that are written: the last of the picture lie between."""
        for row in (self._rows[0] - 1, self._rows[1]):
            if 0 <= row < self._canvas.rows:
                self._layer[:, row] = 0.0
                self._reached[row] = 0

    def lay_over(self, out: Image) -> None:
        """Lay the blurred layer over ``out``, uint8 (height, width, 3), in place."""
        canvas = self._canvas
        first, after = (min(row * canvas.factor, canvas.height) for row in self._rows)
        lay_over(
            out,
            self._pairs,
            self._joined,
            self._layer,
            self._reached,
            canvas.edges,
            canvas.left,
            canvas.across,
            canvas.factor,
            first,
            after,
        )
