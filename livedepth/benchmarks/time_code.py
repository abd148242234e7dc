"""A frame's number drawn into its picture, so that it can be read wherever the picture arrives."""

from __future__ import annotations

import numpy as np

from livedepth.frame import Image

CODES = 4096
"""How many numbers there are; they begin again after that."""

_BITS, _CHECKED = 16, 12
_BLACK, _WHITE = 16, 235
_SMALLEST_STEP = 60.0
_CHECK_PRIME = 13


def stamp(image: Image, number: int) -> None:
    """Draw ``number``, modulo ``CODES``, into BGR uint8 (height, width, 3), in place.

    A row of sixteen blocks along the top edge holds twelve bits and a remainder of four bits; a
    row along the bottom holds their opposites. A block is as high as an eighth of the picture:
    blur, compression and colour conversion leave its middle apart from that of its opposite.
    """
    height, width = image.shape[:2]
    word = _word(number % CODES)
    for bit in range(_BITS):
        top, bottom = _blocks(height, width, bit, whole=True)
        lit = word >> bit & 1
        image[top] = _WHITE if lit else _BLACK
        image[bottom] = _BLACK if lit else _WHITE


def read(image: Image) -> int | None:
    """Return the number in BGR uint8 (height, width, 3), None where it cannot be told for sure.

    That is where a block differs too little from its opposite, or the remainder does not fit.
    """
    height, width = image.shape[:2]
    word = 0
    for bit in range(_BITS):
        top, bottom = (float(image[block].mean()) for block in _blocks(height, width, bit))
        if abs(top - bottom) < _SMALLEST_STEP:
            return None
        word |= int(top > bottom) << bit
    number = word % CODES
    return number if _word(number) == word else None


def _word(number: int) -> int:
    """``number`` with its remainder above it; never zero there, so that a dark picture is none."""
    return number | (number % _CHECK_PRIME + 1) << _CHECKED


def _blocks(
    height: int, width: int, bit: int, *, whole: bool = False
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a bit and its opposite lie: the whole blocks, or the middles that are read."""
    tall = max(1, height // 8)
    edges = np.linspace(0, width, _BITS + 1).astype(int)
    left, right = int(edges[bit]), int(edges[bit + 1])
    inset = (0, 0) if whole else ((right - left) // 4, tall // 4)
    columns = slice(left + inset[0], max(right - inset[0], left + inset[0] + 1))
    top = slice(inset[1], max(tall - inset[1], inset[1] + 1))
    bottom = slice(height - top.stop, height - top.start)
    return (top, columns), (bottom, columns)
