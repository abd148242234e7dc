"""Stretching rows of small planes to the picture's width, linearly between block centres."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def stretch_row(dst: Floats, source: Floats, left: NDArray[np.uint32], across: Floats) -> None:
    """Stretch one row linearly to any width; dst: float32 (w), source: float32 (w').

    left: uint32 (w), across: float32 (w): for every dst column the source column at or before it
    and the fraction past that.
    """
    last = np.uint64(source.shape[0] - 1)
    for x in range(dst.shape[0]):
        i = np.uint64(left[x])
        start = source[i]
        dst[x] = start + across[x] * (source[min(i + np.uint64(1), last)] - start)


@njit(nogil=True, fastmath=True, cache=True, inline="always")
def stretch_by(dst: Floats, source: Floats, factor: int) -> None:
    """Stretch from each source value to the next by a factor that a literal makes known.

    Source values sit at block centres, dst values at pixel centres, the first of them the first
    at or past source[0]. dst: float32 (factor (n - 1) or more). source: float32 (n).
    """
    step = np.float32(1.0 / factor)
    shift = np.float32(0.5 - 0.5 * (factor % 2))
    for i in range(source.shape[0] - 1):
        start = source[i]
        rise = (source[i + 1] - start) * step
        base = i * factor
        for k in range(factor):
            dst[base + k] = start + (np.float32(k) + shift) * rise


@njit(nogil=True, fastmath=True, cache=True)
def stretch_span(
    dst: Floats,
    source: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    begin: int,
    end: int,
    factor: int,
) -> None:
    """``stretch_row`` by a whole factor for columns ``begin``..``end`` - 1 of dst.

    Faster for the common factors.
    """
    half = factor // 2
    first = max(begin - half + factor - 1, 0) // factor
    last = min((end - half) // factor, source.shape[0] - 2)
    if first >= last or factor < 2 or factor > 8:
        stretch_row(dst[begin:end], source, left[begin:end], across[begin:end])
        return
    start, stop = half + first * factor, half + last * factor
    stretch_row(dst[begin:start], source, left[begin:start], across[begin:start])
    inner, values = dst[start:stop], source[first : last + 1]
    if factor == 2:
        stretch_by(inner, values, 2)
    elif factor == 3:
        stretch_by(inner, values, 3)
    elif factor == 4:
        stretch_by(inner, values, 4)
    elif factor == 5:
        stretch_by(inner, values, 5)
    elif factor == 6:
        stretch_by(inner, values, 6)
    elif factor == 7:
        stretch_by(inner, values, 7)
    else:
        stretch_by(inner, values, 8)
    stretch_row(dst[stop:end], source, left[stop:end], across[stop:end])


@njit(nogil=True, fastmath=True, cache=True)
def stretch_planes(
    dst: Floats, planes: Floats, row: int, left: NDArray[np.uint32], across: Floats, factor: int
) -> None:
    """Stretch row ``row`` of every plane, cut to those there are.

    dst: float32 (n, w). planes: float32 (n, h, w'). left, across: see ``stretch_row``.
    """
    inside = min(max(row, 0), planes.shape[1] - 1)
    for plane in range(planes.shape[0]):
        stretch_span(dst[plane], planes[plane, inside], left, across, 0, dst.shape[1], factor)


@njit(nogil=True, fastmath=True, cache=True)
def row_position(y: int, factor: int) -> tuple[int, np.float32]:
    """Small row above picture row ``y`` (-1 above the first centre) and the fraction past it."""
    halves = 2 * y + 1 - factor
    above = halves // (2 * factor)
    return above, np.float32((halves - above * 2 * factor) / (2 * factor))


@njit(nogil=True, cache=True)
def first_row(above: int, factor: int) -> int:
    """The first picture row that has ``above`` for its small row above; negative for -1."""
    return (2 * above + 1) * factor // 2


@njit(nogil=True, fastmath=True, cache=True)
def advance(
    pair: Floats,
    planes: Floats,
    above: int,
    held: int,
    first: int,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> int:
    """Make ``pair`` hold the small rows ``above`` and ``above`` + 1, stretched.

    pair: float32 (2, n, w). held: the small row that pair[first] holds now, or -2 for none.
    Returns the index in ``pair`` of the row ``above``. Going down a picture row by row, each
    small row is stretched once.
    """
    if above == held:
        return first
    if above == held + 1 and held >= -1:
        first = 1 - first
    else:
        stretch_planes(pair[first], planes, above, left, across, factor)
    stretch_planes(pair[1 - first], planes, above + 1, left, across, factor)
    return first
