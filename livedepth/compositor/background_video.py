"""A video behind the subject, shown at its own pace and started again at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import av.error
import numpy as np

from livedepth.errors import SettingsError
from livedepth.frame import Image
from livedepth.resizing import cover

_MOST_DECODED_AT_ONCE = 8
_LEAST_SECONDS = 1e-3


class UnreadableVideoError(Exception):
    """A file without a video that can be decoded; the text says why."""


class BackgroundVideo:
    """Decodes a file by the clock: a call shows the frame that is due, however often it comes.

    now: a clock in seconds. Raises UnreadableVideoError, leaving nothing open.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._path = path
        self._filled: Image | None = None
        try:
            self._container = av.open(str(path))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise UnreadableVideoError(str(error)) from error
        try:
            self._stream = self._first_stream()
            self._step = 1.0 / float(self._stream.average_rate or 25)
            self._frames = self._decode()
            shown = next(self._frames, None)
        except (av.error.FFmpegError, OSError) as error:
            self._container.close()
            raise UnreadableVideoError(str(error)) from error
        except BaseException:
            self._container.close()
            raise
        if shown is None:
            self._container.close()
            raise UnreadableVideoError("no picture in it can be decoded")
        self._shown = shown
        self._following: av.VideoFrame | None = None
        self._first_time = self._time(shown, 0.0)
        self._began = now()

    def _first_stream(self) -> av.VideoStream:
        if not self._container.streams.video:
            raise UnreadableVideoError("it has no video in it")
        stream = self._container.streams.video[0]
        stream.thread_type = "AUTO"
        return stream

    def _decode(self) -> Iterator[av.VideoFrame]:
        return iter(self._container.decode(self._stream))

    def _time(self, frame: av.VideoFrame, otherwise: float) -> float:
        return otherwise if frame.time is None else float(frame.time)

    def _next(self) -> tuple[av.VideoFrame, float]:
        """The next frame and its place in the current pass; begins another pass at the end."""
        place = self._time(self._shown, self._first_time) - self._first_time + self._step
        frame = next(self._frames, None)
        if frame is None:
            self._container.seek(0)
            self._frames = self._decode()
            frame = next(self._frames, self._shown)
            self._began += max(place, _LEAST_SECONDS)
            self._first_time = self._time(frame, 0.0)
            return frame, 0.0
        return frame, self._time(frame, place + self._first_time) - self._first_time

    def _advance(self) -> bool:
        """Bring ``_shown`` up to the clock; True where it changed."""
        elapsed = self._now()
        changed = False
        for _ in range(_MOST_DECODED_AT_ONCE):
            if self._following is None:
                self._following, self._place = self._next()
            if self._began + self._place > elapsed:
                return changed
            self._shown, self._following, changed = self._following, None, True
        self._began = elapsed - self._place
        return changed

    def fill(self, dst: Image, *, afresh: bool = False) -> bool:
        """See ``Background``. Raises SettingsError where the file is damaged further on."""
        try:
            changed = self._advance()
        except (av.error.FFmpegError, OSError) as error:
            raise SettingsError(
                f"background {str(self._path)!r} cannot be decoded any further; mend it, or give "
                "another"
            ) from error
        if self._filled is dst and not (changed or afresh):
            return False
        cover(dst, np.asarray(self._shown.to_ndarray(format="bgr24"), np.uint8))
        self._filled = dst
        return True

    def close(self) -> None:
        """See ``Background``."""
        self._container.close()
