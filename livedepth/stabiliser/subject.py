"""What is in focus, and how focus is pulled from one plane to another."""

from __future__ import annotations

import math
from dataclasses import dataclass

_NARROWEST, _WIDEST = 0.06, 0.35
_CLOSED = 0.01
_PULL_RATE = 12.0
"""Per second; a pull is half done after 0.14 s and all but 5 % done after 0.4 s."""
_ARRIVED = 0.01


@dataclass(frozen=True, slots=True)
class Subject:
    """focus: the subject's median disparity; band: half-width that covers the whole subject."""

    focus: float
    band: float


NOBODY = Subject(focus=1.0, band=0.0)
"""Focus when there is no subject: in front of everything, so that the whole room is blurred."""


def covering(focus: float, low: float, high: float) -> Subject:
    """The subject at ``focus`` whose band reaches from ``low`` to ``high``."""
    return Subject(focus, min(max(focus - low, high - focus, _NARROWEST), _WIDEST))


class Pull:
    """A value that is eased to its target without overshoot: a critically damped spring."""

    def __init__(self, value: float) -> None:
        self.value = value
        self._speed = 0.0

    def update(self, target: float, elapsed: float) -> float:
        """The value after ``elapsed`` seconds of pulling towards ``target``."""
        away = self.value - target
        fading = math.exp(-_PULL_RATE * elapsed)
        push = (self._speed + _PULL_RATE * away) * elapsed
        remaining = (away + push) * fading
        if remaining * away < 0.0:
            self.value, self._speed = target, 0.0
            return target
        self._speed = (self._speed - _PULL_RATE * push) * fading
        self.value = target + remaining
        return self.value


class SubjectTracker:
    """Follows the subject smoothly; changes are pulled like a focus ring, not jumped."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Take the next measurement as it is."""
        self._focus: Pull | None = None
        self._band = Pull(NOBODY.band)

    def update(self, measured: Subject, elapsed: float) -> Subject:
        """Move towards ``measured`` by what ``elapsed`` seconds allow."""
        if self._focus is None:
            self._focus, self._band = Pull(measured.focus), Pull(measured.band)
            return measured
        closed = self._band.value <= _CLOSED
        band = self._band.update(measured.band, elapsed)
        if measured == NOBODY:
            # Focus stays while the sharp band closes: a sweep to the front would show the room.
            if closed:
                return NOBODY
            return Subject(self._focus.value, band)
        if closed:
            self._focus = Pull(measured.focus)
        return Subject(self._focus.update(measured.focus, elapsed), band)


class ChosenFocus:
    """Eases between the subject's own focus and one that was chosen by hand."""

    def __init__(self) -> None:
        self._pull: Pull | None = None

    def update(self, chosen: float | None, subject: float, elapsed: float) -> float | None:
        """The plane to use now, or None where the subject's own focus serves.

        chosen: a disparity in 0..1, or None for automatic focus. subject: where automatic focus
        is. elapsed: seconds since the frame before.
        """
        if self._pull is None:
            if chosen is None:
                return None
            self._pull = Pull(subject)
        value = self._pull.update(subject if chosen is None else chosen, elapsed)
        if chosen is None and abs(value - subject) < _ARRIVED:
            self._pull = None
            return None
        return value
