"""One picture, a folder of pictures or a glob as a stream."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from livedepth.capture.buffers import BufferPool
from livedepth.capture.pacing import Pacer
from livedepth.capture.quiet import quiet_opencv
from livedepth.capture.source import Source
from livedepth.errors import SourceError
from livedepth.frame import Frame, Image
from livedepth.resizing import cover


def natural(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key by which frame9 comes before frame10."""
    parts = re.findall(r"(\d+)|(\D+)", path.name)
    key = [(0, int(digits), "") if digits else (1, 0, text.casefold()) for digits, text in parts]
    return key, str(path)


def pictures_in(folder: Path, endings: frozenset[str]) -> list[Path]:
    """Return the pictures of a folder in natural order, told by the ends of their names.

    Hidden files are left out. Raises SourceError when there are none or the folder is closed.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in endings and path.name[0] != "." and path.is_file()
        ]
    except OSError as error:
        raise SourceError(f"cannot read the folder {folder}: {error.strerror}") from error
    if not found:
        raise SourceError(f"there is no picture in the folder {folder}")
    return sorted(found, key=natural)


def pictures_like(pattern: str) -> list[Path]:
    """Return the files that a glob matches, in natural order; SourceError when none does."""
    root = Path(Path(pattern).anchor)
    found = [path for path in root.glob(str(Path(pattern).relative_to(root))) if path.is_file()]
    if not found:
        raise SourceError(f"no file matches {pattern}")
    return sorted(found, key=natural)


def read_picture(path: Path) -> Image:
    """Return a picture as BGR uint8 (height, width, 3), upright as its EXIF data says.

    Grey, 16-bit and transparent pictures are converted; transparency is left out. Raises
    SourceError naming the file when it cannot be read or is no picture.
    """
    try:
        content = np.fromfile(path, np.uint8)
        with quiet_opencv():
            image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error
    except cv2.error as error:
        raise SourceError(f"cannot read the picture {path}: {error.err}") from error
    if image is None:
        raise SourceError(f"{path} is not a picture that can be read")
    return np.ascontiguousarray(image, np.uint8)


class PicturesSource(Source):
    """Pictures as frames at a fixed rate, all of the size of the first.

    A picture of another size is scaled to cover, centred and without stretching.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        name: str,
        rate: float,
        *,
        realtime: bool = False,
        loop: bool = False,
    ) -> None:
        """``paths`` are read as they are needed, the first at once.

        rate: frames a second. realtime: wait until each is due and drop those that are late. loop:
        start again at the end. Raises SourceError.
        """
        self._paths = tuple(paths)
        self.name, self.rate, self.live = name, rate, realtime
        self.length = None if loop else len(paths)
        self._loop = loop
        self._first = read_picture(self._paths[0])
        height, width = self._first.shape[:2]
        self.size = (width, height)
        self._pool = BufferPool(width, height)
        self._interrupted = threading.Event()
        self._pacer = Pacer(1 / rate, self._interrupted)
        self._index = -1

    def read(self) -> Frame | None:
        while not self._interrupted.is_set():
            if not self._loop and self._index + 1 >= len(self._paths):
                return None
            self._index += 1
            timestamp = self._index / self.rate
            if self.live and not self._pacer.on_time(timestamp):
                continue
            if self._interrupted.is_set():
                return None
            image = self._image(self._index % len(self._paths))
            return Frame(image, self._index, time.monotonic(), timestamp)
        return None

    def _image(self, position: int) -> Image:
        if position == 0:
            return self._first
        image = read_picture(self._paths[position])
        if image.shape == self._first.shape:
            return image
        fitted = self._pool.take()
        cover(fitted, image)
        return fitted

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._interrupted.set()
