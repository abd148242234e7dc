"""Which network a model's files hold: the key of all that is kept about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path

from livedepth.depth.cache import cache_folder, keep, read_json
from livedepth.depth.files import ModelFiles
from livedepth.errors import ModelError

_PROSE = {"name", "licence", "description", "file"}
_SIZES = {"width", "height", "multiple"}
_SMALL = 500_000


def digest(files: ModelFiles, *, sizes: bool = True) -> str:
    """SHA-256 in hexadecimal of a model's weights and of how they are fed and read.

    sizes: whether the sizes that it is fed count as well. A file is read anew where its size or
    time of change differs. Raises ModelError for a file that cannot be read.
    """
    ignored = _PROSE if sizes else _PROSE | _SIZES
    parts = [
        f"{field.name}={getattr(files.description, field.name)!r}"
        for field in fields(files.description)
        if field.name not in ignored
    ]
    parts += [f"{path.name}={_file_digest(path)}" for path in weight_files(files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def weight_files(files: ModelFiles) -> list[Path]:
    """Every file that decides what the network computes."""
    found = [path for path in (files.onnx, files.quantised, files.safetensors) if path is not None]
    if files.folder is not None:
        found += sorted([*files.folder.glob("*.json"), *files.folder.glob("*.safetensors")])
    return found


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file_digest(path: Path) -> str:
    try:
        status = path.stat()
        if status.st_size <= _SMALL:
            return sha256_of(path)
        memory = cache_folder() / "digests.json"
        known = read_json(memory)
        key = f"{path.resolve()} {status.st_size} {status.st_mtime_ns}"
        if not isinstance(known.get(key), str):
            known[key] = sha256_of(path)
            keep(memory, json.dumps(known).encode())
        return str(known[key])
    except OSError as error:
        raise ModelError(f"model file {path} cannot be read: {error.strerror}") from error
