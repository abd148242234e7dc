"""The newest frame, kept for whoever asks: who is slow skips frames, and nobody waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from livedepth.frame import Image
from livedepth.outputs.web_frame import encode

# Seconds. A page asks for the next frame at once, so one that has not asked for so long is gone.
_STILL_THERE = 1.0


class Encoded:
    """A frame that is encoded when it is first asked for, and once only."""

    def __init__(self, number: int, picture: Image) -> None:
        self.number = number
        self._picture: Image | None = picture
        self._data = b""
        self._lock = threading.Lock()

    def data(self) -> bytes:
        """The frame as it travels to a page."""
        with self._lock:
            if self._picture is not None:
                self._data = encode(self._picture)
                self._picture = None
            return self._data


class Latest:
    """The newest frame, and who waits for one newer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._frame: Encoded | None = None
        self._number = 0
        self._waiting = 0
        self._asked = -_STILL_THERE
        self.closed = False

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for a frame, or did a moment ago."""
        return self._waiting > 0 or self._clock() - self._asked < _STILL_THERE

    def put(self, picture: Image) -> None:
        """Offer a copy of ``picture`` to all who wait."""
        copy = picture.copy()
        with self._changed:
            self._number += 1
            self._frame = Encoded(self._number, copy)
            self._changed.notify_all()

    def after(self, number: int, timeout: float) -> Encoded | None:
        """Wait for a frame other than ``number``; None if there is none or this was closed."""
        with self._changed:
            if not self.wanted:
                # What was kept when the last client left is old.
                self._frame = None
            self._waiting += 1
            try:
                self._changed.wait_for(
                    lambda: self.closed or (self._frame and self._frame.number != number), timeout
                )
            finally:
                self._waiting -= 1
                self._asked = self._clock()
            frame = self._frame
            return None if self.closed or frame is None or frame.number == number else frame

    def close(self) -> None:
        """Send all who wait away."""
        with self._changed:
            self.closed = True
            self._frame = None
            self._changed.notify_all()
