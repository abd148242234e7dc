"""Small smooth planes painted as a picture."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.expand import advance, row_position

Floats = NDArray[np.float32]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def paint_planes(
    dst: NDArray[np.uint8],
    pairs: Floats,
    planes: Floats,
    thresholds: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """Stretch ``planes`` over the picture linearly and round them with a dither.

    dst: uint8 (h, w, 3). pairs: float32 (chunks, 2, 3, w) scratch. planes: float32
    (3, ceil(h / factor), ceil(w / factor)), B, G, R in 0..255. thresholds: float32 (n, w), see
    ``dither``. left, across: see ``stretch_row``.
    """
    height, width = dst.shape[0], dst.shape[1]
    target = dst.reshape(height, 3 * width)
    chunks = pairs.shape[0]
    for chunk in prange(chunks):
        pair = pairs[chunk]
        held, first = -2, 0
        for y in range(height * chunk // chunks, height * (chunk + 1) // chunks):
            above, t = row_position(y, factor)
            first = advance(pair, planes, above, held, first, left, across, factor)
            held = above
            upper, lower = pair[first], pair[1 - first]
            threshold = thresholds[y % thresholds.shape[0]]
            for x in range(width):
                for plane in range(3):
                    value = upper[plane, x] + t * (lower[plane, x] - upper[plane, x])
                    target[y, 3 * x + plane] = np.uint8(np.int32(value + threshold[x]))
