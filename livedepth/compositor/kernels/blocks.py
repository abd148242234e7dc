"""Runs of columns in which there is something to do.

Rows are cut into blocks of ``BLOCK`` columns, so that a kernel can leave out what it knows without
computing it and still work on stretches long enough to be vectorised.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.rows import copy

Floats = NDArray[np.float32]
Marks = NDArray[np.uint8]

BLOCK = 16
GAP = 4

CLEAR, SOLID, MIXED = np.uint8(0), np.uint8(1), np.uint8(2)


def blocks_in(columns: int) -> int:
    """How many blocks cover ``columns``."""
    return -(-columns // BLOCK)


@njit(nogil=True, fastmath=True, cache=True)
def mark_blocks(dst: Marks, values: Floats) -> None:
    """dst[b] = whether block b of ``values``, none of them negative, is not all zero.

    dst: uint8 (blocks). values: float32 (BLOCK blocks).
    """
    for block in range(dst.shape[0]):
        begin = block * BLOCK
        total = np.float32(0.0)
        for k in range(BLOCK):
            total += values[begin + k]
        dst[block] = total > np.float32(0.0)


@njit(nogil=True, fastmath=True, cache=True)
def change_row(dst: Floats, values: Floats, above: Floats) -> None:
    """More than 0 where ``values`` is not 0 or 1, or differs from its left or upper neighbour."""
    one = np.float32(1.0)
    dst[0] = abs(values[0] * (one - values[0])) + abs(values[0] - above[0])
    before = values[: values.shape[0] - 1]
    for i in range(before.shape[0]):
        value = values[i + 1]
        change = abs(value * (one - value)) + abs(value - above[i + 1])
        dst[i + 1] = change + abs(value - before[i])


@njit(nogil=True, fastmath=True, cache=True)
def find_changes(
    changes: Marks, nonzero: Marks, scratch: Floats, values: Floats, others: Floats
) -> None:
    """Mark blocks where ``values`` is not 0 or 1, or differs from its left or upper neighbour.

    A window without a mark, its first row and column apart, holds one value, 0 or 1. changes,
    nonzero: uint8 (h, blocks of w), the latter set where ``others`` is not all 0. scratch: float32
    (chunks, BLOCK blocks), zero beyond w. values: float32 (h, w) in 0..1. others: float32 (h, w),
    none negative.
    """
    rows, width = values.shape
    chunks = scratch.shape[0]
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            change_row(scratch[chunk], values[row], values[max(row - 1, 0)])
            mark_blocks(changes[row], scratch[chunk])
            copy(scratch[chunk][:width], others[row])
            mark_blocks(nonzero[row], scratch[chunk])


@njit(nogil=True, cache=True)
def gather_marks(dst: Marks, marks: Marks, top: int, bottom: int, reach: int) -> None:
    """dst[b] = whether there is a mark in rows top..bottom - 1, ``reach`` columns or less from b.

    dst: uint8 (blocks). marks: uint8 (h, blocks). Rows outside count as empty.
    """
    blocks = marks.shape[1]
    spread = -(-reach // BLOCK)
    dst[:] = 0
    for row in range(max(top, 0), min(bottom, marks.shape[0])):
        line = marks[row]
        for block in range(blocks):
            if line[block]:
                for other in range(max(block - spread, 0), min(block + spread + 1, blocks)):
                    dst[other] = 1


@njit(nogil=True, cache=True)
def merge_marks(dst: Marks, cover: Marks, above: int) -> None:
    """What lies between the small rows ``above`` and ``above`` + 1, cut to those there are.

    Between a block's last column and the next block lies what both are; what differs is MIXED.
    dst: uint8 (blocks). cover: uint8 (h, blocks).
    """
    bottom, last = cover.shape[0] - 1, dst.shape[0] - 1
    upper, lower = cover[min(max(above, 0), bottom)], cover[min(max(above + 1, 0), bottom)]
    for block in range(last + 1):
        kind, following = upper[block], min(block + 1, last)
        alike = lower[block] == kind and upper[following] == kind and lower[following] == kind
        dst[block] = kind if alike else MIXED


@njit(nogil=True, cache=True)
def run_end(marks: Marks, begin: int) -> int:
    """The first block after ``begin`` whose mark differs from that of ``begin``."""
    end = begin + 1
    while end < marks.shape[0] and marks[end] == marks[begin]:
        end += 1
    return end


@njit(nogil=True, cache=True)
def next_run(marks: Marks, least: np.uint8, start: int) -> tuple[int, int]:
    """The next run of blocks with marks of ``least`` or more, from block ``start`` on.

    Short gaps are taken along, since starting a run costs more than they do. Returns its first
    block and the one after its last; both are the number of blocks where there is none.
    """
    blocks = marks.shape[0]
    begin = start
    while begin < blocks and marks[begin] < least:
        begin += 1
    end = begin
    for block in range(begin, blocks):
        if block - end > GAP:
            break
        if marks[block] >= least:
            end = block + 1
    return begin, end


@njit(nogil=True, fastmath=True, cache=True)
def distance_rows(
    to_zero: Floats, to_one: Floats, blue: Floats, green: Floats, red: Floats, constant: Floats
) -> None:
    """0 where a . I + b is cut to 0, or to 1, whatever I is; more elsewhere; all float32 (w)."""
    one, zero = np.float32(1.0), np.float32(0.0)
    for x in range(constant.shape[0]):
        to_one[x] = abs(blue[x]) + abs(green[x]) + abs(red[x])
    for x in range(constant.shape[0]):
        slope = to_one[x]
        to_zero[x] = slope + max(constant[x], zero)
        to_one[x] = slope + max(one - constant[x], zero)


@njit(nogil=True, fastmath=True, cache=True)
def classify_row(
    dst: Marks,
    scratch: Floats,
    blue: Floats,
    green: Floats,
    red: Floats,
    constant: Floats,
) -> None:
    """Mark each block CLEAR or SOLID where a . I + b is 0 or 1 whatever I is, MIXED elsewhere.

    dst: uint8 (blocks). scratch: float32 (2, BLOCK blocks), zero beyond w. blue, green, red: a,
    float32 (w). constant: b, float32 (w).
    """
    distance_rows(scratch[0], scratch[1], blue, green, red, constant)
    for block in range(dst.shape[0]):
        begin = block * BLOCK
        to_zero = to_one = np.float32(0.0)
        for k in range(BLOCK):
            to_zero += scratch[0, begin + k]
            to_one += scratch[1, begin + k]
        if to_zero == np.float32(0.0):
            dst[block] = CLEAR
        else:
            dst[block] = SOLID if to_one == np.float32(0.0) else MIXED
