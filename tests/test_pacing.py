"""Playing at the recorded pace, against a clock of our own."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from livedepth.capture import pacing


class Clock(threading.Event):
    """Time that passes only while somebody waits or works."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pacing, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


def test_frames_wait_until_they_are_due(clock: Clock) -> None:
    pacer = pacing.Pacer(0.1, clock)
    for timestamp in (0.0, 0.1, 0.15, 2.0):
        assert pacer.on_time(timestamp)
        assert clock.now == pytest.approx(100 + timestamp)


def test_late_frames_are_dropped_until_the_stream_has_caught_up(clock: Clock) -> None:
    pacer = pacing.Pacer(0.04, clock)
    assert pacer.on_time(0.0)
    clock.now += 0.2
    assert [pacer.on_time(n * 0.04) for n in range(1, 7)] == [False] * 3 + [True] * 3
    assert clock.now == pytest.approx(100.24)


def test_a_decoder_that_is_always_late_still_shows_something(clock: Clock) -> None:
    pacer = pacing.Pacer(0.01, clock)
    shown = 0  # in the 5 s that these 100 frames take
    for n in range(100):
        clock.now += 0.05
        shown += pacer.on_time(n * 0.01)
    assert 15 <= shown <= 40


def test_the_clock_starts_again_after_a_long_pause(clock: Clock) -> None:
    pacer = pacing.Pacer(0.1, clock)
    assert pacer.on_time(0.0)
    clock.now += 60
    assert [pacer.on_time(timestamp) for timestamp in (0.1, 0.2, 0.3)] == [True] * 3
    assert clock.now == pytest.approx(160.2)
