"""Text on a translucent dark panel, readable on any picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np

from livedepth.frame import Image, Map

Colour = tuple[int, int, int]

WHITE: Colour = (245, 245, 245)
GREY: Colour = (186, 186, 186)
AMBER: Colour = (92, 196, 255)

_GROUND: Colour = (26, 22, 20)
_GROUND_ALPHA = 0.8

_REGULAR, _BOLD = 400, 600


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel says: rows of two columns under an optional heading.

    key_colour is that of the first column; a row with an empty second column is one text.
    """

    rows: tuple[tuple[str, str], ...]
    heading: str = ""
    key_colour: Colour = GREY


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A rendered panel: BGR uint8 (height, width, 3) with alpha float32 (height, width) in 0..1."""

    pixels: Image
    alpha: Map

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        height, width = self.alpha.shape
        return width, height


def text_size(canvas: tuple[int, int]) -> int:
    """Return the letter height in pixels that suits a picture of size (width, height)."""
    width, height = canvas
    return max(10, round(min(height / 38, width / 56)))


@lru_cache(maxsize=16)
def render(panel: Panel, size: int) -> Tile:
    """Render ``panel`` with letters of ``size`` pixels."""
    margin, line, gap = round(size * 1.1), round(size * 1.75), round(size * 1.3)
    keys = max((_width(key, size, _REGULAR) for key, value in panel.rows if value), default=0)
    widths = [_width(panel.heading, size, _BOLD)]
    for key, value in panel.rows:
        widths.append(
            keys + gap + _width(value, size, _REGULAR) if value else _width(key, size, _REGULAR)
        )
    lines = len(panel.rows) + bool(panel.heading)
    width, height = max(widths) + 2 * margin, lines * line + 2 * margin - (line - size)
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = _GROUND
    baseline = margin + size
    if panel.heading:
        _draw(pixels, panel.heading, (margin, baseline), WHITE, size, _BOLD)
        baseline += line
    for key, value in panel.rows:
        key_colour = panel.key_colour if value else WHITE
        _draw(pixels, key, (margin, baseline), key_colour, size, _REGULAR)
        _draw(pixels, value, (margin + keys + gap, baseline), WHITE, size, _REGULAR)
        baseline += line
    ink = (pixels.max(axis=2).astype(np.float32) - max(_GROUND)) / (min(GREY) - max(_GROUND))
    alpha = _rounded(width, height, round(size * 0.7)) * _GROUND_ALPHA
    return Tile(pixels, np.maximum(alpha, np.clip(ink, 0, 1, dtype=np.float32)))


def empty(width: int, height: int, size: int) -> Tile:
    """An empty panel of ``width`` x ``height`` pixels, for letters of ``size``."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = _GROUND
    return Tile(pixels, _rounded(width, height, round(size * 0.7)) * np.float32(_GROUND_ALPHA))


def letter(canvas: Image, text: str, left: int, baseline: int, colour: Colour, size: int) -> None:
    """Write ``text`` into ``canvas``, BGR uint8, with letters of ``size`` pixels."""
    _draw(canvas, text, (left, baseline), colour, size, _REGULAR)


def paste(tile: Tile, canvas: Image, left: int, top: int) -> None:
    """Blend ``tile`` into ``canvas`` with its corner at (left, top), cut at the edges."""
    width, height = tile.size
    rows = slice(max(top, 0), min(top + height, canvas.shape[0]))
    columns = slice(max(left, 0), min(left + width, canvas.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    inside = (
        slice(rows.start - top, rows.stop - top),
        slice(columns.start - left, columns.stop - left),
    )
    alpha = tile.alpha[inside]
    below = canvas[rows, columns]
    below[:] = cv2.blendLinear(tile.pixels[inside], below, alpha, 1 - alpha)


@cache
def _face() -> cv2.FontFace:
    return cv2.FontFace("sans")


def _width(text: str, size: int, weight: int) -> int:
    if not text:
        return 0
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _face(), size, weight)
    return left + width


def _draw(
    pixels: Image, text: str, origin: tuple[int, int], colour: Colour, size: int, weight: int
) -> None:
    if text:
        cv2.putText(pixels, text, origin, colour, _face(), size, weight)


def _rounded(width: int, height: int, radius: int) -> Map:
    """A mask of 1 with corners rounded to ``radius``, anti-aliased by distance to the edge."""
    x = np.abs(np.arange(width, dtype=np.float32) - (width - 1) / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height, dtype=np.float32) - (height - 1) / 2) - (height / 2 - radius)
    outside = np.hypot(np.maximum(x, 0)[None], np.maximum(y, 0)[:, None])
    mask: Map = np.clip(radius + 0.5 - outside, 0, 1).astype(np.float32)
    return mask
