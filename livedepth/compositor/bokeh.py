"""The background's blur, its radius following the circle of confusion."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.iris import WIDEST, Iris, iris
from livedepth.compositor.kernels.bokeh import blur_levels, weighted_prefix
from livedepth.frame import Map

Marks = NDArray[np.uint8]

LEVELS = (0.25, 0.5, 1.0)
_LEAST_RADIUS = 0.006
_RADIUS_PER_STRENGTH = 0.027
_HIGHLIGHT = 12.0


def greatest_radius(width: int, height: int, strength: float) -> float:
    """Radius in pixels of the largest circle of confusion, a share of the frame's mean side.

    At strength 0 it is small, not nothing: this effect never sends a plain background.
    """
    return math.sqrt(width * height) * (_LEAST_RADIUS + _RADIUS_PER_STRENGTH * strength)


class Irises:
    """The blur's shape at three radii, as arrays that the kernels take.

    reach: int64 (3, k), fraction: float32 (3, k), stacks: int64 (3), how many rows count, the
    middle one and those below. areas: float32 (3), 1 / area. pad: the widest reach that any
    strength has.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._chosen: tuple[str, float] | None = None
        greatest = greatest_radius(canvas.width, canvas.height, 1.0) / canvas.factor
        self.pad = int(max(WIDEST * greatest, 0.5) + 0.5) + 2
        self.reach = np.zeros((len(LEVELS), self.pad), np.int64)
        self.fraction = np.zeros((len(LEVELS), self.pad), np.float32)
        self.stacks = np.zeros(len(LEVELS), np.int64)
        self.areas = np.zeros(len(LEVELS), np.float32)

    @property
    def rows(self) -> int:
        """How many rows the largest shape reaches up and down."""
        return int(self.stacks.max())

    def choose(self, shape: str, strength: float) -> bool:
        """Fill the arrays; False where they were so already."""
        if (shape, strength) == self._chosen:
            return False
        canvas = self._canvas
        radius = greatest_radius(canvas.width, canvas.height, strength) / canvas.factor
        for level, share in enumerate(LEVELS):
            self._keep(level, iris(shape, radius * share))
        self._chosen = shape, strength
        return True

    def _keep(self, level: int, shape: Iris) -> None:
        count = shape.reach.size
        self.stacks[level] = count
        self.reach[level, :count] = shape.reach
        self.fraction[level, :count] = shape.fraction
        self.areas[level] = 1.0 / shape.area


class Bokeh:
    """Blur by normalised convolution: no colour of the subject in the background."""

    def __init__(self, canvas: Canvas, irises: Irises) -> None:
        self._canvas = canvas
        self._irises = irises
        columns = canvas.columns
        self._prefix = np.zeros((canvas.rows, 4, columns + 2 * irises.pad + 1), np.float32)
        self._fill = np.zeros((4, columns), np.float32)
        self._lines = canvas.scratch(len(LEVELS), 4, columns)
        self._shares = canvas.scratch(columns)
        self._counts = np.zeros((canvas.chunks, canvas.blocks), np.uint8)

    def blur(self, dst: Map, hidden: Map, cover: Marks, confusion: Map, highlights: float) -> None:
        """Fill ``dst``, float32 (3, rows, columns) in 0..255, but for what ``cover`` hides.

        hidden: float32 (rows, columns), 1 = lends no colour. cover: see ``Outline``. confusion:
        float32 (rows, columns), radius over the greatest. highlights: 0..1, how far they bloom.
        """
        canvas, irises, prefix = self._canvas, self._irises, self._prefix
        weight = np.float32(_HIGHLIGHT * highlights)
        weighted_prefix(prefix, self._shares, canvas.guide, hidden, irises.pad, weight)
        mean = prefix[:, :, -1].sum(axis=0) / np.float32(canvas.rows * canvas.columns)
        self._fill[:] = mean[:, None]
        blur_levels(
            dst,
            self._lines,
            self._shares,
            self._counts,
            self._fill,
            prefix,
            irises.reach,
            irises.fraction,
            irises.stacks,
            irises.areas,
            confusion,
            cover,
            irises.pad,
        )
