"""What is nearer than the plane in focus: its own blurred layer, laid over all that is behind it.

A near thing's blur spreads over what is sharp behind it, so it is blurred premultiplied by its
coverage and laid over by it (T. Porter, T. Duff, "Compositing digital images", SIGGRAPH 1984).
What it covers is not seen; there the picture around it is let in from its sides. The picture's
border goes on beyond it, so a thing that is cut by the border stays whole.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.bokeh import add_two_boxes, level_share, set_box
from livedepth.compositor.kernels.expand import advance, row_position
from livedepth.compositor.kernels.rows import add_product, clear

Floats = NDArray[np.float32]

# Near B, G, R, coverage and coverage x confusion; what is not near: B, G, R and weight.
NEAR_PLANES = 5
LAYER_PLANES = 9


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
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
def extended_prefix(dst: Floats, first: Floats, second: Floats, pad: int, flip: bool) -> None:
    """Prefix sums of first x second, or of first x (1 - second), the ends' values going on.

    dst: float32 (w + 2 pad + 1), dst[pad + x] sums the pixels before x. first, second: float32
    (w).
    """
    width = first.shape[0]
    total = np.float32(0.0)
    dst[pad] = total
    value = np.float32(0.0)
    for x in range(width):
        factor = np.float32(1.0) - second[x] if flip else second[x]
        value = first[x] * factor
        total += value
        dst[pad + 1 + x] = total
    for i in range(pad + 1 + width, dst.shape[0]):
        dst[i] = dst[i - 1] + value
    edge = dst[pad + 1]
    for i in range(pad - 1, -1, -1):
        dst[i] = dst[i + 1] - edge


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def near_prefix(
    dst: Floats,
    ones: Floats,
    guide: Floats,
    near: Floats,
    rim: Floats,
    confusion: Floats,
    pad: int,
    top: int,
    bottom: int,
    chunks: int,
) -> None:
    """Prefix sums along rows ``top``..``bottom`` - 1 of the near layer and of what is not near.

    dst: float32 (h, 9, w + 2 pad + 1): near x (B, G, R, 1, confusion), (1 - rim) x (B, G, R, 1).
    ones: float32 (w). guide: float32 (3, h, w). near, rim, confusion: float32 (h, w).
    """
    rows = bottom - top
    for chunk in prange(chunks):
        for row in range(top + rows * chunk // chunks, top + rows * (chunk + 1) // chunks):
            line, weight, edge = dst[row], near[row], rim[row]
            for plane in range(3):
                extended_prefix(line[plane], guide[plane, row], weight, pad, False)
                extended_prefix(line[5 + plane], guide[plane, row], edge, pad, True)
            extended_prefix(line[3], ones, weight, pad, False)
            extended_prefix(line[4], confusion[row], weight, pad, False)
            extended_prefix(line[8], ones, edge, pad, True)


@njit(nogil=True, fastmath=True, cache=True)
def extended_stack(
    dst: Floats,
    prefix: Floats,
    row: int,
    plane: int,
    pad: int,
    reach: NDArray[np.int64],
    fraction: Floats,
    step: int,
    area: np.float32,
) -> None:
    """Mean over a stack of boxes about each pixel of a row, the border rows going on.

    dst: float32 (w). prefix: from ``near_prefix``. reach, fraction: see ``Iris``. area: 1 / its.
    """
    last = prefix.shape[0] - 1
    set_box(dst, prefix[row, plane], pad, reach[0], fraction[0])
    for k in range(1, reach.shape[0]):
        for away in range(1 + (k - 1) * step, 1 + k * step):
            upper, lower = prefix[max(row - away, 0), plane], prefix[min(row + away, last), plane]
            add_two_boxes(dst, upper, lower, pad, reach[k], fraction[k])
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
def mean_confusion(dst: Floats, weighted: Floats, coverage: Floats) -> None:
    """Confusion of the near things about each pixel; all float32 (w)."""
    for x in range(dst.shape[0]):
        dst[x] = weighted[x] / (coverage[x] + np.float32(1e-6))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def spread_near(
    dst: Floats,
    behind: Floats,
    lines: Floats,
    ones: Floats,
    prefix: Floats,
    mean: Floats,
    rim: Floats,
    reach: NDArray[np.int64],
    fraction: Floats,
    stacks: NDArray[np.int64],
    steps: NDArray[np.int64],
    areas: Floats,
    pad: int,
    top: int,
    bottom: int,
) -> None:
    """Blur the near layer, and put into the background what is to be seen through it.

    Rows ``top``..``bottom`` - 1 are written.

    dst: float32 (4, h, w), near B, G, R premultiplied by the coverage, 0..255, and the coverage,
    0..1. behind: float32 (3, h, w), the blurred background, changed where ``rim`` covers it.
    lines: float32 (chunks, 11, w) scratch. ones: float32 (w). prefix, pad: see ``near_prefix``.
    mean: float32 (3), what is not near. reach, fraction, stacks, steps, areas: see ``blur_levels``.
    """
    rows = bottom - top
    chunks = lines.shape[0]
    for chunk in prange(chunks):
        line = lines[chunk]
        confusion, share = line[9], line[10]
        for row in range(top + rows * chunk // chunks, top + rows * (chunk + 1) // chunks):
            for plane in range(4):
                clear(dst[plane, row])
            for level in range(2, -1, -1):
                size, step, area = stacks[level], steps[level], areas[level]
                widths, fractions = reach[level][:size], fraction[level][:size]
                count = LAYER_PLANES if level == 2 else 4
                for plane in range(count):
                    extended_stack(
                        line[plane], prefix, row, plane, pad, widths, fractions, step, area
                    )
                if level == 2:
                    mean_confusion(confusion, line[4], line[3])
                    for plane in range(3):
                        old = behind[plane, row]
                        fill_behind(old, old, line[5 + plane], line[8], mean[plane], rim[row])
                level_share(share, confusion, ones, level)
                for plane in range(4):
                    add_product(dst[plane, row], line[plane], share, np.float32(1.0))


@njit(nogil=True, fastmath=True, cache=True)
def lay_row(dst: NDArray[np.uint8], upper: Floats, lower: Floats, t: np.float32) -> None:
    """Lay a premultiplied layer between two rows over a row; dst: uint8 (3 w), upper, lower:
    float32 (4, w)."""
    one, half, most = np.float32(1.0), np.float32(0.5), np.float32(255.0)
    blue, green, red, cover = upper[0], upper[1], upper[2], upper[3]
    blue_below, green_below, red_below, cover_below = lower[0], lower[1], lower[2], lower[3]
    for x in range(cover.shape[0]):
        through = one - (cover[x] + t * (cover_below[x] - cover[x]))
        b = blue[x] + t * (blue_below[x] - blue[x]) + half
        g = green[x] + t * (green_below[x] - green[x]) + half
        r = red[x] + t * (red_below[x] - red[x]) + half
        dst[3 * x] = np.uint8(np.int32(min(b + through * np.float32(dst[3 * x]), most)))
        dst[3 * x + 1] = np.uint8(np.int32(min(g + through * np.float32(dst[3 * x + 1]), most)))
        dst[3 * x + 2] = np.uint8(np.int32(min(r + through * np.float32(dst[3 * x + 2]), most)))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def lay_over(
    dst: NDArray[np.uint8],
    pairs: Floats,
    planes: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
    top: int,
    bottom: int,
) -> None:
    """Lay the near layer over rows ``top``..``bottom`` - 1 of a picture, in place.

    dst: uint8 (h, w, 3). pairs: float32 (chunks, 2, 4, w) scratch. planes: float32
    (4, ceil(h / factor), ceil(w / factor)), from ``spread_near``. left, across: see
    ``stretch_row``.
    """
    height, width = dst.shape[0], dst.shape[1]
    target = dst.reshape(height, 3 * width)
    rows = bottom - top
    chunks = pairs.shape[0]
    for chunk in prange(chunks):
        pair = pairs[chunk]
        held, first = -2, 0
        for y in range(top + rows * chunk // chunks, top + rows * (chunk + 1) // chunks):
            above, t = row_position(y, factor)
            first = advance(pair, planes, above, held, first, left, across, factor)
            held = above
            lay_row(target[y], pair[first], pair[1 - first], t)
