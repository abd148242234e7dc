"""Compiled engines kept on disk: found again only by what they were compiled from and for."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livedepth.depth.cache import cache_folder
from livedepth.depth.digest import sha256_of
from livedepth.errors import ModelError

LIMIT_BYTES = 4 << 30
"""The most that all engines together may take before the ones not used for longest go."""

_SUFFIX = ".pt2"
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class EngineKey:
    """Everything an engine depends on; where any of it differs, it is another engine.

    weights: digest of the model's weights and of how it is fed. shape: of the input,
    (n, 3, height, width).
    """

    model: str
    weights: str
    livedepth: str
    torch: str
    torch_tensorrt: str
    tensorrt: str
    gpu: str
    capability: tuple[int, int]
    precision: str
    shape: tuple[int, int, int, int]

    def digest(self) -> str:
        """Return the SHA-256 of all fields, in hexadecimal."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def engines_folder() -> Path:
    """Where engines are kept; it may not be there."""
    return cache_folder() / "engines"


def store(key: EngineKey, write: Callable[[Path], None], details: dict[str, Any]) -> Path:
    """Keep the engine that ``write`` puts into the file it is given; return where it lies.

    The entry is there whole or not at all: the engine, then the sidecar that makes it an entry,
    each moved into place at once. details: more for the sidecar, as the time it took to build.
    Raises ModelError where the folder cannot be written; what ``write`` raises passes through.
    """
    engine, sidecar = _paths(key)
    try:
        engine.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=engine.parent, suffix=_SUFFIX)
        os.close(handle)
    except OSError as error:
        raise _unwritable(engine.parent, error) from error
    part = Path(name)
    try:
        write(part)
        record = {
            "key": dataclasses.asdict(key),
            "sha256": file_hash(part),
            "bytes": part.stat().st_size,
            **details,
        }
        # Until the new sidecar is there, whoever looks finds nothing, rather than damage.
        sidecar.unlink(missing_ok=True)
        part.replace(engine)
        part.write_text(json.dumps(record, indent=1), encoding="utf-8")
        part.replace(sidecar)
    except OSError as error:
        raise _unwritable(engine.parent, error) from error
    finally:
        part.unlink(missing_ok=True)
    prune(keep=key)
    return engine


def find(key: EngineKey) -> Path | None:
    """Return the engine of ``key``, or None; an entry that is damaged is removed."""
    engine, sidecar = _paths(key)
    try:
        text = sidecar.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ModelError(f"{sidecar} cannot be read: {error.strerror}") from error
    if _is_whole(key, engine, text):
        # The time of last use, by which pruning goes; a folder may be for reading only.
        with suppress(OSError):
            os.utime(sidecar)
        return engine
    # Another process may have stored it anew meanwhile.
    with suppress(OSError):
        if sidecar.read_bytes() == text:
            remove(key)
    return None


def _is_whole(key: EngineKey, engine: Path, sidecar: bytes) -> bool:
    try:
        record = json.loads(sidecar)
        return bool(
            record["key"] == json.loads(json.dumps(dataclasses.asdict(key)))
            and record["bytes"] == engine.stat().st_size
            and record["sha256"] == file_hash(engine)
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def details_of(key: EngineKey) -> dict[str, Any]:
    """Return the sidecar of an entry that ``find`` found.

    Raises ModelError if it went away meanwhile.
    """
    sidecar = _paths(key)[1]
    try:
        record: dict[str, Any] = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{sidecar} cannot be read; build the engine again") from error
    return record


def remove(key: EngineKey) -> None:
    """Remove an entry, if it is there."""
    for path in reversed(_paths(key)):
        _unlink(path)


def prune(limit: int = LIMIT_BYTES, keep: EngineKey | None = None) -> list[str]:
    """Remove the engines not used for longest until all take at most ``limit`` bytes.

    keep: an entry that stays whatever it takes. What a build that was killed left a day ago goes
    too. Returns the names of the engines removed.
    """
    folder = engines_folder()
    kept = keep.digest() if keep else ""
    entries = []
    for sidecar in folder.glob("*.json"):
        engine = sidecar.with_suffix(_SUFFIX)
        try:
            size = engine.stat().st_size if engine.exists() else 0
            entries.append((sidecar.stem == kept, sidecar.stat().st_mtime, size, engine, sidecar))
        except FileNotFoundError:
            continue
    total, removed = 0, _remove_abandoned(folder)
    for _, _, size, engine, sidecar in sorted(entries, key=lambda entry: entry[:2], reverse=True):
        total += size
        if total > limit and sidecar.stem != kept:
            total -= size
            for path in (sidecar, engine):
                _unlink(path)
            removed.append(engine.name)
    return removed


def _remove_abandoned(folder: Path) -> list[str]:
    removed = []
    for path in folder.glob(f"*{_SUFFIX}"):
        try:
            old = time.time() - path.stat().st_mtime > _DAY
        except FileNotFoundError:
            continue
        # Without its sidecar it is no entry: nobody can say what it is.
        if old and not path.with_suffix(".json").exists():
            _unlink(path)
            removed.append(path.name)
    return removed


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, remembered while its size and time stay."""
    status = path.stat()
    return _file_hash(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _file_hash(path: Path, size: int, modified: int) -> str:
    del size, modified  # they are what makes the answer a stale one
    return sha256_of(path)


def _paths(key: EngineKey) -> tuple[Path, Path]:
    """The engine's file and its sidecar."""
    stem = engines_folder() / key.digest()
    return stem.with_suffix(_SUFFIX), stem.with_suffix(".json")


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path.parent, error) from error


def _unwritable(folder: Path, error: OSError) -> ModelError:
    return ModelError(
        f"{folder} cannot be written: {error.strerror}; set LIVEDEPTH_CACHE_DIR to a folder "
        "that can"
    )
