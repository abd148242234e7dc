"""Play recorded frames at their own pace."""

from __future__ import annotations

import threading
import time

_LONGEST_GAP = 0.25
_TOO_LATE = 1.0


class Pacer:
    """Holds frames back until they are due and tells which ones come too late.

    The clock starts with the first frame, and again with one that is more than a second late. A
    frame is late when the one after it is due as well; but when nothing else was on time for a
    quarter of a second, a late one is shown all the same.
    """

    def __init__(self, period: float, interrupted: threading.Event) -> None:
        """``period``: seconds from one frame to the next; ``interrupted`` ends every wait."""
        self._period = period
        self._interrupted = interrupted
        self._start: float | None = None
        self._shown = 0.0

    def on_time(self, timestamp: float) -> bool:
        """Wait until the frame at ``timestamp`` seconds is due; False if it is to be dropped."""
        now = time.monotonic()
        if self._start is None or now > self._start + timestamp + _TOO_LATE:
            self._start = now - timestamp
        due = self._start + timestamp
        if now > due + self._period and now < self._shown + _LONGEST_GAP:
            return False
        if due > now:
            self._interrupted.wait(due - now)
        self._shown = time.monotonic()
        return True
