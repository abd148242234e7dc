"""Lettering in the sans-serif face that OpenCV carries."""

from __future__ import annotations

from functools import cache

import cv2

from livedepth.frame import Image

_WEIGHT = 500


@cache
def _face() -> cv2.FontFace:
    return cv2.FontFace("sans")


def text_width(text: str, size: int) -> int:
    """Width in pixels of one line of ``text`` in letters of ``size`` pixels."""
    return int(cv2.getTextSize((0, 0), text, (0, 0), _face(), size, _WEIGHT)[2])


def draw_text(
    dst: Image, text: str, left: int, baseline: int, size: int, colour: tuple[int, int, int]
) -> None:
    """Draw one line of ``text``, its baseline starting at (left, baseline); colour is BGR."""
    wrap = (0, 1 << 20)
    cv2.putText(dst, text, (left, baseline), colour, _face(), size, _WEIGHT, 0, wrap)
