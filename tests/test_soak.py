"""An hour of camera time, simulated: nothing grows, nothing drifts, and no clock ends the stream.

``python tools/soak.py`` runs the same at the full thirty frames a second.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from doubles import CollectingOutput, DiscModel, ScriptedSource, marker_picture, shows_marker

from livedepth import pipeline as pipeline_module
from livedepth.frame import Frame
from livedepth.outputs.recording import Recording
from livedepth.pipeline import Limit, Pipeline
from livedepth.processor import Processor
from livedepth.settings import Settings, SettingsHolder
from livedepth.stats import Stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from soak import recorded_times, simulated_time, soak

RATE = 1.0


@pytest.fixture(scope="module", autouse=True)
def kernels_at_hand() -> None:
    """Load every kernel first: a live source that runs for half a second waits for none."""
    for mode in ("paired", "latest"):
        settings = Settings(mode=mode, strength=1.0)
        processor = Processor(
            DiscModel(), settings, Stats(), print, conceal_failures=False, live=True
        )
        with closing(processor):
            for index in range(4):
                processor.process(Frame(marker_picture(), index, index / 30, index / 30), settings)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are in /proc")
def test_an_hour(tmp_path: Path) -> None:
    result = soak(60, RATE, tmp_path)
    assert result.frames == result.recorded == 3600
    assert result.backwards == 0
    assert abs(result.drift) < 1 / RATE / 10
    assert not result.failures
    assert result.late.files == result.early.files
    assert result.late.threads <= result.early.threads
    assert result.late.megabytes < 1.04 * result.early.megabytes + 4


class Leaping(ScriptedSource):
    """A live camera whose process's clock is moved before some of its frames.

    Its own timestamps follow the process's clock, as a camera's do. It waits until each frame has
    been sent, however slow the machine is.
    """

    def __init__(self, script: list[float], clock: object, sent: CollectingOutput) -> None:
        super().__init__([marker_picture() for _ in script], live=True)
        self._leaps = iter(script)
        self._clock = clock
        self._sent = sent
        self._given = 0
        self._first = clock.now  # type: ignore[attr-defined]

    def read(self) -> Frame | None:
        leap = next(self._leaps, None)
        if leap is None:
            return None
        for _ in range(500):
            if len(self._sent.frames) >= self._given:
                break
            self._interrupted.wait(0.01)
        self._given += 1
        self._clock.now += leap  # type: ignore[attr-defined]
        frame = super().read()
        if frame is None:
            return None
        now = self._clock.now  # type: ignore[attr-defined]
        return Frame(frame.image, frame.index, now, now - self._first)


INTERVAL = 1 / 30


@pytest.fixture
def stepping_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sets the wall clock back by a minute at every look."""
    readings: Iterator[float] = (1.8e9 - 60 * look for look in itertools.count())
    monkeypatch.setattr(time, "time", lambda: next(readings))


@pytest.mark.usefixtures("stepping_wall_clock")
@pytest.mark.parametrize("mode", ["auto", "paired", "latest"])
@pytest.mark.parametrize("leap", [3600.0, 1e6, -3600.0])
def test_a_clock_that_jumps_ends_in_a_live_stream(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, leap: float, mode: str
) -> None:
    """A machine that slept for an hour, or longer; and a clock that goes back, as none should."""
    clip = tmp_path / "clip.mkv"
    collector = CollectingOutput()
    recording = Recording(clip, (160, 90), 30.0, 40)
    outputs = {"null": collector, "clip.mkv": recording}
    monkeypatch.setattr(pipeline_module, "open_output", lambda spec, context: outputs[spec])
    said: list[str] = []
    with simulated_time() as clock:
        steps = [INTERVAL] * 6 + [leap] + [INTERVAL] * 12
        source = Leaping(steps, clock, collector)
        settings = Settings(output=tuple(outputs), mode=mode, strength=1.0)
        pipeline = Pipeline(source, DiscModel(), SettingsHolder(settings), said.append)
        pipeline.run(Limit(frames=200))
    pictures = [frame.image for frame in collector.frames]
    assert len(pictures) >= 8
    assert not any(shows_marker(picture) for picture in pictures)
    # The subject is sharp again, not concealed or behind a placeholder.
    assert np.ptp(pictures[-1][40:50, 70:90].astype(int)) > 150, said
    times = recorded_times(clip)
    assert len(times) == len(pictures)
    assert all(later > earlier for earlier, later in itertools.pairwise(times))
