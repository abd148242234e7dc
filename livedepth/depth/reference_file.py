"""References as files: depth and matte in 8 bits over their range, metres as they are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livedepth.depth.agreement import defect
from livedepth.frame import Map, Prediction

_LEVELS = 255
_KINDS: dict[str, type[np.generic]] = {"depth": np.uint8, "matte": np.uint8, "metres": np.float32}


def packed(references: Mapping[str, Prediction]) -> bytes:
    """References by name as the contents of a file; none has a defect."""
    arrays = {
        f"{name}/{map_name}": array
        for name, reference in references.items()
        for map_name, array in _stored(reference).items()
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def rounded(reference: Prediction) -> Prediction:
    """What storing leaves of a reference."""
    return _restored(_stored(reference))


def read(file: Path, name: str) -> Prediction | None:
    """The reference ``name`` in ``file``; None where it is absent, damaged or has a defect."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            maps = {
                map_name: arrays[f"{name}/{map_name}"]
                for map_name in _KINDS
                if f"{name}/{map_name}" in arrays
            }
    except Exception:  # what readers of archives raise over a damaged one shares no base
        return None
    if "depth" not in maps or not all(_is_map(maps[each], _KINDS[each]) for each in maps):
        return None
    reference = _restored(maps)
    return None if defect(reference) else reference


def _is_map(array: NDArray[np.generic], kind: type[np.generic]) -> bool:
    return array.ndim == 2 and array.size > 0 and array.dtype == kind


def _stored(reference: Prediction) -> dict[str, NDArray[np.generic]]:
    # In 64 bits, where the range of any map is finite.
    depth = reference.depth.astype(np.float64)
    depth -= depth.min()
    arrays: dict[str, NDArray[np.generic]] = {"depth": _levels(depth / depth.max())}
    if reference.matte is not None:
        arrays["matte"] = _levels(reference.matte)
    if reference.metres is not None:
        arrays["metres"] = reference.metres
    return arrays


def _restored(arrays: Mapping[str, NDArray[np.generic]]) -> Prediction:
    matte, metres = arrays.get("matte"), arrays.get("metres")
    return Prediction(
        _unit(arrays["depth"]),
        None if matte is None else _unit(matte),
        None if metres is None else metres.astype(np.float32),
    )


def _levels(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.rint(values * _LEVELS).astype(np.uint8)
    return levels


def _unit(levels: NDArray[np.generic]) -> Map:
    return levels.astype(np.float32) / np.float32(_LEVELS)
