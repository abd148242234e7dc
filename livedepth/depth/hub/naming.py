"""The ``@`` suffix of a model's name, which overrides the size of its input.

``depth-anything-v2-small@448x252`` is that model fed with 448 x 252 pixels, or with as many in
another shape where the frames have another shape. Whoever resolves names calls ``split_size``
first, finds the model by what is left, and hands its description to ``with_size``.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from livedepth.depth.description import ModelDescription
from livedepth.errors import ModelError

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_LIMITS = (16, 4096)
# On a CPU a frame of so many takes the small networks seconds, and the large ones a minute.
_MOST_PIXELS = 2_000_000


def split_size(name: str) -> tuple[str, tuple[int, int] | None]:
    """Split ``NAME@WIDTHxHEIGHT`` into the name and (width, height), None without a suffix.

    An ``@`` that nothing but figures and ``x`` follow is a suffix; any other is part of the name.
    Raises ModelError for a suffix that is not a size.
    """
    bare, at, suffix = name.rpartition("@")
    if not at or not re.fullmatch(r"[\dxX]*", suffix):
        return name, None
    match = _SIZE.fullmatch(suffix.lower())
    low, high = _LIMITS
    if not bare or not match or not all(low <= int(side) <= high for side in match.groups()):
        raise no_size(name)
    return bare, (int(match[1]), int(match[2]))


def no_size(name: str) -> ModelError:
    """The refusal of a name whose ``@`` suffix is not a size."""
    bare, _, suffix = name.rpartition("@")
    low, high = _LIMITS
    return ModelError(
        f"{name!r}: {suffix!r} is not an input size; write NAME@WIDTHxHEIGHT in pixels, "
        f"{low} to {high} each, as {bare or 'NAME'}@448x224"
    )


def with_size(description: ModelDescription, size: tuple[int, int] | None) -> ModelDescription:
    """The description with another default input size (width, height); None leaves it alone.

    Raises ModelError, naming the nearest size allowed, for one that is off the model's grid or
    has over 2 million pixels.
    """
    if size is None or size == (description.width, description.height):
        return description
    name, step = description.name, description.multiple
    if not step:
        raise ModelError(
            f"model {name} takes {description.width}x{description.height} only, "
            "and no other input size"
        )
    width, height = nearest_size(description, size)
    if size[0] * size[1] > _MOST_PIXELS:
        raise ModelError(
            f"model {name} at {size[0]}x{size[1]} has over {_MOST_PIXELS // 1_000_000} million "
            f"pixels to look at; the largest of that shape is {name}@{width}x{height}"
        )
    if size != (width, height):
        raise ModelError(
            f"model {name} takes multiples of {step}: the nearest to "
            f"{size[0]}x{size[1]} is {name}@{width}x{height}"
        )
    return replace(description, width=width, height=height)


def nearest_size(description: ModelDescription, size: tuple[int, int]) -> tuple[int, int]:
    """The input size (width, height) that a model takes nearest to another, in its shape."""
    step = description.multiple
    if not step:
        return description.width, description.height
    low, high = -(-_LIMITS[0] // step) * step, _LIMITS[1] // step * step
    width, height = (min(max(round(side / step) * step, low), high) for side in size)
    if width * height <= _MOST_PIXELS:
        return width, height
    shrink = math.sqrt(_MOST_PIXELS / (width * height))
    shorter = max(int(min(width, height) * shrink) // step * step, low)
    longer = max(min(max(width, height), _MOST_PIXELS // shorter) // step * step, low)
    return (longer, shorter) if width >= height else (shorter, longer)
