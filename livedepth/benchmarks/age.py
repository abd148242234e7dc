"""How old a frame is when it is sent, at a webcam's own pace."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from livedepth.benchmarks.case import Result
from livedepth.benchmarks.clip import play, render_clip

_CLIP_FRAMES = 150
_FRAMES = 450
_INTERVAL_MS = 1000.0 / 30.0


def age() -> Iterator[Result]:
    """Frame age of a 1280x720 clip at 30 frames a second, beside the time between two frames."""
    with tempfile.TemporaryDirectory() as folder:
        clip = render_clip(Path(folder), _CLIP_FRAMES)
        for mode in ("paired", "latest"):
            ages = play(clip, _FRAMES, realtime=True, mode=mode).snapshot()["frame_age_ms"]
            for percentile, target in (("p50", _INTERVAL_MS), ("p95", 33.0)):
                value = ages[percentile]
                yield Result(
                    f"age {mode} {percentile}", "1280x720", round(value, 1), "ms",
                    "time between frames", round(_INTERVAL_MS, 1),
                    round(_INTERVAL_MS / value, 2), f"under {target:.0f} ms", value < target,
                )  # fmt: skip
