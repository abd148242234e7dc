"""Why a device cannot be used: who has it open, or what the system says."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path


def holders(path: str) -> list[str]:
    """Other programs that have ``path`` open, as far as /proc lets us look."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or process.name == str(os.getpid()):
            continue
        try:
            if _has_open(process, path):
                name = (process / "comm").read_text().strip()
                found.append(f"{name} (pid {process.name})")
        except OSError:
            continue
    return found


def _has_open(process: Path, path: str) -> bool:
    for link in (process / "fd").iterdir():
        # Any of them may be closed while we look.
        with contextlib.suppress(FileNotFoundError):
            if str(link.readlink()) == path:
                return True
    return False


def refusal(error: OSError, path: str) -> str:
    """Say in a clause why ``path`` cannot be used as a camera, and the way out."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "it is not permitted; run `sudo usermod -aG video $USER` and log in again"
    if error.errno == errno.EBUSY:
        return in_use(path)
    if error.errno in (errno.ENODEV, errno.ENXIO, errno.ENOENT):
        return "it is not there; plug it in, or see `livedepth devices`"
    if error.errno == errno.ENOTTY:
        return "it is not a video device"
    return os.strerror(error.errno or 0).lower()


def in_use(path: str) -> str:
    """Say in a clause who uses ``path``, as far as that can be told."""
    programs = holders(path)
    by = ", ".join(programs) or "this program or one of another user"
    return f"it is in use by {by}; close it there first"
