"""The ``@`` suffix of a model's name, which overrides the size of its input.

``depth-anything-v2-small@448x252`` is that model fed with 448 x 252 pixels, or with as many in
another shape where the frames have another shape. Whoever resolves names calls ``split_size``
first, finds the model by what is left, and hands its description to ``with_size``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from livedepth.depth.description import ModelDescription
from livedepth.errors import ModelError

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_LIMITS = (16, 4096)


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
        raise ModelError(
            f"{name!r}: {suffix!r} is not an input size; write NAME@WIDTHxHEIGHT in pixels, "
            f"{low} to {high} each, as {bare or 'NAME'}@448x252"
        )
    return bare, (int(match[1]), int(match[2]))


def with_size(description: ModelDescription, size: tuple[int, int] | None) -> ModelDescription:
    """The description with another default input size (width, height); None leaves it alone.

    Raises ModelError, naming the nearest size allowed, for one that is off the model's grid.
    """
    if size is None or size == (description.width, description.height):
        return description
    step = description.multiple
    if not step:
        raise ModelError(
            f"model {description.name} takes {description.width}x{description.height} only, "
            "and no other input size"
        )
    low, high = -(-_LIMITS[0] // step) * step, _LIMITS[1] // step * step
    width, height = (min(max(round(side / step) * step, low), high) for side in size)
    if size != (width, height):
        raise ModelError(
            f"model {description.name} takes multiples of {step}: the nearest to "
            f"{size[0]}x{size[1]} is {description.name}@{width}x{height}"
        )
    return replace(description, width=width, height=height)
