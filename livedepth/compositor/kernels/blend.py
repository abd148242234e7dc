"""The full-resolution passes: refined alpha and the blend, fused, one read and one write a pixel.

The guided filter's coefficients and the blurred background are small planes. Every row of them is
stretched to the picture's width once, then each pixel interpolates between two stretched rows.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.expand import advance, row_position
from livedepth.compositor.kernels.rows import guided_alpha

Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def over_row(
    dst: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    alpha: Floats,
    upper: Floats,
    lower: Floats,
    t: np.float32,
) -> None:
    """The picture over the background interpolated between two rows.

    dst, pixels: uint8 (3 w). alpha: float32 (w). upper, lower: float32 (3, w) in 0..255.
    """
    half = np.float32(0.5)
    blue, green, red = upper[0], upper[1], upper[2]
    blue_below, green_below, red_below = lower[0], lower[1], lower[2]
    for x in range(alpha.shape[0]):
        a = alpha[x]
        b = blue[x] + t * (blue_below[x] - blue[x])
        g = green[x] + t * (green_below[x] - green[x])
        r = red[x] + t * (red_below[x] - red[x])
        dst[3 * x] = np.uint8(np.int32(b + a * (np.float32(pixels[3 * x]) - b) + half))
        dst[3 * x + 1] = np.uint8(np.int32(g + a * (np.float32(pixels[3 * x + 1]) - g) + half))
        dst[3 * x + 2] = np.uint8(np.int32(r + a * (np.float32(pixels[3 * x + 2]) - r) + half))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blend_blurred(
    dst: NDArray[np.uint8],
    pairs: Floats,
    alphas: Floats,
    image: NDArray[np.uint8],
    planes: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """The picture where alpha is 1, the blurred background where it is 0.

    dst, image: uint8 (h, w, 3). pairs: float32 (chunks, 2, 7, w), alphas: float32 (chunks, w):
    scratch. planes: float32 (7, ceil(h / factor), ceil(w / factor)): guided-filter coefficients
    for B, G, R in 0..255 and the constant, then the background's B, G, R in 0..255. left, across:
    see ``stretch_row``.
    """
    height, width = image.shape[0], image.shape[1]
    source = image.reshape(height, 3 * width)
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
            guided_alpha(alphas[chunk], source[y], upper, lower, t)
            over_row(target[y], source[y], alphas[chunk], upper[4:], lower[4:], t)
