"""Coefficients of the fast guided filter with a colour guide.

K. He, J. Sun, X. Tang, "Guided image filtering", PAMI 2013, section 3.5 (colour guide); K. He,
J. Sun, "Fast guided filter", arXiv:1505.00996 (coefficients at low resolution, applied to the
guide at full resolution). Within every window the output is modelled as a . I + b; a and b are the
ridge regression of the target on the guide, then averaged over all windows a pixel is in.

Where the target is constant over a window, a is 0 and b is the target: so only bands of rows and
runs of blocks near a change of the target are computed, and of these only what is used. The
bands are the same however many chunks there are, and so is the result. Windows lie about every
pixel of every other row: those in between hold nearly the same, and the mean is over many.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import BLOCK, classify_row, gather_marks, next_run
from livedepth.compositor.kernels.rows import add_product, add_scaled, box, clear, copy, cross, dot

Floats = NDArray[np.float32]
Marks = NDArray[np.uint8]

MOMENTS = 13
ROWS = MOMENTS + 7
BAND = 16
STRIDE = 2
ONE = np.uint8(1)


@njit(nogil=True, fastmath=True, cache=True)
def add_moments(
    totals: Floats,
    guide: Floats,
    target: Floats,
    row: int,
    sign: np.float32,
    start: int,
    begin: int,
    end: int,
) -> None:
    """Add the moments of guide and target in columns ``begin``..``end`` - 1 of one row.

    They are B G R p, BB BG BR GG GR RR, Bp Gp Rp. totals: float32 (13, w), from ``start`` on.
    sign: 1, or -1 to take the row off again.
    """
    stop = start + end - begin
    p = target[row][begin:end]
    moment = 4
    for i in range(3):
        first = guide[i, row][begin:end]
        add_scaled(totals[i][start:stop], first, sign)
        add_product(totals[10 + i][start:stop], first, p, sign)
        for j in range(i, 3):
            add_product(totals[moment][start:stop], first, guide[j, row][begin:end], sign)
            moment += 1
    add_scaled(totals[3][start:stop], p, sign)


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def to_covariances(
    t: Floats, inverse_counts: Floats, inverse_rows: np.float32, epsilon: np.float32
) -> None:
    """Turn sums of moments into means, and second moments into covariances, epsilon added.

    t: float32 (20, w), of which the first n columns count; inverse_counts: float32 (n).
    """
    n = inverse_counts.shape[0]
    minus = np.float32(-1.0)
    for moment in range(MOMENTS):
        row = t[moment]
        for x in range(n):
            row[x] *= inverse_counts[x] * inverse_rows
    moment = 4
    for i in range(3):
        add_product(t[10 + i][:n], t[i], t[3], minus)
        for j in range(i, 3):
            add_product(t[moment][:n], t[i], t[j], minus)
            moment += 1
    for moment in (4, 7, 9):
        row = t[moment][:n]
        for x in range(row.shape[0]):
            row[x] += epsilon


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def solve_row(dst: Floats, t: Floats, begin: int, end: int) -> None:
    """Solve covariance a = covariance of guide and target by cofactors, for each pixel of a run.

    dst: float32 (4, w), a and b, columns ``begin``..``end`` - 1. t: float32 (20, w),
    ``to_covariances`` and seven rows of scratch, from 0 on.
    """
    n = end - begin
    bb, bg, br, gg, gr, rr = t[4], t[5], t[6], t[7], t[8], t[9]
    bp, gp, rp, s = t[10], t[11], t[12], t[MOMENTS:]
    cross(s[0][:n], gg, rr, gr, gr)
    cross(s[1][:n], br, gr, bg, rr)
    cross(s[2][:n], bg, gr, br, gg)
    cross(s[3][:n], bb, rr, br, br)
    cross(s[4][:n], bg, br, bb, gr)
    cross(s[5][:n], bb, gg, bg, bg)
    dot(s[6][:n], bb, s[0], bg, s[1], br, s[2])
    dot(dst[0][begin:end], s[0], bp, s[1], gp, s[2], rp)
    dot(dst[1][begin:end], s[1], bp, s[3], gp, s[4], rp)
    dot(dst[2][begin:end], s[2], bp, s[4], gp, s[5], rp)
    determinant, constant, mean = s[6], dst[3][begin:end], t[3]
    for x in range(n):
        determinant[x] = np.float32(1.0) / determinant[x]
        constant[x] = mean[x]
    for i in range(3):
        row = dst[i][begin:end]
        for x in range(n):
            row[x] *= determinant[x]
        add_product(constant, row, t[i], np.float32(-1.0))


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def solve_tile(
    dst: Floats,
    column: Floats,
    total: Floats,
    guide: Floats,
    target: Floats,
    inverse_counts: Floats,
    radius: int,
    epsilon: np.float32,
    tile: tuple[int, int, int, int],
) -> None:
    """``guided_solve`` for rows tile[0]..tile[1] - 1, columns tile[2]..tile[3] - 1."""
    top, bottom, begin, end = tile
    rows, width = target.shape
    left, right = max(0, begin - radius), min(width, end + radius)
    start, n = left - begin + radius, end - begin
    for moment in range(MOMENTS):
        clear(column[moment][: n + 2 * radius])
    plus, minus = np.float32(1.0), np.float32(-1.0)
    for y in range(max(0, top - radius - 1), min(rows, top + radius)):
        add_moments(column, guide, target, y, plus, start, left, right)
    for row in range(top, bottom):
        if row + radius < rows:
            add_moments(column, guide, target, row + radius, plus, start, left, right)
        if row - radius > 0:
            add_moments(column, guide, target, row - radius - 1, minus, start, left, right)
        if row % STRIDE:
            continue
        for moment in range(MOMENTS):
            box(total[moment][:n], column[moment], radius)
        share = np.float32(1.0 / (min(rows, row + radius + 1) - max(0, row - radius)))
        to_covariances(total, inverse_counts[begin:end], share, epsilon)
        solve_row(dst[row], total, begin, end)


@njit(parallel=True, nogil=True, fastmath=True, cache=True, error_model="numpy")
def guided_solve(
    dst: Floats,
    columns: Floats,
    totals: Floats,
    needed: Marks,
    guide: Floats,
    target: Floats,
    changes: Marks,
    uses: Marks,
    inverse_counts: Floats,
    radius: int,
    epsilon: np.float32,
) -> None:
    """Coefficients of the windows about every ``STRIDE``th row.

    dst: float32 (h, 4, w), the rows between them left as they are. columns: float32
    (chunks, 13, w + 2 radius), totals: float32 (chunks, 20, w), needed: uint8
    (chunks, 2, blocks): scratch. guide: float32 (3, h, w) in 0..255.
    target: float32 (h, w). changes, uses: uint8 (h, blocks), ``find_changes`` of the target and
    of the scale that ``guided_average`` is given: what it multiplies by 0 is left.
    inverse_counts: float32 (w), 1 / columns inside the window around x. epsilon: variance of the
    guide that counts as noise.
    """
    rows, width = target.shape
    chunks = columns.shape[0]
    for chunk in prange(chunks):
        need, used = needed[chunk, 0], needed[chunk, 1]
        for top in range(BAND * chunk, rows, BAND * chunks):
            bottom = min(top + BAND, rows)
            gather_marks(need, changes, top - radius, bottom + radius, radius)
            gather_marks(used, uses, top - radius, bottom + radius, radius)
            for block in range(need.shape[0]):
                need[block] &= used[block]
            for row in range(top, bottom, STRIDE):
                for plane in range(3):
                    clear(dst[row, plane])
                copy(dst[row, 3], target[row])
            block, after = next_run(need, ONE, 0)
            while block < after:
                tile = (top, bottom, block * BLOCK, min(after * BLOCK, width))
                solve_tile(
                    dst, columns[chunk], totals[chunk], guide, target, inverse_counts, radius,
                    epsilon, tile,
                )  # fmt: skip
                block, after = next_run(need, ONE, after)


@njit(nogil=True, fastmath=True, cache=True)
def add_lines(
    column: Floats, lines: Floats, sign: np.float32, start: int, begin: int, end: int
) -> None:
    """Add columns ``begin``..``end`` - 1 of four planes to ``column``, from ``start`` on.

    column, lines: float32 (4 or more, w). sign: 1, or -1 to take them off again.
    """
    for plane in range(4):
        add_scaled(column[plane][start : start + end - begin], lines[plane][begin:end], sign)


@njit(nogil=True, fastmath=True, cache=True)
def scaled_row(
    dst: Floats, totals: Floats, inverse_counts: Floats, inverse_rows: np.float32, scale: Floats
) -> None:
    """dst = totals x scale / pixels in the window; all float32 (w)."""
    for x in range(dst.shape[0]):
        dst[x] = totals[x] * inverse_counts[x] * inverse_rows * scale[x]


@njit(nogil=True, cache=True)
def windows_within(row: int, rows: int, radius: int) -> int:
    """How many rows with windows are ``radius`` rows or less from ``row``."""
    first, after = max(0, row - radius), min(rows, row + radius + 1)
    return (after + STRIDE - 1) // STRIDE - (first + STRIDE - 1) // STRIDE


@njit(nogil=True, fastmath=True, cache=True)
def average_tile(
    dst: Floats,
    column: Floats,
    total: Floats,
    lines: Floats,
    inverse_counts: Floats,
    scale: Floats,
    offset: Floats,
    radius: int,
    tile: tuple[int, int, int, int],
) -> None:
    """``guided_average`` for rows tile[0]..tile[1] - 1, columns tile[2]..tile[3] - 1."""
    top, bottom, begin, end = tile
    rows, width = scale.shape
    left, right = max(0, begin - radius), min(width, end + radius)
    start, n = left - begin + radius, end - begin
    for plane in range(4):
        clear(column[plane][: n + 2 * radius])
    plus, minus = np.float32(1.0), np.float32(-1.0)
    for y in range(max(0, top - radius - 1), min(rows, top + radius)):
        if y % STRIDE == 0:
            add_lines(column, lines[y], plus, start, left, right)
    for row in range(top, bottom):
        if row + radius < rows and (row + radius) % STRIDE == 0:
            add_lines(column, lines[row + radius], plus, start, left, right)
        if row - radius > 0 and (row - radius - 1) % STRIDE == 0:
            add_lines(column, lines[row - radius - 1], minus, start, left, right)
        share = np.float32(1.0 / windows_within(row, rows, radius))
        gain, counts = scale[row][begin:end], inverse_counts[begin:end]
        for plane in range(4):
            box(total[:n], column[plane], radius)
            scaled_row(dst[plane, row][begin:end], total, counts, share, gain)
        add_scaled(dst[3, row][begin:end], offset[row][begin:end], plus)


@njit(nogil=True, fastmath=True, cache=True)
def apply_row(dst: Floats, coefficients: Floats, guide: Floats, row: int) -> None:
    """The filter's output at the guide's own resolution, cut to 0..1; dst: float32 (h, w)."""
    zero, one = np.float32(0.0), np.float32(1.0)
    line = dst[row]
    copy(line, coefficients[3, row])
    for plane in range(3):
        add_product(line, coefficients[plane, row], guide[plane, row], one)
    for x in range(line.shape[0]):
        line[x] = min(max(line[x], zero), one)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def guided_average(
    dst: Floats,
    output: Floats,
    cover: Marks,
    columns: Floats,
    totals: Floats,
    needed: Marks,
    scratch: Floats,
    guide: Floats,
    lines: Floats,
    target: Floats,
    changes: Marks,
    uses: Marks,
    inverse_counts: Floats,
    scale: Floats,
    offset: Floats,
    radius: int,
) -> None:
    """Mean coefficients per pixel, so that the filter's output becomes output x scale + offset.

    dst: float32 (4, h, w): factors of B, G, R and a constant. output: float32 (h, w), what they
    make of the guide, cut to 0..1. cover: uint8 (h, blocks), filled as ``classify_row`` says.
    columns: float32 (chunks, 4, w + 2 radius), totals: float32 (chunks, w), needed: uint8 (chunks,
    2, blocks): scratch. scratch: float32 (chunks, 2, BLOCK blocks), zero beyond w. lines: from
    ``guided_solve``. scale, offset: float32 (h, w). The others are as there.
    """
    rows, width = target.shape
    chunks = columns.shape[0]
    for chunk in prange(chunks):
        need, used = needed[chunk, 0], needed[chunk, 1]
        for top in range(BAND * chunk, rows, BAND * chunks):
            bottom = min(top + BAND, rows)
            gather_marks(need, changes, top - 2 * radius, bottom + 2 * radius, 2 * radius)
            gather_marks(used, uses, top, bottom, 0)
            for block in range(need.shape[0]):
                need[block] &= used[block]
            for row in range(top, bottom):
                for plane in range(3):
                    clear(dst[plane, row])
                copy(dst[3, row], offset[row])
                add_product(dst[3, row], target[row], scale[row], np.float32(1.0))
            block, after = next_run(need, ONE, 0)
            while block < after:
                tile = (top, bottom, block * BLOCK, min(after * BLOCK, width))
                average_tile(
                    dst, columns[chunk], totals[chunk], lines, inverse_counts, scale, offset,
                    radius, tile,
                )  # fmt: skip
                block, after = next_run(need, ONE, after)
            for row in range(top, bottom):
                apply_row(output, dst, guide, row)
                classify_row(
                    cover[row], scratch[chunk], dst[0, row], dst[1, row], dst[2, row], dst[3, row]
                )
