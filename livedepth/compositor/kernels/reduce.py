"""Block-mean reduction of a picture by a whole factor."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def reduce_blocks(
    dst: Floats, sums: NDArray[np.uint16], image: NDArray[np.uint8], factor: int
) -> None:
    """Mean of every factor x factor block of ``image``, in 0..255.

    dst: float32 (3, ceil(h / factor), ceil(w / factor)), planes B, G, R. Blocks cut by the right
    or lower border average the pixels they have. sums: uint16 (chunks, 3 w) scratch, so
    ``factor`` is at most 257. image: uint8 (h, w, 3).
    """
    height, width = image.shape[0], image.shape[1]
    pixels = image.reshape(height, 3 * width)
    rows, columns = dst.shape[1], dst.shape[2]
    chunks = sums.shape[0]
    for chunk in prange(chunks):
        line = sums[chunk]
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            top = row * factor
            bottom = min(height, top + factor)
            line[:] = 0
            for y in range(top, bottom):
                source = pixels[y]
                for i in range(3 * width):
                    line[i] += source[i]
            for column in range(columns):
                left = column * factor
                right = min(width, left + factor)
                blue, green, red = 0, 0, 0
                for x in range(left, right):
                    blue += line[3 * x]
                    green += line[3 * x + 1]
                    red += line[3 * x + 2]
                scale = np.float32(1.0 / ((bottom - top) * (right - left)))
                dst[0, row, column] = blue * scale
                dst[1, row, column] = green * scale
                dst[2, row, column] = red * scale
