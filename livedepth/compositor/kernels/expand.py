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
    """Stretch one row by a whole factor, which a literal makes known to the compiler.

    Source values sit at block centres, dst values at pixel centres; border values extend. The
    last two blocks are left to ``stretch_row``.
    """
    half, step = factor // 2, np.float32(1.0 / factor)
    shift = np.float32(0.5 - 0.5 * (factor % 2))
    for x in range(half):
        dst[x] = source[0]
    for i in range(source.shape[0] - 2):
        start = source[i]
        rise = (source[i + 1] - start) * step
        base = half + i * factor
        for k in range(factor):
            dst[base + k] = start + (np.float32(k) + shift) * rise


@njit(nogil=True, fastmath=True, cache=True)
def stretch_blocks(
    dst: Floats, source: Floats, left: NDArray[np.uint32], across: Floats, factor: int
) -> None:
    """Stretch one row by a whole factor, faster than ``stretch_row`` for the common ones."""
    done = 0
    if source.shape[0] > 4:
        done = factor // 2 + (source.shape[0] - 2) * factor
        if factor == 2:
            stretch_by(dst, source, 2)
        elif factor == 3:
            stretch_by(dst, source, 3)
        elif factor == 4:
            stretch_by(dst, source, 4)
        elif factor == 5:
            stretch_by(dst, source, 5)
        elif factor == 6:
            stretch_by(dst, source, 6)
        else:
            done = 0
    stretch_row(dst[done:], source, left[done:], across[done:])


@njit(nogil=True, fastmath=True, cache=True)
def stretch_planes(
    dst: Floats, planes: Floats, row: int, left: NDArray[np.uint32], across: Floats, factor: int
) -> None:
    """Stretch row ``row`` of every plane, cut to those there are.

    dst: float32 (n, w). planes: float32 (n, h, w'). left, across: see ``stretch_row``.
    """
    inside = min(max(row, 0), planes.shape[1] - 1)
    for plane in range(planes.shape[0]):
        stretch_blocks(dst[plane], planes[plane, inside], left, across, factor)


@njit(nogil=True, fastmath=True, cache=True)
def row_position(y: int, factor: int) -> tuple[int, np.float32]:
    """Small row above picture row ``y`` (-1 above the first centre) and the fraction past it."""
    position = (y + 0.5) / factor - 0.5
    above = int(np.floor(position))
    return above, np.float32(position - above)


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
