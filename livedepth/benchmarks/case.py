"""What a benchmark is, and how two things are timed fairly on a noisy machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from livedepth._version import VERSION
from livedepth.depth.nvidia import nvidia_gpus

_LIBRARIES = (
    "numpy", "numba", "opencv-python", "torch", "transformers", "torch_tensorrt", "tensorrt",
    "onnxruntime", "onnxruntime-gpu",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """One figure beside its yardstick.

    ratio: value against yardstick, so that larger is better. target: what ``value`` or ``ratio``
    has to reach, in words; met: whether it did. Where this machine lacks what would be measured,
    ``target`` says so as well, and value, yardstick, ratio and met are None.
    """

    name: str
    size: str
    value: float | None
    unit: str
    yardstick_name: str
    yardstick: float | None
    ratio: float | None
    target: str
    met: bool | None

    def as_json(self) -> dict[str, Any]:
        """The keys that ``bench --json`` documents."""
        values = asdict(self)
        values["yardstick"] = {"name": values.pop("yardstick_name"), "value": self.yardstick}
        return values | {"machine": machine()}


def machine() -> str:
    """Processor, usable cores, system and GPUs of NVIDIA's, in a line."""
    name = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
            names = [line.partition(":")[2] for line in cpuinfo if line.startswith("model name")]
        name = names[0].strip() if names else name
    except OSError:
        pass
    parts = [name or platform.machine(), f"{os.cpu_count()} cores", platform.system()]
    return ", ".join([*parts, *nvidia_gpus()])


def versions() -> dict[str, str]:
    """The versions that a figure depends on: Python's, and those of libraries that are here."""
    found = {"python": platform.python_version(), "livedepth": VERSION}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


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
