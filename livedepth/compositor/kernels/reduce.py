"""Block-mean reduction of a picture by a whole factor."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Up to this factor it pays to add at every place; the sums of a block fit in 16 bits.
SHORT = 8


@njit(nogil=True, cache=True)
def add_up(dst: NDArray[np.uint16], pixels: NDArray[np.uint8], top: int, bottom: int) -> None:
    """dst = sum of the rows ``top``..``bottom`` - 1, two at a time; dst: uint16 (n)."""
    first = pixels[top]
    if bottom - top > 1:
        second = pixels[top + 1]
        for i in range(dst.shape[0]):
            dst[i] = np.uint16(np.uint16(first[i]) + np.uint16(second[i]))
    else:
        for i in range(dst.shape[0]):
            dst[i] = np.uint16(first[i])
    for y in range(top + 2, bottom - 1, 2):
        upper, lower = pixels[y], pixels[y + 1]
        for i in range(dst.shape[0]):
            dst[i] += np.uint16(np.uint16(upper[i]) + np.uint16(lower[i]))
    if bottom - top > 1 and (bottom - top) % 2:
        last = pixels[bottom - 1]
        for i in range(dst.shape[0]):
            dst[i] += np.uint16(last[i])


@njit(nogil=True, cache=True)
def add_along(dst: NDArray[np.uint16], line: NDArray[np.uint16], factor: int) -> None:
    """dst[i] = line[i] + line[i + 3] + ..., ``factor`` of them, where there are so many.

    Most sums are of no use, but all are vectorised. dst, line: uint16 (n).
    """
    count = max(dst.shape[0] - 3 * (factor - 1), 0)
    first, second = line[:count], line[3 * min(factor - 1, 1) :]
    if factor > 1:
        for i in range(count):
            dst[i] = np.uint16(first[i] + second[i])
    else:
        for i in range(count):
            dst[i] = first[i]
    for k in range(2, factor - 1, 2):
        third, fourth = line[3 * k :], line[3 * k + 3 :]
        for i in range(count):
            dst[i] += np.uint16(third[i] + fourth[i])
    if factor > 1 and factor % 2:
        last = line[3 * (factor - 1) :]
        for i in range(count):
            dst[i] += last[i]


@njit(nogil=True, fastmath=True, cache=True)
def pick_blocks(
    blue: Floats,
    green: Floats,
    red: Floats,
    sums: NDArray[np.uint16],
    factor: int,
    blocks: int,
    scale: np.float32,
) -> None:
    """Of ``add_along``'s sums those of whole blocks, times ``scale``."""
    for column in range(blocks):
        i = np.uint64(3 * factor * column)
        blue[column] = np.float32(sums[i]) * scale
        green[column] = np.float32(sums[i + np.uint64(1)]) * scale
        red[column] = np.float32(sums[i + np.uint64(2)]) * scale


@njit(nogil=True, fastmath=True, cache=True)
def gather_blocks(
    blue: Floats,
    green: Floats,
    red: Floats,
    line: NDArray[np.uint16],
    factor: int,
    blocks: int,
    scale: np.float32,
) -> None:
    """Sums of whole blocks of any width, times ``scale``."""
    for column in range(blocks):
        b, g, r = np.uint32(0), np.uint32(0), np.uint32(0)
        left = 3 * factor * column
        for k in range(factor):
            b += line[left + 3 * k]
            g += line[left + 3 * k + 1]
            r += line[left + 3 * k + 2]
        blue[column] = np.float32(b) * scale
        green[column] = np.float32(g) * scale
        red[column] = np.float32(r) * scale


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def reduce_blocks(
    dst: Floats, sums: NDArray[np.uint16], image: NDArray[np.uint8], factor: int
) -> None:
    """Mean of every factor x factor block of ``image``, in 0..255.

    dst: float32 (3, ceil(h / factor), ceil(w / factor)), planes B, G, R. Blocks cut by the right
    or lower border average the pixels they have. sums: uint16 (chunks, 2, 3 w) scratch, so
    ``factor`` is at most 257. image: uint8 (h, w, 3).
    """
    height, width = image.shape[0], image.shape[1]
    pixels = image.reshape(height, 3 * width)
    rows, columns = dst.shape[1], dst.shape[2]
    chunks = sums.shape[0]
    for chunk in prange(chunks):
        line, along = sums[chunk, 0], sums[chunk, 1]
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            top = row * factor
            bottom = min(height, top + factor)
            add_up(line, pixels, top, bottom)
            scale = np.float32(1.0 / ((bottom - top) * factor))
            blue, green, red = dst[0, row], dst[1, row], dst[2, row]
            whole = width // factor
            if factor <= SHORT:
                add_along(along, line, factor)
                pick_blocks(blue, green, red, along, factor, whole, scale)
            else:
                gather_blocks(blue, green, red, line, factor, whole, scale)
            if whole < columns:
                rest = width - whole * factor
                scale = np.float32(1.0 / ((bottom - top) * rest))
                tail = slice(whole, columns)
                cut = line[3 * factor * whole :]
                gather_blocks(blue[tail], green[tail], red[tail], cut, rest, 1, scale)
