"""A disc as a stack of boxes, for ``kernels.bokeh``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SUBSTEPS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Disc:
    """A disc of any radius >= 0.5 pixel, each row's width averaged over the row's height.

    reach: int64 (n + 1), fraction: float32 (n + 1): whole and fractional part of the half width
    plus a half, of the middle row and each row below it. area: in pixels.
    """

    reach: NDArray[np.int64]
    fraction: NDArray[np.float32]
    area: float


def disc(radius: float) -> Disc:
    """The disc of ``radius`` pixels about a pixel's centre; radii under half a pixel count as that.

    The mean over a row of the chord's half length sqrt(r^2 - y^2) makes the area exact to the
    quadrature's error, so a slider moves the blur without steps.
    """
    radius = max(radius, 0.5)
    half = max(0, int(np.ceil(radius - 0.5)))
    rows = np.arange(half + 1)[:, None]
    y = rows - 0.5 + (np.arange(_SUBSTEPS) + 0.5) / _SUBSTEPS
    half_width = np.sqrt(np.maximum(radius * radius - y * y, 0.0)).mean(axis=1) + 0.5
    reach = half_width.astype(np.int64)
    fraction = (half_width - reach).astype(np.float32)
    areas = 2.0 * (half_width - 0.5)
    return Disc(reach, fraction, float(areas[0] + 2.0 * areas[1:].sum()))
