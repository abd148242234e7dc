"""How long one waits: for the help, and for the first picture."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from livedepth.benchmarks.case import Result, interleaved_medians
from livedepth.benchmarks.clip import render_clip

_LIVEDEPTH = (sys.executable, "-m", "livedepth")


def startup() -> Iterator[Result]:
    """``livedepth --help``, and the first composed frame with a warm kernel cache."""
    help_seconds, bare_seconds = interleaved_medians(
        lambda: _run(*_LIVEDEPTH, "--help"), lambda: _run(sys.executable, "-c", ""), rounds=7
    )
    yield Result(
        "help", "", round(help_seconds, 3), "s", "python -c ''", round(bare_seconds, 3),
        round(bare_seconds / help_seconds, 3), "0.4 s", help_seconds < 0.4,
    )  # fmt: skip
    imports = [sys.executable, "-c", "import cv2, numba, numpy"]
    with tempfile.TemporaryDirectory() as folder:
        clip = render_clip(Path(folder), frames=5)
        first = statistics.median(_first_frame_seconds(clip) for _ in range(5))
    (importing,) = interleaved_medians(lambda: _run(*imports), rounds=3, warm_up=1)
    yield Result(
        "first frame", "1280x720", round(first, 2), "s", "import cv2, numba, numpy",
        round(importing, 2), round(importing / first, 3), "2 s", first < 2.0,
    )  # fmt: skip


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _first_frame_seconds(clip: Path) -> float:
    """From starting the process to its end after one frame of a clip."""
    stats = clip.with_name("stats.json")
    arguments = ("--source", str(clip), "--output", "null", "--frames", "1")
    started = time.perf_counter()
    _run(*_LIVEDEPTH, "run", *arguments, "--stats-json", str(stats))
    elapsed = time.perf_counter() - started
    assert json.loads(stats.read_text(encoding="utf-8"))["frames_out"] == 1
    return elapsed
