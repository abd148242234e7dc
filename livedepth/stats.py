"""How long each stage takes, how old a frame is when it is sent, and what was dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

STAGES = ("capture", "depth", "stabilise", "compose", "output")

_KEPT = 4096


class _Samples:
    """The newest durations of one kind, in a ring of fixed size."""

    def __init__(self) -> None:
        self._ring = np.zeros(_KEPT, np.float64)
        self._count = 0

    def add(self, seconds: float) -> None:
        self._ring[self._count % _KEPT] = seconds
        self._count += 1

    def milliseconds(self, *percents: int) -> dict[str, float]:
        """Percentiles in milliseconds, keyed p50, p95, ...; zeros before the first sample."""
        known = self._ring[: min(self._count, _KEPT)]
        values = np.percentile(known, percents) * 1e3 if known.size else np.zeros(len(percents))
        keys = (f"p{percent}" for percent in percents)
        return {key: round(float(value), 3) for key, value in zip(keys, values, strict=True)}


@dataclass(frozen=True, slots=True)
class Run:
    """What a stream consists of, for the report."""

    source: str = ""
    model: str = ""
    engine: str = ""
    mode: str = "paired"
    size: tuple[int, int] = (0, 0)


class Stats:
    """Timings of one stream; stages on several threads may record at once.

    Percentiles are over the newest 4096 samples, so memory stays flat however long it runs.
    focus_metres: how far the plane in focus of the last frame is, where metres are known.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stages = {stage: _Samples() for stage in STAGES}
        self._ages = _Samples()
        self._started = time.monotonic()
        self._started_cpu = time.process_time()
        self._final: dict[str, Any] | None = None
        self._first_sent: float | None = None
        self._last_sent = 0.0
        self._interval = 0.0
        self.run = Run()
        self.frames_in = 0
        self.frames_out = 0
        self.dropped = 0
        self.focus_metres: float | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body as one pass of the stage ``name``."""
        started = time.perf_counter()
        yield
        self.record(name, time.perf_counter() - started)

    def record(self, stage: str, seconds: float) -> None:
        """Add one duration to ``stage``."""
        with self._lock:
            self._stages[stage].add(seconds)

    def captured(self) -> None:
        """Count a frame that the source delivered."""
        with self._lock:
            self.frames_in += 1

    def drop(self, count: int = 1) -> None:
        """Count frames that were replaced by a newer one before they were used."""
        with self._lock:
            self.dropped += count

    def sent(self, captured_at: float) -> None:
        """Count a frame that reached the outputs, captured at ``captured_at`` (monotonic)."""
        now = time.monotonic()
        with self._lock:
            if self._first_sent is None:
                self._first_sent = now
            elif now > self._last_sent:
                interval = now - self._last_sent
                self._interval += (interval - self._interval) * (0.05 if self._interval else 1.0)
            self._last_sent = now
            self.frames_out += 1
            self._ages.add(now - captured_at)

    def finish(self) -> None:
        """Keep the figures as they are now; further snapshots tell the same."""
        self._final = self.snapshot()

    def recent_rate(self) -> float:
        """Frames sent a second, over about the last twenty."""
        return 1.0 / self._interval if self._interval else 0.0

    def snapshot(self) -> dict[str, Any]:
        """Everything, as JSON-ready values; the keys are documented in the README."""
        with self._lock:
            if self._final is not None:
                return self._final
            seconds = time.monotonic() - self._started
            sending = self._last_sent - (self._first_sent or self._last_sent)
            cpu = time.process_time() - self._started_cpu
            return {
                "version": 1,
                "source": self.run.source,
                "model": self.run.model,
                "engine": self.run.engine,
                "mode": self.run.mode,
                "size": list(self.run.size),
                "frames_in": self.frames_in,
                "frames_out": self.frames_out,
                "dropped": self.dropped,
                "seconds": round(seconds, 3),
                "fps": round((self.frames_out - 1) / sending, 2) if sending > 0 else 0.0,
                "cpu_percent": round(100 * cpu / seconds, 1) if seconds > 0 else 0.0,
                "frame_age_ms": self._ages.milliseconds(50, 95, 99),
                "stages_ms": {
                    stage: samples.milliseconds(50, 95) for stage, samples in self._stages.items()
                },
                "rss_mb": round(resident_megabytes(), 1),
            }


def resident_megabytes() -> float:
    """Resident memory of this process in MB (1e6 bytes)."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6
