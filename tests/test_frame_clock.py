"""Times of a live device: the driver's where they can be true, and never back."""

from __future__ import annotations

import numpy as np
import pytest

from livedepth.capture import frame_clock
from livedepth.capture.frame_clock import FrameClock

IMAGE = np.zeros((2, 2, 3), np.uint8)


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(frame_clock, "time", clock)
    return clock


def test_the_time_of_the_driver_counts(clock: Clock) -> None:
    frames = FrameClock()
    first = frames.frame(IMAGE, 99.9)
    clock.now = 100.1
    second = frames.frame(IMAGE, 99.95)
    assert [first.captured_at, second.captured_at] == [99.9, 99.95]
    assert [first.timestamp, second.timestamp] == pytest.approx([0, 0.05])
    assert [first.index, second.index] == [0, 1]


@pytest.mark.parametrize("told", [None, 101.0, 94.0, 0.0])
def test_a_time_that_cannot_be_true_does_not(clock: Clock, told: float | None) -> None:
    assert FrameClock().frame(IMAGE, told).captured_at == 100.0


@pytest.mark.parametrize("jump", [0.0, -3600.0, 3600.0])
def test_no_jump_of_the_clock_sends_times_back(clock: Clock, jump: float) -> None:
    frames = FrameClock()
    before = frames.frame(IMAGE, 100.0)
    clock.now += jump
    later = [frames.frame(IMAGE, told) for told in (100.01, None, clock.now)]
    times = [before.captured_at, *(frame.captured_at for frame in later)]
    assert times == sorted(times)
    stamps = [frame.timestamp for frame in later]
    assert stamps == sorted(stamps)
    assert stamps[0] >= 0
