from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.stabiliser.subject import (
    NOBODY,
    ChosenFocus,
    Pull,
    Subject,
    SubjectTracker,
    covering,
)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1), st.lists(st.floats(0, 1), min_size=1, max_size=4), st.floats(0.01, 0.1))
def test_a_pull_never_overshoots(start: float, targets: list[float], elapsed: float) -> None:
    pull = Pull(start)
    for target in targets:
        side = np.sign(target - pull.value)
        for _ in range(12):
            value = pull.update(target, elapsed)
            assert (target - value) * side >= -1e-9


def test_a_pull_is_smooth_and_done_in_half_a_second() -> None:
    pull = Pull(0.0)
    values = [0.0] + [pull.update(1.0, 1 / 60) for _ in range(30)]
    steps = np.diff(values)
    assert values[12] > 0.6
    assert values[-1] > 0.98
    assert steps[0] < 0.3 * steps.max()
    assert 0 < steps.argmax() < 12


def test_a_pull_is_the_same_at_every_frame_rate() -> None:
    slow, fast = Pull(0.2), Pull(0.2)
    once = slow.update(0.8, 0.2)
    for _ in range(10):
        often = fast.update(0.8, 0.02)
    assert once == pytest.approx(often, rel=1e-9)


def test_the_band_reaches_the_farther_end_and_stays_in_bounds() -> None:
    assert covering(0.7, 0.6, 0.9) == Subject(0.7, pytest.approx(0.2))
    assert covering(0.7, 0.7, 0.7).band == 0.06
    assert covering(0.5, 0.0, 1.0).band == 0.35


def test_the_first_subject_is_taken_at_once_and_the_next_is_pulled() -> None:
    tracker = SubjectTracker()
    assert tracker.update(Subject(0.2, 0.1), 0.0) == Subject(0.2, 0.1)
    moved = tracker.update(Subject(0.8, 0.1), 1 / 30)
    assert 0.2 < moved.focus < 0.3
    for _ in range(30):
        moved = tracker.update(Subject(0.8, 0.1), 1 / 30)
    assert moved.focus == pytest.approx(0.8, abs=1e-3)
    tracker.reset()
    assert tracker.update(Subject(0.9, 0.2), 0.01) == Subject(0.9, 0.2)


def test_when_the_subject_leaves_the_sharp_band_closes_where_it_is() -> None:
    tracker = SubjectTracker()
    tracker.update(Subject(0.4, 0.2), 0.0)
    held = [tracker.update(NOBODY, 1 / 30) for _ in range(60)]
    open_ones = [subject for subject in held if subject != NOBODY]
    assert all(subject.focus == 0.4 and subject.band <= 0.2 for subject in open_ones)
    assert held[-1] == NOBODY
    back = tracker.update(Subject(0.7, 0.2), 1 / 30)
    assert back.focus == 0.7
    assert 0.0 < back.band < 0.2


def test_a_chosen_focus_is_eased_to_and_back_without_a_jump() -> None:
    chosen = ChosenFocus()
    assert chosen.update(None, 0.8, 1 / 30) is None
    values = [0.8]
    for target in [0.2] * 30 + [None] * 40:
        value = chosen.update(target, 0.8, 1 / 30)
        values.append(0.8 if value is None else value)
    assert min(values) == pytest.approx(0.2, abs=1e-3)
    assert max(abs(a - b) for a, b in itertools.pairwise(values)) < 0.1
    assert value is None
