"""Brightening a picture without touching its hues."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def lift_row(dst: Bytes, pixels: Bytes, gains: Floats, slope: np.float32) -> None:
    """``lift_picture`` for one row; dst, pixels: uint8 (3 w). gains: float32 (w) scratch."""
    one, half = np.float32(1.0), np.float32(0.5)
    bend = (slope - one) * np.float32(1 / 255)
    for x in range(gains.shape[0]):
        brightest = max(pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2])
        gains[x] = slope / (one + bend * np.float32(brightest))
    for x in range(gains.shape[0]):
        gain = gains[x]
        dst[3 * x] = np.uint8(np.int32(np.float32(pixels[3 * x]) * gain + half))
        dst[3 * x + 1] = np.uint8(np.int32(np.float32(pixels[3 * x + 1]) * gain + half))
        dst[3 * x + 2] = np.uint8(np.int32(np.float32(pixels[3 * x + 2]) * gain + half))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def lift_picture(dst: Bytes, image: Bytes, gains: Floats, slope: np.float32) -> None:
    """Scale each pixel so that its brightest channel follows the curve: hues stay, nothing clips.

    The curve is C. Schlick's bias, k v / (1 + (k - 1) v) for v in 0..1 and the slope k at black
    ("Fast alternatives to Perlin's bias and gain functions", Graphics Gems IV, 1994). dst, image:
    uint8 (h, w, 3). gains: float32 (chunks, w) scratch. slope: 1 or more.
    """
    height, width = image.shape[0], image.shape[1]
    source, target = image.reshape(height, 3 * width), dst.reshape(height, 3 * width)
    chunks = gains.shape[0]
    for chunk in prange(chunks):
        for row in range(height * chunk // chunks, height * (chunk + 1) // chunks):
            lift_row(target[row], source[row], gains[chunk], slope)
