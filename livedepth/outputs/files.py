"""A new file for a recording: never over an existing one, and every failure is told."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from livedepth.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer


class WholeWrites(io.FileIO):
    """A file that writes all it is given, or raises: a full disk first takes a part.

    A file whose folder was removed is lost without an error, so that raises too.
    failure: why the last write failed, which the muxer does not always pass on.
    """

    failure: OSError | None = None

    def write(self, data: Buffer) -> int:
        left = memoryview(data)
        length = len(left)
        try:
            if not os.fstat(self.fileno()).st_nlink:
                raise FileNotFoundError(errno.ENOENT, "the file was removed", self.name)
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self.failure = error
            raise
        return length


def check_path(path: Path) -> None:
    """Raise OutputError when the folder that ``path`` lies in does not exist."""
    if not path.parent.is_dir():
        raise OutputError(
            f"recording {path} cannot be made: there is no folder {path.parent}; make it first"
        )


def create(path: Path) -> WholeWrites:
    """Create the file at ``path``, or at the first free numbered name beside it.

    Raises OutputError where none can be made.
    """
    number = 0
    while True:
        free = path.with_stem(f"{path.stem}-{number}") if number else path
        try:
            return WholeWrites(free, "x")
        except FileExistsError:
            number += 1
        except OSError as error:
            raise OutputError(
                f"recording {free} cannot be made: {error.strerror}; choose another folder"
            ) from error
