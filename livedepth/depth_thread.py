"""Estimates depth on its own thread, of the newest frame only, for whoever cannot wait."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from livedepth.estimator import Estimator
from livedepth.frame import Frame, SteadyDepth
from livedepth.mailbox import Mailbox
from livedepth.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """steady: the depth of frame ``index``, taken at ``timestamp``. seconds: what it cost."""

    steady: SteadyDepth
    index: int
    timestamp: float
    seconds: float


class DepthThread:
    """Runs an estimator until ``stop``; frames that come while it is busy replace each other."""

    def __init__(self, estimator: Estimator) -> None:
        """Start at once."""
        self._estimator = estimator
        self._frames: Mailbox[tuple[Frame, Settings]] = Mailbox(latest=True)
        self._estimates: Mailbox[Estimate | Exception] = Mailbox(latest=True)
        self._thread = threading.Thread(target=self._run, name="livedepth depth", daemon=True)
        self._thread.start()

    def offer(self, frame: Frame, settings: Settings) -> None:
        """Leave ``frame`` to be estimated next; never waits."""
        self._frames.put((frame, settings))

    def take(self, timeout: float = 0.0) -> Estimate | None:
        """The newest estimate since the last call, or None where there is none yet.

        timeout: seconds to wait for one. Raises what the estimator raised, once for each failure;
        it goes on with the next frame.
        """
        try:
            estimate = self._estimates.take(timeout)
        except TimeoutError:
            return None
        if isinstance(estimate, Exception):
            raise estimate
        return estimate

    def _run(self) -> None:
        while (job := self._frames.take()) is not None:
            frame, settings = job
            started = time.perf_counter()
            try:
                steady = self._estimator.estimate(frame, settings)
            except Exception as error:
                self._estimates.put(error)
                continue
            seconds = time.perf_counter() - started
            self._estimates.put(Estimate(steady, frame.index, frame.timestamp, seconds))

    def stop(self) -> None:
        """End after the estimate in hand, and wait for that; safe to call twice."""
        self._frames.close()
        self._frames.clear()
        self._thread.join()
        self._estimates.close()
