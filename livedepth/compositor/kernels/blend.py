"""The full-resolution passes: refined alpha and the blend, fused, one read and one write a pixel.

The guided filter's coefficients and the blurred background are small planes. Every row of them is
stretched to the picture's width once; the picture's rows between two of them are done together.
Where alpha is 0 or 1 whatever the picture shows, nothing is blended.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import MIXED, SOLID, merge_marks, run_end
from livedepth.compositor.kernels.expand import advance, first_row, row_position, stretch_span
from livedepth.compositor.kernels.rows import begin_alpha, copy_pixels, end_alpha

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Words = NDArray[np.uint16]


@njit(nogil=True, fastmath=True, cache=True)
def to_ramp(
    start: Words,
    rise: Words,
    upper: tuple[Floats, Floats, Floats],
    lower: tuple[Floats, Floats, Floats],
    t: np.float32,
    step: np.float32,
) -> None:
    """Colours between two rows, in 256ths of a level, half a level added for rounding.

    start: uint16 (3 n), B, G, R in turn at ``t`` of the way down; rise: uint16 (3 n), what is
    added, modulo 65536, for each ``step`` further. upper, lower: three float32 (n) in 0..255.
    """
    unit, half, whole = np.float32(256.0), np.float32(128.5), np.float32(65536.5)
    blue, green, red = upper
    blue_below, green_below, red_below = lower
    for x in range(blue.shape[0]):
        b, g, r = blue[x] * unit, green[x] * unit, red[x] * unit
        to_b, to_g = blue_below[x] * unit - b, green_below[x] * unit - g
        to_r = red_below[x] * unit - r
        start[3 * x] = np.uint16(np.int32(b + t * to_b + half))
        start[3 * x + 1] = np.uint16(np.int32(g + t * to_g + half))
        start[3 * x + 2] = np.uint16(np.int32(r + t * to_r + half))
        rise[3 * x] = np.uint16(np.int32(step * to_b + whole))
        rise[3 * x + 1] = np.uint16(np.int32(step * to_g + whole))
        rise[3 * x + 2] = np.uint16(np.int32(step * to_r + whole))


@njit(nogil=True, cache=True)
def skip_rows(ramp: Words, rise: Words, rows: np.uint16) -> None:
    """Go ``rows`` down a ramp; ramp, rise: see ``to_ramp``."""
    for i in range(ramp.shape[0]):
        ramp[i] += np.uint16(rise[i] * rows)


@njit(nogil=True, cache=True)
def ramp_row(dst: Bytes, ramp: Words, rise: Words) -> None:
    """dst = whole levels of ``ramp``, which then goes a row down; dst: uint8 (3 n)."""
    for i in range(dst.shape[0]):
        value = ramp[i]
        dst[i] = np.uint8(value >> np.uint16(8))
        ramp[i] = np.uint16(value + rise[i])


@njit(nogil=True, fastmath=True, cache=True)
def over_row(dst: Bytes, pixels: Bytes, alpha: Floats) -> None:
    """Lay the picture over what is there; dst, pixels: uint8 (3 n), alpha: float32 (n)."""
    half = np.float32(0.5)
    for x in range(alpha.shape[0]):
        a = alpha[x]
        b, g, r = np.float32(dst[3 * x]), np.float32(dst[3 * x + 1]), np.float32(dst[3 * x + 2])
        dst[3 * x] = np.uint8(np.int32(b + a * (np.float32(pixels[3 * x]) - b) + half))
        dst[3 * x + 1] = np.uint8(np.int32(g + a * (np.float32(pixels[3 * x + 1]) - g) + half))
        dst[3 * x + 2] = np.uint8(np.int32(r + a * (np.float32(pixels[3 * x + 2]) - r) + half))


@njit(nogil=True, fastmath=True, cache=True)
def ramp_between(
    ramps: Words, upper: Floats, lower: Floats, above: int, top: int, factor: int
) -> None:
    """Fill ``ramps``, uint16 (2, 3 w), ramp and rise, for the picture's rows from ``top`` on.

    upper, lower: float32 (3, w), the small row ``above`` and the next, stretched.
    """
    first = first_row(above, factor)
    _, t = row_position(first, factor)
    tops, bottoms = (upper[0], upper[1], upper[2]), (lower[0], lower[1], lower[2])
    to_ramp(ramps[0], ramps[1], tops, bottoms, t, np.float32(1.0 / factor))
    if top > first:
        skip_rows(ramps[0], ramps[1], np.uint16(top - first))


@njit(nogil=True, fastmath=True, cache=True)
def over_run(
    dst: Bytes,
    image: Bytes,
    rows: Floats,
    planes: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    run: tuple[int, int, int, int, int],
    factor: int,
) -> None:
    """Lay the picture over the background in a run of columns of the rows between two small rows.

    dst, image: uint8 (h, 3 w). rows: float32 (9, w) scratch. planes: float32 (4 or more, h', w'),
    coefficients. run: small row above, picture row and the one after the last, column and the one
    after the last.
    """
    above, top, bottom, begin, end = run
    last = planes.shape[1] - 1
    for plane in range(4):
        for side in range(2):
            line = planes[plane, min(max(above + side, 0), last)]
            stretch_span(rows[4 * side + plane], line, left, across, begin, end, factor)
    blue, blue_below = rows[0][begin:end], rows[4][begin:end]
    green, green_below = rows[1][begin:end], rows[5][begin:end]
    red, red_below = rows[2][begin:end], rows[6][begin:end]
    constant, constant_below = rows[3][begin:end], rows[7][begin:end]
    alpha = rows[8][begin:end]
    for y in range(top, bottom):
        out, pixels = dst[y][3 * begin : 3 * end], image[y][3 * begin : 3 * end]
        _, t = row_position(y, factor)
        begin_alpha(alpha, pixels, blue, blue_below, constant, constant_below, t)
        end_alpha(alpha, pixels, green, green_below, red, red_below, t)
        over_row(out, pixels, alpha)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blend_blurred(
    dst: Bytes,
    pairs: Floats,
    rows: Floats,
    ramps: Words,
    marks: Bytes,
    image: Bytes,
    planes: Floats,
    cover: Bytes,
    edges: NDArray[np.int64],
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """The picture where alpha is 1, the blurred background where it is 0.

    dst, image: uint8 (h, w, 3). pairs: float32 (chunks, 2, 3, w), rows: float32 (chunks, 9, w),
    ramps: uint16 (chunks, 2, 3 w), marks: uint8 (chunks, blocks): scratch. planes: float32 (7,
    ceil(h / factor), ceil(w / factor)): guided-filter coefficients for B, G, R in 0..255 and the
    constant, then the background's B, G, R in 0..255. cover: see ``classify_row``. edges: int64
    (blocks + 1), first pixel of each block. left, across: see ``stretch_row``.
    """
    height, width = image.shape[0], image.shape[1]
    source, target = image.reshape(height, 3 * width), dst.reshape(height, 3 * width)
    chunks = pairs.shape[0]
    for chunk in prange(chunks):
        pair, mark, held, first = pairs[chunk], marks[chunk], -2, 0
        y, stop = height * chunk // chunks, height * (chunk + 1) // chunks
        while y < stop:
            above, _ = row_position(y, factor)
            bottom = min(first_row(above + 1, factor), stop)
            merge_marks(mark, cover, above)
            first = advance(pair, planes[4:], above, held, first, left, across, factor)
            ramp_between(ramps[chunk], pair[first], pair[1 - first], above, y, factor)
            for row in range(y, bottom):
                ramp_row(target[row], ramps[chunk, 0], ramps[chunk, 1])
            held, block = above, 0
            while block < mark.shape[0]:
                after = run_end(mark, block)
                begin, end = edges[block], edges[after]
                if mark[block] == SOLID:
                    for row in range(y, bottom):
                        out, pixels = target[row], source[row]
                        copy_pixels(out[3 * begin : 3 * end], pixels[3 * begin : 3 * end])
                elif mark[block] == MIXED:
                    run = (above, y, bottom, begin, end)
                    over_run(target, source, rows[chunk], planes, left, across, run, factor)
                block = after
            y = bottom
