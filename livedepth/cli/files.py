"""Writing what a verb leaves behind; what goes wrong names the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from livedepth.errors import OutputError, UsageError


def require_folder(flag: str, file: Path) -> None:
    """Raise UsageError, naming ``flag``, unless the folder that ``file`` goes to is there."""
    if not file.absolute().parent.is_dir():
        raise UsageError(f"{flag}: there is no folder {file.parent}")


def save(file: Path, contents: bytes) -> None:
    """Write ``contents``. Raises OutputError."""
    try:
        file.write_bytes(contents)
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror}") from error


def save_json(file: Path, value: Any) -> None:
    """Write ``value`` as indented JSON. Raises OutputError."""
    save(file, (json.dumps(value, indent=2) + "\n").encode())
