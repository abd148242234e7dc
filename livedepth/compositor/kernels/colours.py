"""Disparity shown as colours, refined by the picture's own edges."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.expand import advance, row_position
from livedepth.compositor.kernels.rows import guided_alpha

Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def look_up(colours: NDArray[np.uint8], table: NDArray[np.uint8], values: Floats) -> None:
    """Colour of each value in 0..1; colours: uint8 (3 w), values: float32 (w)."""
    for x in range(values.shape[0]):
        index = np.uint64(np.int32(values[x] * np.float32(255.0) + np.float32(0.5)))
        i = np.uint64(3 * x)
        colours[i] = table[index, 0]
        colours[i + np.uint64(1)] = table[index, 1]
        colours[i + np.uint64(2)] = table[index, 2]


@njit(nogil=True, fastmath=True, cache=True)
def mix_row(
    dst: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    colours: NDArray[np.uint8],
    opacity: np.float32,
) -> None:
    """Colours over the picture; all uint8 (3 w)."""
    half = np.float32(0.5)
    for i in range(dst.shape[0]):
        old = np.float32(pixels[i])
        dst[i] = np.uint8(np.int32(old + opacity * (np.float32(colours[i]) - old) + half))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blend_colours(
    dst: NDArray[np.uint8],
    pairs: Floats,
    values: Floats,
    colours: NDArray[np.uint8],
    image: NDArray[np.uint8],
    planes: Floats,
    table: NDArray[np.uint8],
    opacity: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """Colours of a guided-filtered map over ``image``.

    dst, image: uint8 (h, w, 3). pairs: float32 (chunks, 2, 4, w), values: float32 (chunks, w),
    colours: uint8 (chunks, 3 w): scratch. planes: float32 (4, ceil(h / factor), ceil(w / factor)):
    coefficients for B, G, R in 0..255 and the constant; the map they give is in 0..1. table: uint8
    (256, 3). opacity: 0 is the image, 1 the colours. left, across: see ``stretch_row``.
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
            guided_alpha(values[chunk], source[y], upper, lower, t)
            look_up(colours[chunk], table, values[chunk])
            mix_row(target[y], source[y], colours[chunk], opacity)
