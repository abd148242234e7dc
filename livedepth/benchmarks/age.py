"""How old a frame is when it is sent, at a webcam's own pace."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from livedepth.benchmarks.case import Result
from livedepth.benchmarks.clip import render_clip
from livedepth.capture.opening import open_source
from livedepth.depth.registry import load_model
from livedepth.pipeline import Limit, Pipeline
from livedepth.settings import Settings, SettingsHolder
from livedepth.warming import warm

_CLIP_FRAMES = 150
_FRAMES = 450
_INTERVAL_MS = 1000.0 / 30.0


def age() -> Iterator[Result]:
    """Frame age of a 1280x720 clip at 30 frames a second, beside the time between two frames."""
    warm(_ignore)
    with tempfile.TemporaryDirectory() as folder:
        clip = render_clip(Path(folder), _CLIP_FRAMES)
        for mode in ("paired", "latest"):
            settings = Settings(
                source=str(clip), output=("null",), loop=True, realtime=True, mode=mode
            )
            with open_source(settings) as source, closing(load_model()) as model:
                pipeline = Pipeline(source, model, SettingsHolder(settings), _ignore)
                pipeline.run(Limit(frames=_FRAMES))
            ages = pipeline.stats.snapshot()["frame_age_ms"]
            for percentile, target in (("p50", _INTERVAL_MS), ("p95", 33.0)):
                value = ages[percentile]
                yield Result(
                    f"age {mode} {percentile}", "1280x720", round(value, 1), "ms",
                    "time between frames", round(_INTERVAL_MS, 1),
                    round(_INTERVAL_MS / value, 2), f"under {target:.0f} ms", value < target,
                )  # fmt: skip


def _ignore(text: str) -> None:
    """The report of a run that is only measured."""
