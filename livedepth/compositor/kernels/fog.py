"""How much light passes through fog.

Beer and Lambert's law: transmission exp(-beta z) over the distance z, at the extinction beta.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(parallel=True, nogil=True, fastmath=True, cache=True, error_model="numpy")
def transmission(
    dst: Floats,
    disparity: Floats,
    beta: np.float32,
    clear: np.float32,
    nearest: np.float32,
    chunks: int,
) -> None:
    """Share of light that comes through from each pixel's distance z = 1 / (disparity + nearest).

    dst, disparity: float32 (h, w). beta: extinction per unit of z, which is infinite in effect
    where disparity is -nearest or less. clear: distance up to which there is no fog.
    """
    zero, one, least = np.float32(0.0), np.float32(1.0), np.float32(1e-6)
    rows = dst.shape[0]
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(dst.shape[1]):
                z = one / max(disparity[row, x] + nearest, least)
                dst[row, x] = np.exp(-beta * max(z - clear, zero))
