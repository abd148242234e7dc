from __future__ import annotations

import math

import numpy as np
import pytest

from livedepth.stabiliser.subject import (
    NOBODY,
    Subject,
    SubjectTracker,
    find_subject,
    matte_from_disparity,
)


def person_in_room() -> tuple[np.ndarray, np.ndarray]:
    disparity = np.full((60, 80), 0.2, np.float32)
    matte = np.zeros((60, 80), np.float32)
    disparity[20:, 30:50] = 0.7
    disparity[40:, 45:50] = 0.85
    matte[20:, 30:50] = 1.0
    return disparity, matte


def test_focus_lies_on_the_subject_and_the_band_covers_it() -> None:
    subject = find_subject(*person_in_room())
    assert subject.focus == pytest.approx(0.7)
    assert subject.focus + subject.band >= 0.85 - 1e-6
    assert subject.focus - subject.band > 0.2


def test_an_empty_room_has_no_subject_and_nothing_stays_sharp() -> None:
    disparity, matte = person_in_room()
    assert find_subject(disparity, np.zeros_like(matte)) == NOBODY
    assert NOBODY.band == 0.0


def test_without_a_matte_the_nearer_class_is_the_subject() -> None:
    disparity, matte = person_in_room()
    derived = matte_from_disparity(disparity)
    assert derived.dtype == np.float32
    np.testing.assert_array_equal(derived > 0.5, matte > 0.5)


def test_focus_is_pulled_and_does_not_jump() -> None:
    tracker = SubjectTracker(time_constant=0.3)
    assert tracker.update(Subject(0.2, 0.1), 0.0) == Subject(0.2, 0.1)
    moved = tracker.update(Subject(0.8, 0.1), 0.3)
    assert moved.focus == pytest.approx(0.2 + 0.6 * (1 - math.exp(-1)))
    for _ in range(50):
        moved = tracker.update(Subject(0.8, 0.1), 0.1)
    assert moved.focus == pytest.approx(0.8, abs=1e-3)


def test_when_the_subject_leaves_the_sharp_band_closes_where_it_is() -> None:
    tracker = SubjectTracker()
    tracker.update(Subject(0.4, 0.2), 0.0)
    sharp = []
    for _ in range(60):
        held = tracker.update(NOBODY, 1 / 30)
        sharp.append((held.focus - held.band, held.focus + held.band))
    assert all(low >= 0.2 and high <= 0.6 for low, high in sharp if (low, high) != (1.0, 1.0))
    assert sharp[-1] == (1.0, 1.0)
    back = tracker.update(Subject(0.7, 0.2), 1 / 30)
    assert back.focus == 0.7
    assert 0.0 < back.band < 0.2


def test_the_pull_depends_on_seconds_and_not_on_frames() -> None:
    slow, fast = SubjectTracker(), SubjectTracker()
    for tracker in (slow, fast):
        tracker.update(Subject(0.0, 0.1), 0.0)
    once = slow.update(Subject(1.0, 0.1), 0.4)
    for _ in range(8):
        often = fast.update(Subject(1.0, 0.1), 0.05)
    assert once.focus == pytest.approx(often.focus, rel=1e-6)


def test_after_a_reset_the_next_subject_is_taken_at_once() -> None:
    tracker = SubjectTracker()
    tracker.update(Subject(0.1, 0.1), 0.0)
    tracker.reset()
    assert tracker.update(Subject(0.9, 0.2), 0.01) == Subject(0.9, 0.2)
