"""The 1280x720 clip that the benchmarks play."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from livedepth.benchmarks.case import silent
from livedepth.capture.opening import open_source
from livedepth.capture.synthetic import SyntheticScene
from livedepth.depth.registry import load_model
from livedepth.frame import Frame
from livedepth.outputs.recording import Recording
from livedepth.pipeline import Limit, Pipeline
from livedepth.settings import Settings, SettingsHolder
from livedepth.stats import Stats
from livedepth.warming import warm

SIZE = (1280, 720)
"""(width, height) in pixels."""

_RATE = 30.0


def render_clip(folder: Path, frames: int, size: tuple[int, int] = SIZE) -> Path:
    """Record the first ``frames`` frames of the synthetic scene as H.264; return the file."""
    scene = SyntheticScene(*size)
    path = folder / "clip.mp4"
    with closing(Recording(path, size, _RATE, quality=20)) as recording:
        for index in range(frames):
            moment = index / _RATE
            recording.write(Frame(scene.render_image(moment), index, moment, moment))
    return path


def play(
    clip: Path,
    frames: int,
    progress: Callable[[int], None] | None = None,
    **settings: object,
) -> Stats:
    """Play ``clip`` over and over to nowhere, with warm kernels, until ``frames`` were sent.

    progress: called after each frame with the number sent. settings: any setting by name.
    """
    chosen = Settings(source=str(clip), output=("null",), loop=True).updated(settings)
    warm(silent)
    with open_source(chosen) as source, closing(load_model(chosen.model, chosen.engine)) as model:
        pipeline = Pipeline(source, model, SettingsHolder(chosen), silent)
        pipeline.run(Limit(frames=frames), progress)
    return pipeline.stats
