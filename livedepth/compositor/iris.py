"""The shape of a blurred point of light as a stack of boxes, for ``kernels.bokeh``."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Lengths = NDArray[np.float64]

_SUBSTEPS = 64

# Widest half width of each shape for a radius of 1; see ``iris``.
WIDEST = math.sqrt(2.0 * math.pi / math.sqrt(27.0))


@dataclass(frozen=True, slots=True, eq=False)
class Iris:
    """A shape symmetric up to down and left to right, each row's width averaged over its height.

    reach: int64 (n + 1), fraction: float32 (n + 1): whole and fractional part of the half width
    plus a half, of the middle row and of each row below it. area: in pixels.
    """

    reach: NDArray[np.int64]
    fraction: NDArray[np.float32]
    area: float


def iris(shape: str, radius: float) -> Iris:
    """The shape with the area of a disc of ``radius`` pixels, about a pixel's centre.

    shape: disc, hexagon (corners left and right) or octagon (sides left and right). Radii under
    half a pixel count as that. The mean over each row's height makes the area exact to the
    quadrature's error, so a slider moves the blur without steps.
    """
    half_width, height = _HALF_WIDTHS[shape], _HEIGHTS[shape]
    radius = max(radius, 0.5)
    rows = 1 + max(0, math.ceil(radius * height - 0.5))
    tops = np.arange(rows)[:, None] - 0.5
    y = np.abs(tops + (np.arange(_SUBSTEPS) + 0.5) / _SUBSTEPS) / radius
    widths = radius * np.where(y < height, half_width(y), 0.0).mean(axis=1) + 0.5
    reach = widths.astype(np.int64)
    fraction = (widths - reach).astype(np.float32)
    areas = 2.0 * (widths - 0.5)
    return Iris(reach, fraction, float(areas[0] + 2.0 * areas[1:].sum()))


# Of area pi: circumradius of the hexagon; half the distance between two sides of the octagon.
_HEXAGON = WIDEST
_OCTAGON = math.sqrt(math.pi / (8.0 * math.tan(math.pi / 8.0)))


def _disc(y: Lengths) -> Lengths:
    return np.sqrt(np.maximum(1.0 - y * y, 0.0))


def _hexagon(y: Lengths) -> Lengths:
    return _HEXAGON - y / math.sqrt(3.0)


def _octagon(y: Lengths) -> Lengths:
    corner = _OCTAGON * math.tan(math.pi / 8.0)
    return _OCTAGON - np.maximum(y - corner, 0.0)


_HALF_WIDTHS = {"disc": _disc, "hexagon": _hexagon, "octagon": _octagon}
_HEIGHTS = {"disc": 1.0, "hexagon": _HEXAGON * math.sqrt(0.75), "octagon": _OCTAGON}
