"""Files that appear only when all of them is written and checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A file beside ``file`` to write, which takes its place at the end, when its size is printed.

    What was there stays where anything is raised.
    """
    partial = file.with_name("." + file.name)
    try:
        yield partial
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    print(f"{file.name}: {file.stat().st_size / 1e6:.2f} MB")
