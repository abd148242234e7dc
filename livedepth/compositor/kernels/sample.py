"""Bilinear sampling of small maps on the grid of block centres."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.expand import stretch_row
from livedepth.compositor.kernels.rows import interpolate

Floats = NDArray[np.float32]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def sample_maps(
    dst: Floats,
    lines: Floats,
    sources: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
    height: int,
) -> None:
    """Sample ``sources``, stretched over a picture ``height`` high, at the centres of its blocks.

    dst: float32 (n, ceil(height / factor), columns). lines: float32 (chunks, w) scratch. sources:
    float32 (n, h, w), extended by their border values. left: uint32 (columns), the source column
    at or before each dst column; across: float32 (columns), the fraction past it.
    """
    rows = dst.shape[1]
    high = sources.shape[1]
    step = factor * high / height
    chunks = lines.shape[0]
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            v = min(max((row + 0.5) * step - 0.5, 0.0), high - 1.0)
            top = int(v)
            t = np.float32(v - top)
            for n in range(dst.shape[0]):
                below = sources[n, min(top + 1, high - 1)]
                interpolate(lines[chunk], sources[n, top], below, t)
                stretch_row(dst[n, row], lines[chunk], left, across)
