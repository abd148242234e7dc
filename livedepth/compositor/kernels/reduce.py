"""Block-mean reduction of a picture by a whole factor."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(nogil=True, cache=True)
def add_up(dst: NDArray[np.uint16], pixels: NDArray[np.uint8], top: int, bottom: int) -> None:
    """dst = sum of the rows ``top``..``bottom`` - 1, two at a time; dst: uint16 (n)."""
    first = pixels[top]
    for i in range(dst.shape[0]):
        dst[i] = np.uint16(first[i])
    for y in range(top + 1, bottom - 1, 2):
        upper, lower = pixels[y], pixels[y + 1]
        for i in range(dst.shape[0]):
            dst[i] += np.uint16(np.uint16(upper[i]) + np.uint16(lower[i]))
    if (bottom - top) % 2 == 0:
        last = pixels[bottom - 1]
        for i in range(dst.shape[0]):
            dst[i] += np.uint16(last[i])


@njit(nogil=True, fastmath=True, cache=True, inline="always")
def gather_blocks(
    blue: Floats,
    green: Floats,
    red: Floats,
    line: NDArray[np.uint16],
    factor: int,
    blocks: int,
    scale: np.float32,
) -> None:
    """Sums of whole blocks, by a factor that a literal makes known to the compiler."""
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
    or lower border average the pixels they have. sums: uint16 (chunks, 3 w) scratch, so
    ``factor`` is at most 257. image: uint8 (h, w, 3).
    """
    height, width = image.shape[0], image.shape[1]
    pixels = image.reshape(height, 3 * width)
    rows, columns = dst.shape[1], dst.shape[2]
    chunks = sums.shape[0]
    for chunk in prange(chunks):
        line = sums[chunk]
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            top = row * factor
            bottom = min(height, top + factor)
            add_up(line, pixels, top, bottom)
            scale = np.float32(1.0 / ((bottom - top) * factor))
            blue, green, red = dst[0, row], dst[1, row], dst[2, row]
            whole = width // factor
            if factor == 4:
                gather_blocks(blue, green, red, line, 4, whole, scale)
            elif factor == 6:
                gather_blocks(blue, green, red, line, 6, whole, scale)
            else:
                gather_blocks(blue, green, red, line, factor, whole, scale)
            if whole < columns:
                rest = width - whole * factor
                scale = np.float32(1.0 / ((bottom - top) * rest))
                tail = slice(whole, columns)
                cut = line[3 * factor * whole :]
                gather_blocks(blue[tail], green[tail], red[tail], cut, rest, 1, scale)
