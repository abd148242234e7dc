"""Coefficients of the fast guided filter with a colour guide.

K. He, J. Sun, X. Tang, "Guided image filtering", PAMI 2013, section 3.5 (colour guide); K. He,
J. Sun, "Fast guided filter", arXiv:1505.00996 (coefficients at low resolution, applied to the
guide at full resolution). Within every window the output is modelled as a . I + b; a and b are the
ridge regression of the target on the guide, then averaged over all windows a pixel is in.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.rows import add_product, add_scaled, box, cross, dot

Floats = NDArray[np.float32]

MOMENTS = 13
ROWS = MOMENTS + 7


@njit(nogil=True, fastmath=True, cache=True)
def add_moments(
    totals: Floats, guide: Floats, target: Floats, row: int, sign: np.float32, radius: int
) -> None:
    """Add one row's moments of guide and target, after ``radius`` zeros.

    They are B G R p, BB BG BR GG GR RR, Bp Gp Rp.
    """
    end = radius + target.shape[1]
    p = target[row]
    moment = 4
    for i in range(3):
        add_scaled(totals[i][radius:end], guide[i, row], sign)
        add_product(totals[10 + i][radius:end], guide[i, row], p, sign)
        for j in range(i, 3):
            add_product(totals[moment][radius:end], guide[i, row], guide[j, row], sign)
            moment += 1
    add_scaled(totals[3][radius:end], p, sign)


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def to_covariances(
    t: Floats, inverse_counts: Floats, inverse_rows: np.float32, epsilon: np.float32
) -> None:
    """Turn sums of moments into means, and second moments into covariances, epsilon added."""
    for moment in range(MOMENTS):
        row = t[moment]
        for x in range(row.shape[0]):
            row[x] *= inverse_counts[x] * inverse_rows
    moment = 4
    for i in range(3):
        add_product(t[10 + i], t[i], t[3], np.float32(-1.0))
        for j in range(i, 3):
            add_product(t[moment], t[i], t[j], np.float32(-1.0))
            moment += 1
    for moment in (4, 7, 9):
        row = t[moment]
        for x in range(row.shape[0]):
            row[x] += epsilon


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def solve_row(solved: Floats, t: Floats, s: Floats, radius: int) -> None:
    """Solve covariance a = covariance of guide and target by cofactors, for each pixel of a row.

    solved: float32 (4, w + 2 radius), a and b after ``radius`` zeros. t: from
    ``to_covariances``. s: float32 (7, w) scratch.
    """
    bb, bg, br, gg, gr, rr = t[4], t[5], t[6], t[7], t[8], t[9]
    cross(s[0], gg, rr, gr, gr)
    cross(s[1], br, gr, bg, rr)
    cross(s[2], bg, gr, br, gg)
    cross(s[3], bb, rr, br, br)
    cross(s[4], bg, br, bb, gr)
    cross(s[5], bb, gg, bg, bg)
    dot(s[6], bb, s[0], bg, s[1], br, s[2])
    end = radius + t.shape[1]
    dot(solved[0][radius:end], s[0], t[10], s[1], t[11], s[2], t[12])
    dot(solved[1][radius:end], s[1], t[10], s[3], t[11], s[4], t[12])
    dot(solved[2][radius:end], s[2], t[10], s[4], t[11], s[5], t[12])
    determinant, constant, mean = s[6], solved[3][radius:end], t[3]
    for x in range(mean.shape[0]):
        determinant[x] = np.float32(1.0) / determinant[x]
        constant[x] = mean[x]
    for i in range(3):
        row = solved[i][radius:end]
        for x in range(row.shape[0]):
            row[x] *= determinant[x]
        add_product(constant, row, t[i], np.float32(-1.0))


@njit(parallel=True, nogil=True, fastmath=True, cache=True, error_model="numpy")
def guided_solve(
    dst: Floats,
    columns: Floats,
    totals: Floats,
    solved: Floats,
    guide: Floats,
    target: Floats,
    inverse_counts: Floats,
    radius: int,
    epsilon: np.float32,
) -> None:
    """Coefficients of every window, summed along rows.

    dst: float32 (h, 4, w). columns: float32 (chunks, 13, w + 2 radius), totals: float32
    (chunks, 20, w), solved: float32 (chunks, 4, w + 2 radius): scratch, zero in the first and last
    ``radius`` columns. guide: float32 (3, h, w) in 0..255. target: float32 (h, w).
    inverse_counts: float32 (w), 1 / columns inside the window around x. epsilon: variance of the
    guide that counts as noise.
    """
    rows = dst.shape[0]
    chunks = columns.shape[0]
    for chunk in prange(chunks):
        column, total = columns[chunk], totals[chunk]
        begin = rows * chunk // chunks
        column[:] = 0
        for y in range(max(0, begin - radius - 1), min(rows, begin + radius)):
            add_moments(column, guide, target, y, np.float32(1.0), radius)
        for row in range(begin, rows * (chunk + 1) // chunks):
            if row + radius < rows:
                add_moments(column, guide, target, row + radius, np.float32(1.0), radius)
            if row - radius > 0:
                add_moments(column, guide, target, row - radius - 1, np.float32(-1.0), radius)
            for moment in range(MOMENTS):
                box(total[moment], column[moment], radius)
            share = np.float32(1.0 / (min(rows, row + radius + 1) - max(0, row - radius)))
            to_covariances(total, inverse_counts, share, epsilon)
            solve_row(solved[chunk], total, total[MOMENTS:], radius)
            for plane in range(4):
                box(dst[row, plane], solved[chunk, plane], radius)


@njit(nogil=True, fastmath=True, cache=True)
def add_lines(column: Floats, lines: Floats, sign: np.float32) -> None:
    """Add one row of four planes; both float32 (4, w)."""
    for plane in range(4):
        add_scaled(column[plane], lines[plane], sign)


@njit(nogil=True, fastmath=True, cache=True)
def scaled_row(
    dst: Floats, totals: Floats, inverse_counts: Floats, inverse_rows: np.float32, scale: Floats
) -> None:
    """dst = totals x scale / pixels in the window; all float32 (w)."""
    for x in range(dst.shape[0]):
        dst[x] = totals[x] * inverse_counts[x] * inverse_rows * scale[x]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def guided_average(
    dst: Floats,
    columns: Floats,
    lines: Floats,
    inverse_counts: Floats,
    scale: Floats,
    offset: Floats,
    radius: int,
) -> None:
    """Mean coefficients per pixel, so that the filter's output becomes output x scale + offset.

    dst: float32 (4, h, w): factors of B, G, R and a constant. columns: float32 (chunks, 4, w)
    scratch. lines: from ``guided_solve``. scale, offset: float32 (h, w).
    """
    rows = dst.shape[1]
    chunks = columns.shape[0]
    for chunk in prange(chunks):
        column = columns[chunk]
        begin = rows * chunk // chunks
        column[:] = 0
        for y in range(max(0, begin - radius - 1), min(rows, begin + radius)):
            add_lines(column, lines[y], np.float32(1.0))
        for row in range(begin, rows * (chunk + 1) // chunks):
            if row + radius < rows:
                add_lines(column, lines[row + radius], np.float32(1.0))
            if row - radius > 0:
                add_lines(column, lines[row - radius - 1], np.float32(-1.0))
            share = np.float32(1.0 / (min(rows, row + radius + 1) - max(0, row - radius)))
            for plane in range(4):
                scaled_row(dst[plane, row], column[plane], inverse_counts, share, scale[row])
            add_scaled(dst[3, row], offset[row], np.float32(1.0))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def guided_apply(dst: Floats, coefficients: Floats, guide: Floats, chunks: int) -> None:
    """The filter's output at the guide's own resolution, cut to 0..1; dst: float32 (h, w)."""
    zero, one = np.float32(0.0), np.float32(1.0)
    rows, width = dst.shape
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(width):
                value = (
                    coefficients[0, row, x] * guide[0, row, x]
                    + coefficients[1, row, x] * guide[1, row, x]
                    + coefficients[2, row, x] * guide[2, row, x]
                    + coefficients[3, row, x]
                )
                dst[row, x] = min(max(value, zero), one)
