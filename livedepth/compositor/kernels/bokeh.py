"""Disc blur of a weighted picture: normalised convolution over discs from row prefix sums.

Normalised convolution: H. Knutsson, C.-F. Westin, "Normalized and differential convolution",
CVPR 1993: blur weight times colour and weight alike, then divide. A disc is a stack of boxes, one
for each row it covers, and a box is a difference of two prefix sums (F. Crow, "Summed-area tables",
SIGGRAPH 1984), so a disc costs one pass over its rows whatever its area.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.rows import dot

Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def weigh_row(
    weights: Floats, guide: Floats, subject: Floats, row: int, highlight: np.float32
) -> None:
    """One row of the weights that ``weighted_prefix`` describes; float32 (w)."""
    one, zero = np.float32(1.0), np.float32(0.0)
    blue, green, red, near = guide[0, row], guide[1, row], guide[2, row], subject[row]
    for x in range(weights.shape[0]):
        bright = max(blue[x] + green[x] + red[x] - np.float32(612.0), zero) * np.float32(1 / 153)
        weight = max(one - np.float32(4.0) * near[x], np.float32(1e-4))
        weights[x] = weight * (one + highlight * bright * bright)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def weighted_prefix(
    dst: Floats, weights: Floats, guide: Floats, subject: Floats, pad: int, highlight: np.float32
) -> None:
    """Prefix sums along rows of weight x (B, G, R, 1).

    A pixel weighs 1 where ``subject`` is 0 and almost nothing where it reaches a quarter, so a
    block that holds some of the subject lends no colour. Highlights weigh up to 1 + highlight,
    since they are clipped: the light they stand for is brighter than white. dst: float32
    (h, 4, w + 2 pad + 1), dst[.., pad + x] sums the pixels before x; constant beyond both ends.
    weights: float32 (chunks, w) scratch. guide: float32 (3, h, w) in 0..255. subject: float32
    (h, w).
    """
    rows, width = subject.shape
    chunks = weights.shape[0]
    for chunk in prange(chunks):
        weight = weights[chunk]
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            line = dst[row]
            line[:, : pad + 1] = 0
            weigh_row(weight, guide, subject, row, highlight)
            blue = green = red = total = np.float32(0.0)
            for x in range(width):
                w = weight[x]
                i = np.uint64(pad + 1 + x)
                blue += w * guide[0, row, x]
                green += w * guide[1, row, x]
                red += w * guide[2, row, x]
                total += w
                line[0, i] = blue
                line[1, i] = green
                line[2, i] = red
                line[3, i] = total
            for end in range(pad + 1 + width, line.shape[1]):
                line[0, end], line[1, end] = blue, green
                line[2, end], line[3, end] = red, total


@njit(nogil=True, fastmath=True, cache=True)
def add_box(dst: Floats, prefix: Floats, centre: int, reach: int, fraction: np.float32) -> None:
    """Add to dst[x] the sum over x +- (reach + fraction - 0.5), from its row's prefix sums."""
    width = dst.shape[0]
    right = prefix[centre + reach : centre + reach + width]
    right_next = prefix[centre + reach + 1 : centre + reach + 1 + width]
    left = prefix[centre + 1 - reach : centre + 1 - reach + width]
    left_next = prefix[centre - reach : centre - reach + width]
    for x in range(width):
        upper = right[x] + fraction * (right_next[x] - right[x])
        lower = left[x] + fraction * (left_next[x] - left[x])
        dst[x] += upper - lower


