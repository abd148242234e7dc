"""Keeps a stream alive while its camera comes and goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from livedepth.capture.buffers import BufferPool
from livedepth.capture.source import Source
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame, Image
from livedepth.resizing import cover
from livedepth.settings import Settings

_log = logging.getLogger("livedepth")

FIRST_WAIT = 0.25
LONGEST_WAIT = 4.0


class ReconnectingSource(Source):
    """A live source that is opened again whenever it is lost.

    When the camera stops delivering, ``read`` releases it and raises CameraLostError. Every
    further ``read`` makes one attempt: it waits 0.25 s, twice as long after each failure up to
    4 s, opens the camera and returns its first frame, or raises CameraLostError again. An
    interrupt ends the wait. Other errors of the opened source pass through. What else keeps it
    from being opened, such as a program that took it, is logged when it is met twice in a row.

    ``release`` lets the camera go, and the next ``read`` opens it again at once.

    Name, size and rate stay those the stream began with: frames of another size are scaled to
    cover it, centred and without stretching. Indices and timestamps go on, the timestamps with
    the length of the gap.
    """

    def __init__(self, open_source: Callable[[], Source], first: Source | None = None) -> None:
        """``open_source`` opens the source again; ``first`` is the source, if it is open.

        Raises what ``open_source`` raises when it fails the first time.
        """
        self._open = open_source
        source = open_source() if first is None else first
        self._source: Source | None = source
        self.name, self.size, self.rate = source.name, source.size, source.rate
        self.live, self.granted = True, source.granted
        self._interrupted = threading.Event()
        self._wait = FIRST_WAIT
        self._obstacle, self._met = "", 0
        self._fresh = True
        self._index, self._timestamp, self._captured_at = -1, 0.0, 0.0
        self._index_shift, self._time_shift = 0, 0.0
        self._pool: BufferPool | None = None

    def read(self) -> Frame | None:
        if self._source is None:
            self._reopen()
        source = self._source
        if source is None or self._interrupted.is_set():
            self._release()
            return None
        try:
            frame = source.read()
        except CameraLostError:
            self._release()
            raise
        return None if frame is None else self._continued(frame)

    def _reopen(self) -> None:
        if self._interrupted.wait(self._wait):
            return
        self._wait = min(max(2 * self._wait, FIRST_WAIT), LONGEST_WAIT)
        try:
            self._source = self._open()
        except SourceError as error:
            line = f"{self.name} is not back yet: {error}"
            if not isinstance(error, CameraLostError):
                self._tell(line)
            raise CameraLostError(line) from error
        self._obstacle = ""
        if self._source.granted != self.granted:
            _log.warning("%s has changed: %s", self.name, self._source.granted)
        self.granted = self._source.granted
        self._fresh = True

    def _tell(self, obstacle: str) -> None:
        """Log what is met for the second time; the first may be a camera that is just starting."""
        self._met = self._met + 1 if obstacle == self._obstacle else 1
        self._obstacle = obstacle
        if self._met == 2:
            _log.warning(obstacle)

    def adjust(self, settings: Settings) -> None:
        source = self._source
        if source is not None:
            source.adjust(settings)

    def release(self) -> None:
        self._release()
        self._wait = 0.0

    def _release(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _continued(self, frame: Frame) -> Frame:
        """Place a frame of the source that is open now in the stream as a whole."""
        if self._fresh:
            self._fresh = False
            self._wait = FIRST_WAIT
            if self._index >= 0:
                gap = max(frame.captured_at - self._captured_at, 0.0)
                self._index_shift = self._index + 1 - frame.index
                self._time_shift = self._timestamp + gap - frame.timestamp
        self._index = frame.index + self._index_shift
        self._timestamp = frame.timestamp + self._time_shift
        self._captured_at = frame.captured_at
        return Frame(self._fitted(frame.image), self._index, frame.captured_at, self._timestamp)

    def _fitted(self, image: Image) -> Image:
        width, height = self.size
        if image.shape[:2] == (height, width):
            return image
        if self._pool is None:
            self._pool = BufferPool(width, height)
        fitted = self._pool.take()
        cover(fitted, image)
        return fitted

    def interrupt(self) -> None:
        self._interrupted.set()
        source = self._source
        if source is not None:
            source.interrupt()

    def close(self) -> None:
        self._interrupted.set()
        self._release()
