"""The calm picture that is sent while there is no frame to send."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from livedepth.compositor.lettering import draw_text, text_width
from livedepth.frame import Image

_TOP = np.array((58, 44, 36), np.float32)
_BOTTOM = np.array((30, 22, 18), np.float32)
_INK = (236, 232, 228)
_QUIET_INK = (190, 178, 168)
_LEADING = 1.45
_MARGIN = 0.08


def placeholder(size: tuple[int, int], lines: Sequence[str]) -> Image:
    """Return a dark picture with ``lines`` in its middle, the first one brightest.

    size: (width, height) in pixels. Lines are broken between words and lettered as large as fits,
    up to a fourteenth of the height. Returns BGR uint8 (height, width, 3), a fresh array.
    """
    width, height = size
    picture = _backdrop(width, height)
    letters, broken = _fit(width, height, lines)
    step = round(letters * _LEADING)
    top = (height - step * (len(broken) - 1) - letters) // 2
    for row, (text, is_first) in enumerate(broken):
        left = (width - text_width(text, letters)) // 2
        baseline = top + row * step + round(letters * 0.82)
        draw_text(picture, text, left, baseline, letters, _INK if is_first else _QUIET_INK)
    return picture


def _backdrop(width: int, height: int) -> Image:
    y = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None]
    shade = 1.0 - 0.35 * np.clip(x * x + (2 * y - 1) ** 2, 0.0, 2.0) / 2.0
    colours = (_TOP + (y * (_BOTTOM - _TOP))[:, None, :]) * shade[..., None]
    pattern = (np.arange(height)[:, None] * 5 + np.arange(width)[None] * 3) % 8 / 8.0
    picture: Image = (colours + pattern[..., None]).astype(np.uint8)
    return picture


def _fit(width: int, height: int, lines: Sequence[str]) -> tuple[int, list[tuple[str, bool]]]:
    """The largest letters whose broken lines fit, and those lines; 5 pixels is the least."""
    room = width * (1 - 2 * _MARGIN), height * (1 - 2 * _MARGIN)
    for letters in range(max(height // 14, 12), 4, -1):
        broken = [
            (part, index == 0)
            for index, line in enumerate(lines)
            for part in _break_line(line, room[0], letters)
        ]
        widest = max((text_width(text, letters) for text, _ in broken), default=0)
        if widest <= room[0] and letters * _LEADING * len(broken) <= room[1]:
            return letters, broken
    return letters, broken


def _break_line(line: str, room: float, letters: int) -> list[str]:
    parts: list[str] = []
    for word in line.split():
        longer = f"{parts[-1]} {word}" if parts else word
        if parts and text_width(longer, letters) <= room:
            parts[-1] = longer
        else:
            parts.append(word)
    return parts