@njit(nogil=True, fastmath=True, cache=True)
def add_two_boxes(
    dst: Floats, above: Floats, below: Floats, centre: int, reach: int, fraction: np.float32
) -> None:
    """``add_box`` for two rows at once, as far above the centre as below it."""
    width = dst.shape[0]
    start, end = centre + reach, centre + 1 - reach
    right, right_next = above[start : start + width], above[start + 1 : start + 1 + width]
    left, left_next = above[end : end + width], above[end - 1 : end - 1 + width]
    right_2, right_2_next = below[start : start + width], below[start + 1 : start + 1 + width]
    left_2, left_2_next = below[end : end + width], below[end - 1 : end - 1 + width]
    rest = np.float32(1.0) - fraction
    for x in range(width):
        whole = (right[x] - left[x]) + (right_2[x] - left_2[x])
        part = (right_next[x] - left_next[x]) + (right_2_next[x] - left_2_next[x])
        dst[x] += rest * whole + fraction * part


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def disc_sums(
    dst: Floats,
    prefix: Floats,
    reach: NDArray[np.int64],
    fraction: Floats,
    pad: int,
    chunks: int,
) -> None:
    """Sums over a disc around every pixel.

    dst: float32 (h, n, w). prefix: n planes as ``weighted_prefix`` lays them out. reach: int64
    (k + 1), fraction: float32 (k + 1): the disc's half width plus a half, whole and fractional
    part, in its middle row and each row below that; ``reach`` is at most ``pad``.
    """
    rows = dst.shape[0]
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for plane in range(dst.shape[1]):
                line = dst[row, plane]
                line[:] = 0
                add_box(line, prefix[row, plane], pad, reach[0], fraction[0])
                for k in range(1, reach.shape[0]):
                    above, below = row - k, row + k
                    if above >= 0 and below < rows:
                        upper, lower = prefix[above, plane], prefix[below, plane]
                        add_two_boxes(line, upper, lower, pad, reach[k], fraction[k])
                    elif above >= 0:
                        add_box(line, prefix[above, plane], pad, reach[k], fraction[k])
                    elif below < rows:
                        add_box(line, prefix[below, plane], pad, reach[k], fraction[k])


@njit(nogil=True, fastmath=True, cache=True)
def show_through(dst: Floats, below: Floats, area: np.float32) -> None:
    """dst = dst / disc's area + a little of what lies below; all float32 (w)."""
    for x in range(dst.shape[0]):
        dst[x] = dst[x] * area + np.float32(0.02) * below[x]


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def level_share(
    dst: Floats,
    confusion: Floats,
    weight: Floats,
    first: np.float32,
    second: np.float32,
    last: np.float32,
) -> None:
    """Share of one level, divided by its weights: a tent that rises from ``first`` to ``second``
    and falls to ``last``; all float32 (w)."""
    zero, one = np.float32(0.0), np.float32(1.0)
    up = one / (second - first)
    down = one / (last - second)
    for x in range(dst.shape[0]):
        c = confusion[x]
        share = min(min((c - first) * up, (last - c) * down), one)
        dst[x] = max(share, zero) / weight[x]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def mix_levels(
    dst: Floats,
    shares: Floats,
    fill: Floats,
    small: Floats,
    middle: Floats,
    large: Floats,
    areas: Floats,
    confusion: Floats,
) -> None:
    """Blurred background in 0..255, its radius following ``confusion``.

    Each level is normalised by its own weights; where a level finds no background nearby, the
    next larger one shows through it, and at last ``fill``. dst: float32 (3, h, w). shares: float32
    (chunks, 3, w) scratch. fill: float32 (4, w), mean of weight x (B, G, R, 1), alike in all
    columns. small, middle, large: ``disc_sums`` at a quarter, half and the whole of the greatest
    radius; overwritten. areas: float32 (3), 1 / area of each disc. confusion: float32 (h, w) in
    0..1, radius of the circle of confusion over the greatest.
    """
    rows = dst.shape[1]
    chunks = shares.shape[0]
    far, quarter, half = np.float32(1e9), np.float32(0.25), np.float32(0.5)
    for chunk in prange(chunks):
        share = shares[chunk]
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for plane in range(4):
                show_through(large[row, plane], fill[plane], areas[2])
                show_through(middle[row, plane], large[row, plane], areas[1])
                show_through(small[row, plane], middle[row, plane], areas[0])
            level_share(share[0], confusion[row], small[row, 3], -far, quarter, half)
            level_share(share[1], confusion[row], middle[row, 3], quarter, half, np.float32(1.0))
            level_share(share[2], confusion[row], large[row, 3], half, np.float32(1.0), far)
            for plane in range(3):
                dot(
                    dst[plane, row],
                    small[row, plane],
                    share[0],
                    middle[row, plane],
                    share[1],
                    large[row, plane],
                    share[2],
                )
