"""Darkening a picture and taking the colour out of it.

Luma has the weights of ITU-R BT.709, clause 3.2: 0.2126 R + 0.7152 G + 0.0722 B.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def tone_row(
    blue: Floats, green: Floats, red: Floats, dim: np.float32, desaturate: np.float32
) -> None:
    """``tone_planes`` for one row, in place; all float32 (w)."""
    keep = np.float32(1.0) - dim
    for x in range(blue.shape[0]):
        b, g, r = blue[x], green[x], red[x]
        luma = np.float32(0.0722) * b + np.float32(0.7152) * g + np.float32(0.2126) * r
        blue[x] = keep * (b + desaturate * (luma - b))
        green[x] = keep * (g + desaturate * (luma - g))
        red[x] = keep * (r + desaturate * (luma - r))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def tone_planes(planes: Floats, dim: np.float32, desaturate: np.float32, chunks: int) -> None:
    """Darken ``planes`` by the share ``dim`` and take the share ``desaturate`` of their colour.

    planes: float32 (3, h, w), B, G, R in 0..255, changed in place. dim, desaturate: 0..1; with
    both 0 nothing changes. chunks: how many runs of rows the work is cut into.
    """
    rows = planes.shape[1]
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            tone_row(planes[0, row], planes[1, row], planes[2, row], dim, desaturate)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def tone_picture(
    picture: NDArray[np.uint8], dim: np.float32, desaturate: np.float32, chunks: int
) -> None:
    """``tone_planes`` for ``picture``, uint8 (h, w, 3), in place."""
    height, width = picture.shape[0], picture.shape[1]
    pixels = picture.reshape(height, 3 * width)
    keep, half = np.float32(1.0) - dim, np.float32(0.5)
    for chunk in prange(chunks):
        for row in range(height * chunk // chunks, height * (chunk + 1) // chunks):
            for x in range(width):
                b = np.float32(pixels[row, 3 * x])
                g = np.float32(pixels[row, 3 * x + 1])
                r = np.float32(pixels[row, 3 * x + 2])
                luma = np.float32(0.0722) * b + np.float32(0.7152) * g + np.float32(0.2126) * r
                pixels[row, 3 * x] = np.uint8(keep * (b + desaturate * (luma - b)) + half)
                pixels[row, 3 * x + 1] = np.uint8(keep * (g + desaturate * (luma - g)) + half)
                pixels[row, 3 * x + 2] = np.uint8(keep * (r + desaturate * (luma - r)) + half)
