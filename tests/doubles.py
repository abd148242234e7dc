"""Stand-ins at the boundaries: a source that follows a script, models and outputs that fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Self

import numpy as np

from livedepth.errors import ModelError, OutputError
from livedepth.frame import Frame, Image, Prediction
from livedepth.settings import Settings

Step = np.ndarray | Exception | float


class ScriptedSource:
    """Delivers pictures, raises errors and pauses (a number, in seconds), as its script says."""

    def __init__(
        self, script: Iterable[Step], *, live: bool = False, size: tuple[int, int] = (160, 90)
    ) -> None:
        self.name, self.granted, self.rate, self.size = "scripted", "", 30.0, size
        self.live = live
        self.length: int | None = None
        self.closed = 0
        self.released = 0
        self.adjusted: list[Settings] = []
        self._script = iter(script)
        self._index = 0
        self._interrupted = threading.Event()

    def read(self) -> Frame | None:
        for step in self._script:
            if self._interrupted.is_set():
                return None
            if isinstance(step, Exception):
                raise step
            if isinstance(step, int | float):
                self._interrupted.wait(step)
                continue
            frame = Frame(step, self._index, time.monotonic(), self._index / 30)
            self._index += 1
            return frame
        return None

    def interrupt(self) -> None:
        self._interrupted.set()

    def adjust(self, settings: Settings) -> None:
        self.adjusted.append(settings)

    def release(self) -> None:
        self.released += 1

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


class DiscModel:
    """Finds a disc in the middle, whatever it is shown; fails on the calls named."""

    name, engine = "disc", "none"

    def __init__(self, failing: Iterable[int] = (), error: Exception | None = None) -> None:
        rows, columns = np.mgrid[0:48, 0:80]
        self.disc = ((rows - 24) ** 2 + (columns - 40) ** 2 < 10**2).astype(np.float32)
        self.calls = 0
        self.closed = False
        self._failing = set(failing)
        self._error = error or ModelError("the model is out of order")

    def infer(self, image: Image) -> Prediction:
        self.calls += 1
        if self.calls - 1 in self._failing:
            raise self._error
        return Prediction(0.2 + 0.6 * self.disc, self.disc)

    def close(self) -> None:
        self.closed = True


class CollectingOutput:
    """Keeps a copy of every frame; fails from frame ``fails_at`` on."""

    def __init__(
        self,
        name: str = "collector",
        fails_at: int | None = None,
        on_write: Callable[[Frame], None] | None = None,
    ) -> None:
        self.name = name
        self.watched = True
        self.frames: list[Frame] = []
        self.closed = 0
        self._fails_at = fails_at
        self._on_write = on_write

    def write(self, frame: Frame) -> None:
        if self._fails_at is not None and len(self.frames) >= self._fails_at:
            raise OutputError(f"{self.name} is full; empty it")
        self.frames.append(replace(frame, image=frame.image.copy()))
        if self._on_write is not None:
            self._on_write(frame)

    def close(self) -> None:
        self.closed += 1


def marker_picture(size: tuple[int, int] = (160, 90)) -> Image:
    """A fine checkerboard of two strong colours: nothing composed may still show it outside."""
    rows, columns = np.indices((size[1], size[0]))
    picture = np.empty((size[1], size[0], 3), np.uint8)
    picture[:] = np.where(((rows // 3 + columns // 3) % 2)[..., None], (255, 0, 255), (0, 255, 0))
    return picture


def shows_marker(picture: Image) -> bool:
    """Whether the checkerboard is still recognisable anywhere in the border of the picture."""
    height, width = picture.shape[:2]
    border = np.ones((height, width), bool)
    border[height // 4 : -(height // 4), width // 4 : -(width // 4)] = False
    blue, green, red = np.moveaxis(picture.astype(np.int16), 2, 0)
    steps = np.abs(np.diff(2 * green - blue - red, axis=1))
    return bool((steps[border[:, 1:]] > 200).any())
