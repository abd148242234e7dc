"""The folder for what is measured or built once: figures, references, engines."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from livedepth.errors import ModelError

_LOG = logging.getLogger("livedepth")


def cache_folder() -> Path:
    """LIVEDEPTH_CACHE_DIR where it is set, else the user's cache folder; it may not be there."""
    import platformdirs

    chosen = os.environ.get("LIVEDEPTH_CACHE_DIR", "")
    return Path(chosen or platformdirs.user_cache_dir("livedepth", appauthor=False))


def save_whole(file: Path, contents: bytes) -> None:
    """Write ``file`` so that a reader finds it whole or not at all.

    Raises ModelError where the folder cannot be written.
    """
    partial: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix="." + file.name)
        partial = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(contents)
        partial.replace(file)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise ModelError(
            f"{file} cannot be written: {error.strerror}; set LIVEDEPTH_CACHE_DIR to a folder "
            "of yours"
        ) from error


def keep(file: Path, contents: bytes) -> None:
    """Write what only saves time; where the folder cannot be written, warn of it once."""
    try:
        save_whole(file, contents)
    except ModelError as error:
        _warn(str(error))


@cache
def _warn(complaint: str) -> None:
    _LOG.warning(complaint)


def read_json(file: Path) -> dict[str, Any]:
    """The object in ``file``; an empty one where it is absent or damaged."""
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def save_json(file: Path, value: dict[str, Any]) -> None:
    """Write ``value`` whole or not at all; raises ModelError as ``save_whole``."""
    save_whole(file, json.dumps(value, indent=1).encode())
