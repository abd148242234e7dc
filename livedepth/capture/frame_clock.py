"""Gives the pictures of a live device their place in time."""

from __future__ import annotations

import time

from livedepth.frame import Frame, Image

_OLDEST = 5.0


class FrameClock:
    """Numbers pictures 0, 1, 2, ... with times that never go back.

    A time that the driver tells counts where it can be true: not in the future, and at most five
    seconds old. Otherwise, as after the machine slept, it is now.
    """

    def __init__(self) -> None:
        self._index = 0
        self._taken_at = 0.0
        self._began: float | None = None

    def frame(self, image: Image, driver_time: float | None) -> Frame:
        """Return ``image`` as the next frame; driver_time: in monotonic seconds, where known."""
        now = time.monotonic()
        known = driver_time is not None and now - _OLDEST < driver_time <= now
        taken = driver_time if known and driver_time is not None else now
        self._taken_at = taken = max(self._taken_at, taken)
        self._began = taken if self._began is None else self._began
        self._index += 1
        return Frame(image, self._index - 1, taken, taken - self._began)
