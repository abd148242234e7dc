"""Disc blur of a weighted picture: normalised convolution over stacks of boxes from prefix sums.

Normalised convolution: H. Knutsson, C.-F. Westin, "Normalized and differential convolution",
CVPR 1993: blur weight times colour and weight alike, then divide. A disc or polygon is a stack of
boxes, one for each row it covers, and a box is a difference of two prefix sums (F. Crow,
"Summed-area tables", SIGGRAPH 1984), so it costs one pass over its rows whatever its area.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import BLOCK, SOLID, next_run
from livedepth.compositor.kernels.rows import add_product, clear

Floats = NDArray[np.float32]
Marks = NDArray[np.uint8]


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
            for plane in range(4):
                clear(line[plane][: pad + 1])
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
    """Add to dst[x] the sum over x +- (reach + fraction - 0.5), from its row's prefix sums.

    centre: where in ``prefix`` the sum of all before dst[0]'s pixel stands.
    """
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
def set_box(dst: Floats, prefix: Floats, centre: int, reach: int, fraction: np.float32) -> None:
    """``add_box`` to nothing."""
    width = dst.shape[0]
    right = prefix[centre + reach : centre + reach + width]
    right_next = prefix[centre + reach + 1 : centre + reach + 1 + width]
    left = prefix[centre + 1 - reach : centre + 1 - reach + width]
    left_next = prefix[centre - reach : centre - reach + width]
    for x in range(width):
        upper = right[x] + fraction * (right_next[x] - right[x])
        lower = left[x] + fraction * (left_next[x] - left[x])
        dst[x] = upper - lower


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


@njit(nogil=True, fastmath=True, cache=True)
def stack_row(
    dst: Floats,
    prefix: Floats,
    row: int,
    plane: int,
    centre: int,
    reach: NDArray[np.int64],
    fraction: Floats,
) -> None:
    """Sums over a stack of boxes about each of a run of pixels of one row and plane.

    dst: float32 (n). prefix: see ``weighted_prefix``. centre: see ``add_box``. reach: int64 (k),
    fraction: float32 (k): see ``Iris``.
    """
    end = prefix.shape[0]
    set_box(dst, prefix[row, plane], centre, reach[0], fraction[0])
    for k in range(1, reach.shape[0]):
        above, below = row - k, row + k
        if above >= 0 and below < end:
            upper, lower = prefix[above, plane], prefix[below, plane]
            add_two_boxes(dst, upper, lower, centre, reach[k], fraction[k])
        elif above >= 0:
            add_box(dst, prefix[above, plane], centre, reach[k], fraction[k])
        elif below < end:
            add_box(dst, prefix[below, plane], centre, reach[k], fraction[k])


@njit(nogil=True, fastmath=True, cache=True)
def show_through(dst: Floats, below: Floats, area: np.float32) -> None:
    """dst = dst / shape's area + a little of what lies below; all float32 (w)."""
    for x in range(dst.shape[0]):
        dst[x] = dst[x] * area + np.float32(0.02) * below[x]


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def level_share(dst: Floats, confusion: Floats, weight: Floats, level: int) -> None:
    """Share of one level, divided by its weights; all float32 (w).

    A tent over the circle of confusion: levels 0, 1, 2 peak at a quarter, a half and the whole of
    the greatest radius; below a quarter the first is all there is.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    peak = np.float32(0.25 * 2.0**level)
    rise = np.float32(2.0) / peak
    fall = one / peak if level < 2 else zero
    for x in range(dst.shape[0]):
        past = confusion[x] - peak
        share = one + min(past * rise if level > 0 else zero, -past * fall)
        dst[x] = min(max(share, zero), one) / weight[x]


@njit(nogil=True, fastmath=True, cache=True)
def count_levels(dst: Marks, confusion: Floats, cover: Marks, row: int) -> None:
    """For each block how many levels, from the largest down, are seen in it: 0 to 3.

    Nothing is seen where the subject covers the block and those about it. dst: uint8 (blocks).
    confusion: float32 (h, w). cover: uint8 (h, blocks), see ``classify_row``.
    """
    last_row, last_block = cover.shape[0] - 1, cover.shape[1] - 1
    line = confusion[row]
    for block in range(dst.shape[0]):
        hidden = True
        for y in range(max(row - 1, 0), min(row + 1, last_row) + 1):
            for other in range(max(block - 1, 0), min(block + 1, last_block) + 1):
                hidden = hidden and cover[y, other] == SOLID
        begin = block * BLOCK
        least = np.float32(1.0)
        if begin + BLOCK <= line.shape[0]:
            for k in range(BLOCK):
                least = min(least, line[begin + k])
        else:
            for x in range(begin, line.shape[0]):
                least = min(least, line[x])
        count = 3 if least < np.float32(0.5) else 2 if least < np.float32(1.0) else 1
        dst[block] = 0 if hidden else count


@njit(nogil=True, fastmath=True, cache=True)
def blur_run(
    dst: Floats,
    lines: Floats,
    share: Floats,
    fill: Floats,
    prefix: Floats,
    reach: NDArray[np.int64],
    fraction: Floats,
    area: np.float32,
    confusion: Floats,
    run: tuple[int, int, int, int, int],
) -> None:
    """Add one level's share of ``blur_levels`` over a run of columns.

    lines: float32 (3, 4, w), share: float32 (w): scratch. run: row, level, column, column after
    the last, and pad.
    """
    row, level, begin, end, pad = run
    for plane in range(4):
        line = lines[level, plane][begin:end]
        stack_row(line, prefix, row, plane, pad + begin, reach, fraction)
        below = fill[plane] if level == 2 else lines[level + 1, plane]
        show_through(line, below[begin:end], area)
    level_share(share[begin:end], confusion[row][begin:end], lines[level, 3][begin:end], level)
    for plane in range(3):
        line = lines[level, plane][begin:end]
        add_product(dst[plane, row][begin:end], line, share[begin:end], np.float32(1.0))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blur_levels(
    dst: Floats,
    lines: Floats,
    shares: Floats,
    counts: Marks,
    fill: Floats,
    prefix: Floats,
    reach: NDArray[np.int64],
    fraction: Floats,
    stacks: NDArray[np.int64],
    areas: Floats,
    confusion: Floats,
    cover: Marks,
    pad: int,
) -> None:
    """Blurred background in 0..255, its radius following ``confusion``.

    Each level is normalised by its own weights; where a level finds no background nearby, the
    next larger one shows through it, and at last ``fill``. What the subject covers is left black.
    dst: float32 (3, h, w). lines: float32 (chunks, 3, 4, w), shares: float32 (chunks, w),
    counts: uint8 (chunks, blocks): scratch. fill: float32 (4, w), mean of weight x (B, G, R, 1),
    alike in all columns. prefix, pad: see ``weighted_prefix``. reach: int64 (3, k), fraction:
    float32 (3, k), stacks: int64 (3): ``Iris`` at a quarter, half and the whole of the greatest
    radius, and how many rows of it count. areas: float32 (3), 1 / area of each. confusion: float32
    (h, w) in 0..1, radius of the circle of confusion over the greatest. cover: see
    ``classify_row``.
    """
    rows, width = confusion.shape
    chunks = shares.shape[0]
    for chunk in prange(chunks):
        count = counts[chunk]
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            count_levels(count, confusion, cover, row)
            for plane in range(3):
                clear(dst[plane, row])
            for level in range(2, -1, -1):
                least = np.uint8(3 - level)
                block, after = next_run(count, least, 0)
                while block < after:
                    run = (row, level, block * BLOCK, min(after * BLOCK, width), pad)
                    size = stacks[level]
                    blur_run(
                        dst, lines[chunk], shares[chunk], fill, prefix,
                        reach[level][:size], fraction[level][:size], areas[level], confusion, run,
                    )  # fmt: skip
                    block, after = next_run(count, least, after)
