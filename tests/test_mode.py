from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livedepth.mode import ModeChooser

INTERVAL = 1 / 30


def measured(chooser: ModeChooser, estimate: float, rest: float, times: int = 30) -> str:
    for _ in range(times):
        chooser.estimated(estimate)
        chooser.composed(rest)
        chooser.choose()
    return chooser.mode


def test_paired_while_nothing_is_known() -> None:
    chooser = ModeChooser(INTERVAL)
    assert chooser.choose() == "paired"
    assert not chooser.decided
    assert measured(chooser, 1.0, 0.005, times=5) == "paired"


@pytest.mark.parametrize(
    ("estimate", "rest", "mode"),
    [
        (0.010, 0.005, "paired"),
        (0.200, 0.005, "latest"),
        (0.028, 0.005, "latest"),
        # Waiting for depth is not what makes this one slow.
        (0.010, 0.040, "paired"),
    ],
)
def test_the_choice_follows_the_times(estimate: float, rest: float, mode: str) -> None:
    assert measured(ModeChooser(INTERVAL), estimate, rest) == mode


def test_a_hiccup_turns_nothing() -> None:
    chooser = ModeChooser(INTERVAL)
    measured(chooser, 0.01, 0.005)
    measured(chooser, 0.5, 0.005, times=5)
    assert chooser.mode == "paired"


def test_between_the_thresholds_the_choice_stays() -> None:
    for start, first in ((0.2, "latest"), (0.005, "paired")):
        chooser = ModeChooser(INTERVAL)
        assert measured(chooser, start, 0.004, times=60) == first
        assert measured(chooser, 0.75 * INTERVAL - 0.004, 0.004, times=60) == first


def test_it_comes_back_when_depth_is_fast_again() -> None:
    chooser = ModeChooser(INTERVAL)
    measured(chooser, 0.2, 0.004)
    assert measured(chooser, 0.008, 0.004, times=60) == "paired"


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), max_size=80), st.floats(0.004, 1))
def test_any_times_give_a_mode(times: list[tuple[float, float]], interval: float) -> None:
    chooser = ModeChooser(interval)
    for estimate, rest in times:
        chooser.estimated(estimate)
        chooser.composed(rest)
        assert chooser.choose() in ("paired", "latest")
