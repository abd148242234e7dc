"""Whether a frame waits for its own depth, or takes the newest there is: from measured times."""

from __future__ import annotations

import statistics
from collections import deque
from typing import Literal

Mode = Literal["paired", "latest"]

_SAMPLES = 30
_ENOUGH = 15
# Between the two, what is chosen stays.
_TOO_SLOW, _FAST_ENOUGH = 0.9, 0.6


class ModeChooser:
    """Paired while depth and picture are ready before the next frame comes, else latest.

    interval: seconds between frames. The choice rests on medians of the newest times, so a hiccup
    does not turn it.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._estimates: deque[float] = deque(maxlen=_SAMPLES)
        self._rests: deque[float] = deque(maxlen=_SAMPLES)
        self.mode: Mode = "paired"

    @property
    def decided(self) -> bool:
        """Whether enough was measured to stand by ``mode``."""
        return len(self._estimates) >= _ENOUGH and len(self._rests) >= _ENOUGH

    @property
    def estimate_seconds(self) -> float:
        """Median seconds that depth takes; 0 before any was measured."""
        return statistics.median(self._estimates) if self._estimates else 0.0

    @property
    def rest_seconds(self) -> float:
        """Median seconds that everything else takes; 0 before any was measured."""
        return statistics.median(self._rests) if self._rests else 0.0

    def estimated(self, seconds: float) -> None:
        """Add what one depth map cost."""
        self._estimates.append(seconds)

    def composed(self, seconds: float) -> None:
        """Add what the rest of one frame cost."""
        self._rests.append(seconds)

    def choose(self) -> Mode:
        """Return ``mode`` after looking at the newest times."""
        if not self.decided:
            return self.mode
        share = (self.estimate_seconds + self.rest_seconds) / self._interval
        chosen: Mode = self.mode
        if share > _TOO_SLOW and self.estimate_seconds > self.rest_seconds:
            chosen = "latest"
        elif share < _FAST_ENOUGH:
            chosen = "paired"
        if chosen != self.mode:
            self.mode = chosen
            self._estimates.clear()
            self._rests.clear()
        return self.mode
