"""Numba kernel that judges, by colour, where each pixel's depth is to be taken from."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]

_ALIKE = np.float32(0.5)


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _difference(image: Picture, y: int, x: int, other: Picture, v: float, u: float) -> float:
    """Largest difference over the channels to ``other`` at (u, v), bilinear, edges repeated."""
    rows, columns = other.shape[:2]
    across = min(max(np.float32(u), np.float32(0)), np.float32(columns - 1))
    down = min(max(np.float32(v), np.float32(0)), np.float32(rows - 1))
    # Unsigned: for a signed index Numba also looks whether it counts from the end.
    left, top = np.uint32(across), np.uint32(down)
    right, bottom = np.uint32(min(left + 1, columns - 1)), np.uint32(min(top + 1, rows - 1))
    across, down = across - np.float32(left), down - np.float32(top)
    worst = np.float32(0)
    for channel in range(np.uint32(3)):
        upper = np.float32(other[top, left, channel])
        upper += across * (np.float32(other[top, right, channel]) - upper)
        lower = np.float32(other[bottom, left, channel])
        lower += across * (np.float32(other[bottom, right, channel]) - lower)
        value = upper + down * (lower - upper)
        worst = max(worst, abs(np.float32(image[y, x, channel]) - value))
    return float(worst)


@njit(cache=True, nogil=True, fastmath=True)
def weigh(
    values: Array,
    doubt: Array,
    image: Picture,
    pictures: Picture,
    maps: Array,
    positions: Array,
    offsets: NDArray[np.int64],
    penalties: Array,
    accepted: float,
    softness: float,
) -> None:
    """Average what each pixel may be: carried by its own flow or a neighbour's, or not moved.

    values: float32 (2, rows, columns): both maps carried by each pixel's own flow; averaged in
        place. doubt: float32 (rows, columns), written: 1 where anything else had a part, else 0.
    image, pictures: uint8 (rows, columns, 3) of now, (n, rows, columns, 3) of the maps, the
        newest first. maps: float32 (n, rows, columns, 2). positions: float32 (rows, columns, 2),
        (x, y) in the newest.
    offsets: (m, 2), (x, y) of the neighbours. penalties: float32 (n + 1,), levels added to the
        difference of a neighbour's flow, then of each picture where nothing moved.
    Where the pixel's own flow differs by ``accepted`` levels or less, it alone counts; elsewhere
    weights fall by e with every ``softness`` levels.
    """
    rows, columns = image.shape[:2]
    for y in range(rows):
        for x in range(columns):
            own = _difference(image, y, x, pictures[0], positions[y, x, 1], positions[y, x, 0])
            doubt[y, x] = np.float32(own > accepted)
            if own <= accepted:
                continue
            total, first, second = 1.0, values[0, y, x], values[1, y, x]
            for i in range(offsets.shape[0]):
                column, row = x + offsets[i, 0], y + offsets[i, 1]
                if not (0 <= column < columns and 0 <= row < rows):
                    continue
                u = positions[row, column, 0] - np.float32(offsets[i, 0])
                v = positions[row, column, 1] - np.float32(offsets[i, 1])
                if abs(u - positions[y, x, 0]) + abs(v - positions[y, x, 1]) < _ALIKE:
                    continue
                worse = _difference(image, y, x, pictures[0], v, u) + penalties[0] - own
                weight = math.exp(-worse / softness)
                left = int(min(max(u + np.float32(0.5), np.float32(0)), np.float32(columns - 1)))
                top = int(min(max(v + np.float32(0.5), np.float32(0)), np.float32(rows - 1)))
                total += weight
                first += weight * maps[0, top, left, 0]
                second += weight * maps[0, top, left, 1]
            for i in range(pictures.shape[0]):
                worst = 0
                for channel in range(3):
                    change = np.int64(image[y, x, channel]) - pictures[i, y, x, channel]
                    worst = max(worst, abs(change))
                weight = math.exp((own - np.float32(worst) - penalties[i + 1]) / softness)
                total += weight
                first += weight * maps[i, y, x, 0]
                second += weight * maps[i, y, x, 1]
            values[0, y, x], values[1, y, x] = first / total, second / total
