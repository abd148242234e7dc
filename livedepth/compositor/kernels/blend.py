"""The full-resolution passes: refined alpha and the blend, fused, one read and one write a pixel.

The guided filter's coefficients and the blurred background are small planes. Every row of them is
stretched to the picture's width once, then each pixel interpolates between two stretched rows.
Where alpha is 0 or 1 whatever the picture shows, nothing is blended.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import CLEAR, SOLID, merge_marks, run_end
from livedepth.compositor.kernels.expand import advance, row_position
from livedepth.compositor.kernels.rows import begin_alpha, copy_pixels, end_alpha

Floats = NDArray[np.float32]
Marks = NDArray[np.uint8]


@njit(nogil=True, fastmath=True, cache=True)
def behind_run(
    dst: NDArray[np.uint8], upper: Floats, lower: Floats, t: np.float32, begin: int, end: int
) -> None:
    """The background alone, interpolated between two rows, from pixel ``begin`` on.

    dst: uint8 (3 n). upper, lower: float32 (3, w) in 0..255.
    """
    half = np.float32(0.5)
    blue, blue_below = upper[0][begin:end], lower[0][begin:end]
    green, green_below = upper[1][begin:end], lower[1][begin:end]
    red, red_below = upper[2][begin:end], lower[2][begin:end]
    for x in range(blue.shape[0]):
        b = blue[x] + t * (blue_below[x] - blue[x])
        g = green[x] + t * (green_below[x] - green[x])
        r = red[x] + t * (red_below[x] - red[x])
        dst[3 * x] = np.uint8(np.int32(b + half))
        dst[3 * x + 1] = np.uint8(np.int32(g + half))
        dst[3 * x + 2] = np.uint8(np.int32(r + half))


@njit(nogil=True, fastmath=True, cache=True)
def over_run(
    dst: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    alpha: Floats,
    upper: Floats,
    lower: Floats,
    t: np.float32,
    begin: int,
    end: int,
) -> None:
    """The picture over the background interpolated between two rows, from pixel ``begin`` on.

    dst, pixels: uint8 (3 n). alpha: float32 (n). upper, lower: float32 (3, w) in 0..255.
    """
    half = np.float32(0.5)
    blue, blue_below = upper[0][begin:end], lower[0][begin:end]
    green, green_below = upper[1][begin:end], lower[1][begin:end]
    red, red_below = upper[2][begin:end], lower[2][begin:end]
    for x in range(blue.shape[0]):
        a = alpha[x]
        b = blue[x] + t * (blue_below[x] - blue[x])
        g = green[x] + t * (green_below[x] - green[x])
        r = red[x] + t * (red_below[x] - red[x])
        dst[3 * x] = np.uint8(np.int32(b + a * (np.float32(pixels[3 * x]) - b) + half))
        dst[3 * x + 1] = np.uint8(np.int32(g + a * (np.float32(pixels[3 * x + 1]) - g) + half))
        dst[3 * x + 2] = np.uint8(np.int32(r + a * (np.float32(pixels[3 * x + 2]) - r) + half))


@njit(nogil=True, fastmath=True, cache=True)
def alpha_run(
    dst: Floats,
    pixels: NDArray[np.uint8],
    upper: Floats,
    lower: Floats,
    t: np.float32,
    begin: int,
    end: int,
) -> None:
    """``guided_alpha`` from pixel ``begin`` on; dst: float32 (n), pixels: uint8 (3 n)."""
    blue, blue_below = upper[0][begin:end], lower[0][begin:end]
    constant, constant_below = upper[3][begin:end], lower[3][begin:end]
    begin_alpha(dst, pixels, blue, blue_below, constant, constant_below, t)
    green, green_below = upper[1][begin:end], lower[1][begin:end]
    end_alpha(dst, pixels, green, green_below, upper[2][begin:end], lower[2][begin:end], t)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blend_blurred(
    dst: NDArray[np.uint8],
    pairs: Floats,
    alphas: Floats,
    marks: Marks,
    image: NDArray[np.uint8],
    planes: Floats,
    cover: Marks,
    edges: NDArray[np.int64],
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """The picture where alpha is 1, the blurred background where it is 0.

    dst, image: uint8 (h, w, 3). pairs: float32 (chunks, 2, 7, w), alphas: float32 (chunks, w),
    marks: uint8 (chunks, blocks): scratch. planes: float32 (7, ceil(h / factor),
    ceil(w / factor)): guided-filter coefficients for B, G, R in 0..255 and the constant, then the
    background's B, G, R in 0..255. cover: see ``classify_row``. edges: int64 (blocks + 1), first
    pixel of each block. left, across: see ``stretch_row``.
    """
    height, width = image.shape[0], image.shape[1]
    source = image.reshape(height, 3 * width)
    target = dst.reshape(height, 3 * width)
    chunks = pairs.shape[0]
    for chunk in prange(chunks):
        pair, mark = pairs[chunk], marks[chunk]
        held, first = -2, 0
        for y in range(height * chunk // chunks, height * (chunk + 1) // chunks):
            above, t = row_position(y, factor)
            first = advance(pair, planes, above, held, first, left, across, factor)
            if above != held:
                merge_marks(mark, cover, above)
            held = above
            upper, lower = pair[first], pair[1 - first]
            block = 0
            while block < mark.shape[0]:
                after = run_end(mark, block)
                begin, end = edges[block], edges[after]
                out, pixels = target[y][3 * begin : 3 * end], source[y][3 * begin : 3 * end]
                if mark[block] == SOLID:
                    copy_pixels(out, pixels)
                elif mark[block] == CLEAR:
                    behind_run(out, upper[4:], lower[4:], t, begin, end)
                else:
                    alpha = alphas[chunk][begin:end]
                    alpha_run(alpha, pixels, upper, lower, t, begin, end)
                    over_run(out, pixels, alpha, upper[4:], lower[4:], t, begin, end)
                block = after
