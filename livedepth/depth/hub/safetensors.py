"""Whether a safetensors file is whole, seen from its header and length without reading weights.

Source: the safetensors format. Eight bytes hold the header's length, unsigned and little-endian;
the header is a JSON object that gives each tensor its ``data_offsets``, counted from the header's
end; the data that follows ends with the file.
"""

from __future__ import annotations

import json
from pathlib import Path

from livedepth.errors import ModelError

_PREFIX = 8
_LONGEST_HEADER = 100_000_000


def check_safetensors(path: Path) -> None:
    """Raise ModelError, naming the file, unless it is whole."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            length = int.from_bytes(file.read(_PREFIX), "little")
            if size < _PREFIX + length or length > _LONGEST_HEADER:
                raise ValueError(f"its {size} bytes do not hold the header that they begin with")
            whole = _PREFIX + length + data_length(file.read(length))
        if size != whole:
            raise ValueError(f"it has {size} bytes, and its header tells of {whole}")
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ModelError(f"{path} is damaged: {error}; copy or pull it again") from error


def data_length(header: bytes) -> int:
    """How many bytes of tensors a header tells of; raises ValueError for one that is broken."""
    try:
        tensors = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise ValueError("its header is not JSON") from error
    if not isinstance(tensors, dict):
        raise ValueError("its header is not an object")
    return max((_end(name, about) for name, about in tensors.items()), default=0)


def _end(name: str, about: object) -> int:
    if name == "__metadata__":
        return 0
    offsets = about.get("data_offsets") if isinstance(about, dict) else None
    if (
        not isinstance(offsets, list)
        or len(offsets) != 2
        or not all(type(offset) is int for offset in offsets)
        or not 0 <= offsets[0] <= offsets[1]
    ):
        raise ValueError(f"its header gives {name!r} no place")
    end: int = offsets[1]
    return end
