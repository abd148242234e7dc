"""The TOML sidecar that says what a model's file expects and returns."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livedepth.errors import ModelError

EXAMPLE = """\
[input]
width = 320       # pixels
height = 192
multiple = 0      # other sizes must be multiples of this; 0 = this size only
scale = 1.0       # value = pixel * scale, then (value - mean) / std
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
colour = "rgb"    # or "bgr"
[output]
disparity = ""    # name of the output, "" = the only one; or metres = "..." for metric depth
"""

_KEYS = {
    "input": {"width", "height", "multiple", "scale", "mean", "std", "colour"},
    "output": {"disparity", "metres", "matte"},
    "model": {"name", "file", "licence", "description"},
}


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """How to feed a network and how to read it.

    width, height: the default input size in pixels; multiple: the grid other sizes lie on, 0 for
    a fixed size. value = (pixel * scale - mean) / std per channel, in ``colour`` order.
    disparity, metres, matte: names of outputs; "" is the only output, None one that is not there.
    file: the ONNX file beside the sidecar that it describes; "" is the one of the same name.
    """

    name: str
    width: int
    height: int
    multiple: int = 0
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    colour: str = "rgb"
    disparity: str | None = ""
    metres: str | None = None
    matte: str | None = None
    licence: str = ""
    description: str = ""
    file: str = ""


def sidecar_of(model: Path) -> Path:
    """Where the description of a model's file is expected: beside it, ending in .toml."""
    return model.with_suffix(".toml")


def read_description(path: Path) -> ModelDescription:
    """Read and check a sidecar.

    Raises ModelError naming the file, the key and what is allowed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ModelError(
            f"{path} is missing: it tells how to feed the model; "
            "`livedepth models example` prints one to start from"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    try:
        tables = tomllib.loads(text)
        # What cannot be written down, as an integer of thousands of digits, is refused here.
        repr(tables)
    except RecursionError as error:
        raise ModelError(f"{path} is not valid TOML: nested too deeply") from error
    except ValueError as error:
        raise ModelError(f"{path} is not valid TOML: {error}") from error
    return _description(path, tables)


def _description(path: Path, tables: dict[str, Any]) -> ModelDescription:
    for table, keys in tables.items():
        if table not in _KEYS or not isinstance(keys, dict):
            raise ModelError(f"{path}: there is no table [{table}]; known: {', '.join(_KEYS)}")
        for key in keys:
            if key not in _KEYS[table]:
                known = ", ".join(sorted(_KEYS[table]))
                raise ModelError(f"{path}: [{table}] has no key {key!r}; known: {known}")
    source, result, model = (tables.get(name, {}) for name in ("input", "output", "model"))
    if ("disparity" in result) == ("metres" in result):
        raise ModelError(f"{path}: [output] must name either disparity or metres, and not both")
    multiple = _integer(path, source, "multiple", 0, 0, 1024)
    width = _integer(path, source, "width", None, 16, 4096)
    height = _integer(path, source, "height", None, 16, 4096)
    if multiple and (width % multiple or height % multiple):
        raise ModelError(
            f"{path}: width {width} and height {height} must be multiples of {multiple}"
        )
    colour = source.get("colour", "rgb")
    if colour not in ("rgb", "bgr"):
        raise ModelError(f"{path}: colour = {colour!r} is not allowed; it takes rgb or bgr")
    file = _text(path, model, "file") or ""
    if file and (not file.endswith(".onnx") or {"/", "\\", ":"} & set(file)):
        raise ModelError(
            f"{path}: file = {file!r} is not allowed; it takes the name of an ONNX file beside it"
        )
    std = _triple(path, source, "std", 1.0)
    if not all(std):
        raise ModelError(f"{path}: std = {list(std)} is not allowed; no value may be 0")
    return ModelDescription(
        name=_text(path, model, "name") or path.stem,
        width=width,
        height=height,
        multiple=multiple,
        scale=_numbers(path, "scale", [source.get("scale", 1.0)])[0],
        mean=_triple(path, source, "mean", 0.0),
        std=std,
        colour=colour,
        disparity=_text(path, result, "disparity"),
        metres=_text(path, result, "metres"),
        matte=_text(path, result, "matte"),
        licence=_text(path, model, "licence") or "",
        description=_text(path, model, "description") or "",
        file=file,
    )


def _text(path: Path, table: dict[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise ModelError(f"{path}: {key} = {value!r} is not allowed; it takes a text")
    return value


def _integer(
    path: Path, table: dict[str, Any], key: str, default: int | None, low: int, high: int
) -> int:
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ModelError(
            f"{path}: {key} = {value!r} is not allowed; it takes an integer from {low} to {high}"
        )
    return value


def _numbers(path: Path, key: str, values: list[Any]) -> list[float]:
    if not all(isinstance(value, int | float) and abs(value) < 1e6 for value in values):
        raise ModelError(f"{path}: {key} = {values!r} is not allowed; it takes finite numbers")
    return [float(value) for value in values]


def _triple(
    path: Path, table: dict[str, Any], key: str, default: float
) -> tuple[float, float, float]:
    values = table.get(key, [default] * 3)
    if not isinstance(values, list) or len(values) != 3:
        raise ModelError(f"{path}: {key} = {values!r} is not allowed; it takes three numbers")
    first, second, third = _numbers(path, key, values)
    return first, second, third
