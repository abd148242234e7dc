"""The 1280x720 clip that the benchmarks play."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from livedepth.capture.synthetic import SyntheticScene
from livedepth.frame import Frame
from livedepth.outputs.recording import Recording

SIZE = (1280, 720)
"""(width, height) in pixels."""

_RATE = 30.0


def render_clip(folder: Path, frames: int) -> Path:
    """Record the first ``frames`` frames of the synthetic scene as H.264; return the file."""
    scene = SyntheticScene(*SIZE)
    path = folder / "clip.mp4"
    with closing(Recording(path, SIZE, _RATE, quality=20)) as recording:
        for index in range(frames):
            moment = index / _RATE
            recording.write(Frame(scene.render_image(moment), index, moment, moment))
    return path
