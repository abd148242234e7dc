"""The whole path on a 1280x720 clip: speed, memory, and what it allocates."""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import av

from livedepth.benchmarks.case import Result
from livedepth.benchmarks.clip import SIZE, play, render_clip
from livedepth.stats import resident_megabytes

_CLIP_FRAMES = 150
_FRAMES = 2000
_EARLY = 500
_TRACED = 60


def stream() -> Iterator[Result]:
    """Frames a second of a clip to nowhere, beside decoding alone; memory over 2,000 frames."""
    with tempfile.TemporaryDirectory() as folder:
        clip = render_clip(Path(folder), _CLIP_FRAMES)
        decoded = decoding_rate(clip)
        early: list[float] = []

        def remember(sent: int) -> None:
            if sent == _EARLY:
                early.append(resident_megabytes())

        stats = play(clip, _FRAMES, remember)
        rate, memory = stats.snapshot()["fps"], resident_megabytes()
        largest = _largest_growth(clip)
    yield Result(
        "stream", "1280x720", rate, "frames/s", "decoding alone", round(decoded, 1),
        round(rate / decoded, 3), "40 frames/s", rate >= 40.0,
    )  # fmt: skip
    yield Result(
        "memory", "1280x720", round(memory, 1), "MB", f"after {_EARLY} frames",
        round(early[0], 1), round(early[0] / memory, 3), "under 500 MB, flat within 2 %",
        memory < 500.0 and memory < 1.02 * early[0],
    )  # fmt: skip
    frame_bytes = SIZE[0] * SIZE[1]
    yield Result(
        "allocation", "1280x720", largest, "bytes", "one channel of a frame", frame_bytes,
        round(frame_bytes / max(largest, 1), 2), "less than a channel", largest < frame_bytes,
    )  # fmt: skip


def decoding_rate(clip: Path) -> float:
    """Frames a second of decoding a clip, and nothing else."""
    started = time.perf_counter()
    with av.open(str(clip)) as container:
        container.streams.video[0].thread_type = "AUTO"
        count = sum(1 for _ in container.decode(video=0))
    return count / (time.perf_counter() - started)


def _largest_growth(clip: Path) -> int:
    """The most bytes that Python and NumPy held beyond the steady state, over many frames."""
    peaks: list[int] = []

    def watch(sent: int) -> None:
        if sent == _TRACED // 2:
            tracemalloc.start()
        elif sent > _TRACED // 2 + 2:
            current, peak = tracemalloc.get_traced_memory()
            peaks.append(peak - current)
            tracemalloc.reset_peak()

    try:
        play(clip, _TRACED, watch)
    finally:
        tracemalloc.stop()
    return max(peaks)
