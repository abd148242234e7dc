"""The picture that engines are tested and measured with: made by code, alike everywhere."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Image

PICTURE_SIZE = (1280, 720)
"""Width and height of the picture that engines are tested and measured with."""

_PIXELS = 1280 * 720
_BLOCK = 4

Levels = NDArray[np.int32]
Mask = NDArray[np.bool_]


def picture(width: int, height: int) -> Image:
    """Somebody before a shaded wall: BGR uint8 (height, width, 3), from integers alone."""
    lines, places = -(-height // _BLOCK), -(-width // _BLOCK)
    # In thousandths of the height, x from the middle of the picture.
    y = np.arange(lines, dtype=np.int32)[:, None] * 1000 // lines
    x = (np.arange(places, dtype=np.int32)[None, :] * 2000 - 1000 * places) // (2 * lines)
    stripes = x // 60 % 2 * 10
    small = np.empty((lines, places, 3), np.int32)
    _paint(small, y >= 0, 70 + y // 12, 84 + y // 10, 92 + y // 9 + stripes)
    _paint(small, y > 820, 40 + y // 20, 60 + y // 25, 88 + y // 30)
    body = x * x // 9 + (y - 1050) ** 2 // 16 < 10500
    _paint(small, body, 110 - y // 20, 62 + y // 30 % 2 * 12, 40 + y // 40)
    head = x * x // 9 + (y - 400) ** 2 // 16 < 2100
    _paint(small, head, 118 - y // 16, 150 - x // 12, 205 - x // 10)
    _paint(small, head & (y < 290 + x * x // 400), 34, 42, 56)
    eyes = (abs(x) - 55) ** 2 + (y - 395) ** 2 < 160
    _paint(small, eyes, 40, 36, 34)
    levels = small.astype(np.uint8).repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)
    return np.ascontiguousarray(levels[:height, :width])


def _paint(picture: Levels, where: Mask, *colour: Levels | int) -> None:
    for channel, level in enumerate(colour):
        np.copyto(picture[:, :, channel], level, where=where)


def picture_size(width: int, height: int) -> tuple[int, int]:
    """The size of the test picture for frames of ``width`` x ``height``: of the same shape."""
    common = math.gcd(width, height)
    width, height = width // common, height // common
    times = max(1, round(math.sqrt(_PIXELS / (width * height))))
    return width * times, height * times
