"""When a camera that still delivers is given up."""

from __future__ import annotations

import pytest

from livedepth.capture.starvation import Starvation


def verdicts(rate: float, waits: list[float]) -> list[float | None]:
    starvation = Starvation(rate)
    return [starvation.waited(wait) for wait in waits]


def test_a_tenth_of_the_rate_starves_within_about_a_second() -> None:
    found = verdicts(30, [0.033] * 10 + [0.5, 0.5])
    assert found[:-1] == [None] * 11
    assert found[-1] == pytest.approx(3 / 1.033, rel=0.01)
    assert verdicts(60, [0.4, 0.4, 0.4])[-1] is not None


def test_a_dark_room_does_not_starve_a_camera() -> None:
    assert verdicts(30, [1 / 5] * 20) == [None] * 20


def test_slow_cameras_are_judged_by_their_own_rate() -> None:
    assert verdicts(5, [0.5] * 20) == [None] * 20
    assert verdicts(5, [3.0] * 3)[-1] is not None


def test_one_gap_is_forgiven_however_long() -> None:
    assert verdicts(30, [0.033, 3600, 0.033, 0.033]) == [None] * 4
    assert verdicts(30, [0.001, 0.9, 0.033, 0.033]) == [None] * 4


def test_the_rate_that_is_told_is_the_true_one() -> None:
    assert verdicts(30, [0.7, 0.7, 0.7])[-1] == pytest.approx(1 / 0.7)
