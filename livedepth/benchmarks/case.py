"""What a benchmark is, and how two things are timed fairly on a noisy machine."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One figure beside its yardstick.

    ratio: value against yardstick, so that larger is better. target: what ``value`` or ``ratio``
    has to reach, in words; met: whether it did.
    """

    name: str
    size: str
    value: float
    unit: str
    yardstick_name: str
    yardstick: float
    ratio: float
    target: str
    met: bool

    def as_json(self) -> dict[str, Any]:
        """The keys that ``bench --json`` documents."""
        values = asdict(self)
        values["yardstick"] = {"name": values.pop("yardstick_name"), "value": self.yardstick}
        return values | {"machine": machine()}


def machine() -> str:
    """Processor, usable cores and system, in a line."""
    name = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
            names = [line.partition(":")[2] for line in cpuinfo if line.startswith("model name")]
        name = names[0].strip() if names else name
    except OSError:
        pass
    return f"{name or platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def silent(text: str) -> None:
    """The report of a run that is only measured."""


def interleaved_medians(
    *candidates: Callable[[], object], rounds: int = 40, warm_up: int = 3
) -> list[float]:
    """Median seconds of each candidate, taking turns so that noise falls on all alike."""
    times: list[list[float]] = [[] for _ in candidates]
    for turn in range(rounds + warm_up):
        for candidate, kept in zip(candidates, times, strict=True):
            started = time.perf_counter()
            candidate()
            if turn >= warm_up:
                kept.append(time.perf_counter() - started)
    return [statistics.median(kept) for kept in times]
