"""A labelled grid of pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from livedepth.frame import Image, Map

_MARGIN = 12
_PAPER = (246, 246, 244)
_INK = (40, 36, 32)


def contact_sheet(
    tiles: Sequence[tuple[str, Image]], columns: int = 3, tile_width: int = 480
) -> Image:
    """Lay ``tiles`` out in rows, each with its label below it.

    tiles: (label, BGR uint8 picture); all pictures are scaled to ``tile_width`` and keep their
    shape; the first one's shape sets the height of all rows. Returns BGR uint8.
    """
    height, width = tiles[0][1].shape[:2]
    tile_height = max(1, round(tile_width * height / width))
    label_height = max(20, tile_width // 14)
    rows = math.ceil(len(tiles) / columns)
    cell_height = tile_height + label_height + _MARGIN
    sheet = np.empty(
        (rows * cell_height + _MARGIN, columns * (tile_width + _MARGIN) + _MARGIN, 3), np.uint8
    )
    sheet[:] = _PAPER
    for position, (label, picture) in enumerate(tiles):
        row, column = divmod(position, columns)
        top, left = _MARGIN + row * cell_height, _MARGIN + column * (tile_width + _MARGIN)
        scale = min(tile_width / picture.shape[1], tile_height / picture.shape[0])
        size = tuple(max(1, round(length * scale)) for length in picture.shape[1::-1])
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        sheet[top : top + size[1], left : left + size[0]] = small
        baseline = top + tile_height + round(label_height * 0.72)
        cv2.putText(
            sheet,
            label,
            (left + 2, baseline),
            cv2.FONT_HERSHEY_SIMPLEX,
            label_height / 48,
            _INK,
            max(1, label_height // 24),
            cv2.LINE_AA,
        )
    return sheet


def as_picture(values: Map, size: tuple[int, int]) -> Image:
    """Show a float32 map in 0..1 as grey BGR uint8 of ``size`` (width, height)."""
    grey = np.clip(values * 255.0, 0.0, 255.0).astype(np.uint8)
    large = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)
    picture: Image = np.ascontiguousarray(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), np.uint8)
    return picture
