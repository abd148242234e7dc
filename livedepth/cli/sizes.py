"""Sizes on the command line."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from livedepth.errors import UsageError

if TYPE_CHECKING:
    from livedepth.depth.files import ModelFiles

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


def require_size(files: ModelFiles, size: tuple[int, int], frame: tuple[int, int]) -> None:
    """Raise UsageError, naming the nearest that it takes, for a size that a model does not take.

    The size that frames of the size ``frame`` get is taken in any case.
    """
    from livedepth.benchmarks.candidates import fits, usual_size
    from livedepth.depth.hub.naming import nearest_size

    description = files.description
    if fits(description, size) or size == usual_size(files, frame):
        return
    step = description.multiple
    allowed = f"multiples of {step}, the nearest" if step else "only"
    raise UsageError(
        f"{description.name} does not run at {size_text(size)}; it takes {allowed} "
        f"{size_text(nearest_size(description, size))}"
    )
