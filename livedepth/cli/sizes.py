"""Sizes on the command line."""

from __future__ import annotations

import argparse
import re

_LARGEST = 8192


def size_argument(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT in pixels, each from 16 to 8192; the type of an argparse argument."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip().lower())
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= side <= _LARGEST for side in size):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no size; it takes WIDTHxHEIGHT in pixels, as 518x518"
        )
    return size


def size_text(size: tuple[int, int]) -> str:
    """A size as one types it."""
    return f"{size[0]}x{size[1]}"
