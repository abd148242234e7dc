"""Notices a camera that delivers only a small fraction of the frames it promised."""

from __future__ import annotations

from collections import deque

_FRAMES = 3
_FRACTION = 0.1
_SHORTEST = 1.0


class Starvation:
    """Judges by how long the last three frames were waited for.

    A camera starves below a tenth of its rate; so dark a room that exposure takes several frames
    is no reason yet. Only time spent waiting counts: a machine that was too busy to look, or was
    asleep, does not make a camera slow, and no single gap does, for none counts more than half.
    """

    def __init__(self, rate: float) -> None:
        """``rate``: frames a second that the camera granted."""
        self._limit = max(_SHORTEST, _FRAMES / (_FRACTION * rate))
        self._waits: deque[float] = deque(maxlen=_FRAMES)

    def waited(self, seconds: float) -> float | None:
        """Take the wait for one more frame; return frames a second if that is starving."""
        self._waits.append(seconds)
        judged = sum(min(wait, self._limit / 2) for wait in self._waits)
        if len(self._waits) < _FRAMES or judged < self._limit:
            return None
        return _FRAMES / sum(self._waits)
