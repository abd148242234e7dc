"""Lets a source be closed while a read of it hangs in a driver or on the network."""

from __future__ import annotations

import threading
from abc import abstractmethod

from livedepth.capture.source import Source
from livedepth.frame import Frame

_PROMPT = 0.1


class GuardedSource(Source):
    """A source whose device must not be released in the middle of a read.

    ``close`` interrupts a read in another thread and gives it a tenth of a second; one that hangs
    for longer releases the device itself, when it returns.
    """

    def __init__(self) -> None:
        self._interrupted = threading.Event()
        self._reading = threading.Lock()
        self._closing = False

    def read(self) -> Frame | None:
        with self._reading:
            if self._interrupted.is_set():
                return None
            try:
                return self._read()
            finally:
                if self._closing:
                    self._release()

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._closing = True
        self._interrupted.set()
        if self._reading.acquire(timeout=_PROMPT):
            try:
                self._release()
            finally:
                self._reading.release()

    @abstractmethod
    def _read(self) -> Frame | None:
        """Return the next frame, or None at the end; checks ``_interrupted`` when it waits."""

    @abstractmethod
    def _release(self) -> None:
        """Let the device go; called more than once, never while ``_read`` runs."""
