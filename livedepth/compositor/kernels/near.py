"""What is nearer than the plane in focus: its own blurred layer, laid over all that is behind it.

A near thing's blur spreads over what is sharp behind it, so it is blurred premultiplied by its
coverage and laid over by it (T. Porter, T. Duff, "Compositing digital images", SIGGRAPH 1984).
What it covers is not seen; there the picture around it is let in from its sides. The picture's
border goes on beyond it, so a thing that is cut by the border stays whole.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import BLOCK, gather_marks, mark_blocks, next_run
from livedepth.compositor.kernels.bokeh import add_two_boxes, level_share, set_box
from livedepth.compositor.kernels.expand import advance, row_position
from livedepth.compositor.kernels.rows import add_product, clear, copy

Floats = NDArray[np.float32]
Marks = NDArray[np.uint8]

ONE = np.uint8(1)

# Near B, G, R, coverage and coverage x confusion; what is not near: B, G, R and weight.
NEAR_PLANES = 5
LAYER_PLANES = 9


@njit(nogil=True, fastmath=True, cache=True)
def separate_near(near: Floats, hidden: Floats, alpha: Floats, rim: Floats, chunks: int) -> None:
    """Fit the near layer's coverage to the outline of what is sharp, and hide both.

    near: float32 (h, w) in 0..1, changed in place to near x (1 - alpha). hidden: float32 (h, w),
    alpha or ``rim``, the near layer with its rim, whichever is more.
    """
    one = np.float32(1.0)
    rows, width = near.shape
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(width):
                near[row, x] *= one - alpha[row, x]
                hidden[row, x] = max(alpha[row, x], rim[row, x])


@njit(nogil=True, fastmath=True, cache=True)
def extend(line: Floats, pad: int, width: int) -> None:
    """Let the first and last value go on beyond both ends of prefix sums; see ``near_prefix``."""
    first, last = line[pad + 1], line[pad + width] - line[pad + width - 1]
    for i in range(pad):
        line[i] = np.float32(i - pad) * first
    end = line[pad + width]
    for i in range(pad + 1 + width, line.shape[0]):
        line[i] = end + np.float32(i - pad - width) * last


@njit(nogil=True, fastmath=True, cache=True)
def prefix_row(
    line: Floats, guide: Floats, near: Floats, rim: Floats, confusion: Floats, row: int, start: int
) -> None:
    """``near_prefix`` for one row from ``start`` on, its ends apart; line: float32 (9, n)."""
    one = np.float32(1.0)
    blue = green = red = cover = circle = np.float32(0.0)
    far_blue = far_green = far_red = weight = np.float32(0.0)
    for plane in range(LAYER_PLANES):
        line[plane, start] = np.float32(0.0)
    for x in range(rim.shape[1]):
        b, g, r = guide[0, row, x], guide[1, row, x], guide[2, row, x]
        n, w = near[row, x], one - rim[row, x]
        i = np.uint64(start + 1 + x)
        blue += n * b
        green += n * g
        red += n * r
        cover += n
        circle += n * confusion[row, x]
        far_blue += w * b
        far_green += w * g
        far_red += w * r
        weight += w
        line[0, i], line[1, i], line[2, i], line[3, i], line[4, i] = blue, green, red, cover, circle
        line[5, i], line[6, i], line[7, i], line[8, i] = far_blue, far_green, far_red, weight


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def near_prefix(
    dst: Floats,
    marks: Marks,
    scratch: Floats,
    guide: Floats,
    near: Floats,
    rim: Floats,
    confusion: Floats,
    pad: int,
    top: int,
    bottom: int,
) -> None:
    """Prefix sums along rows ``top``..``bottom`` - 1 of the near layer and of what is not near.

    dst: float32 (h, 9, w + 2 pad + 1): near x (B, G, R, 1, confusion), (1 - rim) x (B, G, R, 1).
    marks: uint8 (h, blocks), set where ``rim`` is not all 0. scratch: float32 (chunks, BLOCK
    blocks), zero beyond w. guide: float32 (3, h, w). near, rim, confusion: float32 (h, w).
    """
    rows, width, chunks = bottom - top, rim.shape[1], scratch.shape[0]
    for chunk in prange(chunks):
        for row in range(top + rows * chunk // chunks, top + rows * (chunk + 1) // chunks):
            copy(scratch[chunk][:width], rim[row])
            mark_blocks(marks[row], scratch[chunk])
            prefix_row(dst[row], guide, near, rim, confusion, row, pad)
            for plane in range(LAYER_PLANES):
                extend(dst[row, plane], pad, width)


@njit(nogil=True, fastmath=True, cache=True)
def extended_stack(
    dst: Floats,
    prefix: Floats,
    row: int,
    plane: int,
    centre: int,
    reach: NDArray[np.int64],
    fraction: Floats,
    area: np.float32,
) -> None:
    """Mean over a stack of boxes about each of a run of pixels, the border rows going on.

    dst: float32 (n). prefix: from ``near_prefix``. centre: see ``add_box``. reach, fraction: see
    ``Iris``. area: 1 / its.
    """
    last = prefix.shape[0] - 1
    set_box(dst, prefix[row, plane], centre, reach[0], fraction[0])
    for k in range(1, reach.shape[0]):
        upper, lower = prefix[max(row - k, 0), plane], prefix[min(row + k, last), plane]
        add_two_boxes(dst, upper, lower, centre, reach[k], fraction[k])
    for x in range(dst.shape[0]):
        dst[x] *= area


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def fill_behind(
    dst: Floats, behind: Floats, sums: Floats, weight: Floats, mean: np.float32, rim: Floats
) -> None:
    """Replace the background where something near hides it by what is seen around that.

    dst: float32 (w), the background, and ``behind``, for reading it. sums, weight: float32 (w),
    what is not near, blurred. mean: where nothing of it is in reach. rim: float32 (w).
    """
    least = np.float32(1e-3)
    for x in range(dst.shape[0]):
        around = (sums[x] + least * mean) / (weight[x] + least)
        dst[x] = behind[x] + rim[x] * (around - behind[x])


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def mean_confusion(dst: Floats, weighted: Floats, coverage: Floats) -> np.float32:
    """Confusion of the near things about each pixel, 1 where there are none; all float32 (n).

    Returns the least. A thousandth is added, lest rounding ask for one more level.
    """
    one, least, little = np.float32(1.0), np.float32(1.0), np.float32(1e-6)
    for x in range(dst.shape[0]):
        dst[x] = min((weighted[x] + little) / (coverage[x] + little) * np.float32(1.001), one)
    for x in range(dst.shape[0]):
        least = min(least, dst[x])
    return least


@njit(nogil=True, fastmath=True, cache=True)
def layer_run(
    dst: Floats,
    lines: Floats,
    ones: Floats,
    prefix: Floats,
    reach: NDArray[np.int64],
    fraction: Floats,
    stacks: NDArray[np.int64],
    areas: Floats,
    run: tuple[int, int, int, int],
) -> None:
    """Blur the near layer over a run of columns; run: row, column, the one after the last, pad.

    A level of which nothing is seen is left out.
    """
    row, begin, end, pad = run
    confusion, share = lines[9][begin:end], lines[10][begin:end]
    least = np.float32(1.0)
    for level in range(2, -1, -1):
        if level < 2 and least >= np.float32(0.5 * 2.0**level):
            break
        size, area = stacks[level], areas[level]
        widths, fractions = reach[level][:size], fraction[level][:size]
        for plane in range(NEAR_PLANES if level == 2 else 4):
            line = lines[plane][begin:end]
            extended_stack(line, prefix, row, plane, pad + begin, widths, fractions, area)
        if level == 2:
            least = mean_confusion(confusion, lines[4][begin:end], lines[3][begin:end])
        level_share(share, confusion, ones[begin:end], level)
        for plane in range(4):
            line = lines[plane][begin:end]
            add_product(dst[plane, row][begin:end], line, share, np.float32(1.0))


@njit(nogil=True, fastmath=True, cache=True)
def behind_run(
    behind: Floats,
    lines: Floats,
    prefix: Floats,
    mean: Floats,
    rim: Floats,
    reach: NDArray[np.int64],
    fraction: Floats,
    area: np.float32,
    run: tuple[int, int, int, int],
) -> None:
    """``fill_behind`` over a run of columns; run: see ``layer_run``. reach, fraction: (k)."""
    row, begin, end, pad = run
    weight = lines[8][begin:end]
    for plane in range(8, 4, -1):
        line = lines[plane][begin:end]
        extended_stack(line, prefix, row, plane, pad + begin, reach, fraction, area)
        if plane < 8:
            old = behind[plane - 5, row][begin:end]
            fill_behind(old, old, line, weight, mean[plane - 5], rim[row][begin:end])


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def spread_near(
    dst: Floats,
    behind: Floats,
    reached: Marks,
    lines: Floats,
    ones: Floats,
    prefix: Floats,
    marks: Marks,
    mean: Floats,
    rim: Floats,
    reach: NDArray[np.int64],
    fraction: Floats,
    stacks: NDArray[np.int64],
    areas: Floats,
    pad: int,
    top: int,
    bottom: int,
) -> None:
    """Blur the near layer, and put into the background what is to be seen through it.

    Rows ``top``..``bottom`` - 1 are written.

    dst: float32 (4, h, w), near B, G, R premultiplied by the coverage, 0..255, and the coverage,
    0..1. behind: float32 (3, h, w), the blurred background, changed where ``rim`` covers it.
    reached: uint8 (h, blocks), 0 where dst is. lines: float32 (chunks, 11, w) scratch. ones:
    float32 (w). prefix, marks, pad: see ``near_prefix``. mean: float32 (3), what is not near.
    reach, fraction, stacks, areas: see ``blur_levels``.
    """
    rows, width, chunks = bottom - top, rim.shape[1], lines.shape[0]
    size, wide = stacks[2], reach[2, 0] + 1
    for chunk in prange(chunks):
        for row in range(top + rows * chunk // chunks, top + rows * (chunk + 1) // chunks):
            for plane in range(4):
                clear(dst[plane, row])
            gather_marks(reached[row], marks, row - size, row + size + 1, wide)
            block, after = next_run(reached[row], ONE, 0)
            while block < after:
                run = row, block * BLOCK, min(after * BLOCK, width), pad
                layer_run(
                    dst,
                    lines[chunk],
                    ones,
                    prefix,
                    reach,
                    fraction,
                    stacks,
                    areas,
                    run,
                )
                block, after = next_run(reached[row], ONE, after)
            block, after = next_run(marks[row], ONE, 0)
            while block < after:
                run = row, block * BLOCK, min(after * BLOCK, width), pad
                behind_run(
                    behind, lines[chunk], prefix, mean, rim, reach[2][:size], fraction[2][:size],
                    areas[2], run,
                )  # fmt: skip
                block, after = next_run(marks[row], ONE, after)


@njit(nogil=True, fastmath=True, cache=True)
def lay_run(dst: Marks, upper: Floats, lower: Floats, t: np.float32, begin: int, end: int) -> None:
    """Lay a premultiplied layer between two rows over columns ``begin``..``end`` - 1 of a row.

    dst: uint8 (3 n), these columns. upper, lower: float32 (4, w).
    """
    one, half, most = np.float32(1.0), np.float32(0.5), np.float32(255.0)
    blue, blue_below = upper[0][begin:end], lower[0][begin:end]
    green, green_below = upper[1][begin:end], lower[1][begin:end]
    red, red_below = upper[2][begin:end], lower[2][begin:end]
    cover, cover_below = upper[3][begin:end], lower[3][begin:end]
    for x in range(cover.shape[0]):
        through = one - (cover[x] + t * (cover_below[x] - cover[x]))
        b = blue[x] + t * (blue_below[x] - blue[x]) + half
        g = green[x] + t * (green_below[x] - green[x]) + half
        r = red[x] + t * (red_below[x] - red[x]) + half
        dst[3 * x] = np.uint8(np.int32(min(b + through * np.float32(dst[3 * x]), most)))
        dst[3 * x + 1] = np.uint8(np.int32(min(g + through * np.float32(dst[3 * x + 1]), most)))
        dst[3 * x + 2] = np.uint8(np.int32(min(r + through * np.float32(dst[3 * x + 2]), most)))


@njit(nogil=True, cache=True)
def join_marks(dst: Marks, reached: Marks, above: int) -> None:
    """Blocks that the small rows ``above`` and ``above`` + 1 reach, or the block after does.

    dst: uint8 (blocks). reached: uint8 (h, blocks).
    """
    bottom, last = reached.shape[0] - 1, dst.shape[0] - 1
    upper, lower = reached[min(max(above, 0), bottom)], reached[min(max(above + 1, 0), bottom)]
    for block in range(last + 1):
        following = min(block + 1, last)
        dst[block] = upper[block] | lower[block] | upper[following] | lower[following]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def lay_over(
    dst: NDArray[np.uint8],
    pairs: Floats,
    joined: Marks,
    planes: Floats,
    reached: Marks,
    edges: NDArray[np.int64],
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
    top: int,
    bottom: int,
) -> None:
    """Lay the near layer over rows ``top``..``bottom`` - 1 of a picture, in place.

    dst: uint8 (h, w, 3). pairs: float32 (chunks, 2, 4, w), joined: uint8 (chunks, blocks):
    scratch. planes: float32 (4, ceil(h / factor), ceil(w / factor)), reached: uint8
    (ceil(h / factor), blocks): from ``spread_near``. edges, left, across: see ``blend_blurred``.
    """
    height, width = dst.shape[0], dst.shape[1]
    target = dst.reshape(height, 3 * width)
    rows = bottom - top
    chunks = pairs.shape[0]
    for chunk in prange(chunks):
        pair, mark = pairs[chunk], joined[chunk]
        held, first = -2, 0
        for y in range(top + rows * chunk // chunks, top + rows * (chunk + 1) // chunks):
            above, t = row_position(y, factor)
            first = advance(pair, planes, above, held, first, left, across, factor)
            if above != held:
                join_marks(mark, reached, above)
            held = above
            block, after = next_run(mark, ONE, 0)
            while block < after:
                begin, end = edges[block], edges[after]
                out = target[y][3 * begin : 3 * end]
                lay_run(out, pair[first], pair[1 - first], t, begin, end)
                block, after = next_run(mark, ONE, after)
