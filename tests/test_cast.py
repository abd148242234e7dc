"""Scenes of people as a network sees them: who is in focus, and who is left out of the matte."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from livedepth.stabiliser.cast import Cast
from livedepth.stabiliser.subject import NOBODY, Subject

ROWS, COLUMNS, RATE = 96, 160, 30
Figure = tuple[float, float, float, float, float]
SPEAKER: Figure = (60, 30, 40, 66, 0.85)


@dataclass(frozen=True)
class Moment:
    subject: Subject
    matte: np.ndarray

    def shows(self, figure: Figure) -> float:
        """Mean matte inside a figure, away from its edges."""
        left, top, width, height, _ = (int(value) for value in figure)
        inside = self.matte[top + 3 : top + height - 3, max(left + 3, 0) : left + width - 3]
        return float(inside.mean()) if inside.size else float("nan")


def maps(figures: Iterable[Figure], noise: int) -> tuple[np.ndarray, np.ndarray]:
    disparity = np.full((ROWS, COLUMNS), 0.1, np.float32)
    matte = np.zeros((ROWS, COLUMNS), np.float32)
    for left, top, width, height, near in sorted(figures, key=lambda figure: figure[4]):
        low = max(int(left), 0)
        place = np.s_[int(top) : int(top + height), low : max(int(left + width), low)]
        disparity[place], matte[place] = near, 1.0
    disparity += np.random.default_rng(noise).normal(0, 0.005, disparity.shape).astype(np.float32)
    return np.asarray(cv2.blur(disparity, (3, 3))), np.asarray(cv2.blur(matte, (3, 3)))


def play(seconds: float, scene: Callable[[float], list[Figure]], rate: int = RATE) -> list[Moment]:
    cast = Cast()
    moments = []
    for index in range(round(seconds * rate)):
        disparity, matte = maps(scene(index / rate), index)
        moments.append(Moment(*cast.update(disparity, matte, 1 / rate)))
    return moments


def walker(time: float, depth: float = 0.4, width: float = 16, height: float = 40) -> Figure:
    """Crosses the picture in three seconds from the first second on."""
    return (-20 + (time - 1.0) * 60, 40, width, height, depth)


def test_the_subject_is_the_speaker_from_the_first_map() -> None:
    moment = play(0.05, lambda time: [SPEAKER])[0]
    assert moment.subject.focus == pytest.approx(0.85, abs=0.01)
    assert moment.shows(SPEAKER) == pytest.approx(1.0)


def test_an_empty_room_has_nobody() -> None:
    assert play(0.05, lambda time: [])[0].subject == NOBODY


@pytest.mark.parametrize("rate", [15, 30, 60])
def test_who_passes_behind_is_left_out_and_pulls_no_focus(rate: int) -> None:
    moments = play(4.5, lambda time: [SPEAKER, walker(time)], rate)
    for index, moment in enumerate(moments):
        time = index / rate
        assert moment.subject.focus == pytest.approx(0.85, abs=0.02)
        assert moment.subject.focus - moment.subject.band > 0.5
        assert moment.shows(SPEAKER) > 0.99
        left = walker(time)[0]
        if 4 < left < 40 or 104 < left < 140:
            assert moment.shows(walker(time)) < 0.02


def test_who_passes_at_the_models_same_depth_fades_and_does_not_pop() -> None:
    def passer(time: float) -> Figure:
        return walker(time, 0.82, width=22)

    moments = play(4.5, lambda time: [SPEAKER, passer(time)])
    assert all(moment.shows(SPEAKER) > 0.99 for moment in moments)
    assert all(abs(moment.subject.focus - 0.85) < 0.02 for moment in moments)
    seen = [moment.shows(passer(index / RATE)) for index, moment in enumerate(moments)]
    # Seen whole from 1.4 s on, and again from 3.1 s on, where it comes out behind the speaker.
    assert seen[round(1.9 * RATE)] < 0.3
    assert seen[round(3.85 * RATE)] < 0.35


def test_a_passer_by_before_the_speaker_pulls_no_focus() -> None:
    def scene(time: float) -> list[Figure]:
        near = (-60 + (time - 1.0) * 150, 10, 50, 86, 1.0)
        return [SPEAKER, near]

    moments = play(4, scene)
    assert all(abs(moment.subject.focus - 0.85) < 0.16 for moment in moments)
    assert moments[-1].subject.focus == pytest.approx(0.85, abs=0.02)


def test_two_side_by_side_are_both_sharp() -> None:
    friend: Figure = (110, 30, 40, 66, 0.75)
    for seconds in (0.05, 3.0):
        moment = play(seconds, lambda time: [SPEAKER, friend])[-1]
        subject = moment.subject
        assert subject.focus - subject.band < 0.76 < 0.84 < subject.focus + subject.band
        assert min(moment.shows(SPEAKER), moment.shows(friend)) > 0.99


def test_who_sits_down_beside_the_speaker_becomes_company() -> None:
    def scene(time: float) -> list[Figure]:
        left = max(160 - max(time - 1.0, 0.0) * 60, 112)
        return [SPEAKER, (left, 32, 36, 64, 0.74)]

    moments = play(5, scene)
    friend = scene(5)[1]
    assert moments[-1].shows(friend) > 0.99
    assert moments[-1].subject.focus - moments[-1].subject.band < 0.75


def test_a_second_person_far_behind_is_not_included() -> None:
    far: Figure = (125, 40, 18, 40, 0.4)
    for seconds in (0.05, 4.0):
        moment = play(seconds, lambda time: [SPEAKER, far])[-1]
        assert moment.shows(far) < 0.02
        assert moment.subject.focus - moment.subject.band > 0.5


def test_hands_near_the_lens_are_covered_and_never_cut() -> None:
    def scene(time: float) -> list[Figure]:
        hand: Figure = (66, 45 + 10 * np.sin(time * 9), 14, 20, 0.98)
        return [SPEAKER, hand] if time > 0.7 else [SPEAKER]

    for index, moment in enumerate(play(3, scene)):
        assert moment.shows(SPEAKER) > 0.99
        if index > 0.8 * RATE:
            assert moment.subject.focus + moment.subject.band > 0.95
            assert moment.subject.focus == pytest.approx(0.85, abs=0.08)


@pytest.mark.parametrize("depth", [0.84, 0.6])
def test_a_waving_hand_that_comes_loose_is_never_cut(depth: float) -> None:
    def hand(time: float) -> Figure:
        return (112 + 12 * np.sin(time * 6), 40, 16, 24, depth)

    def scene(time: float) -> list[Figure]:
        arm: Figure = (98, 62, 26, 12, 0.85)
        there = [SPEAKER, hand(time)] if time > 0.5 else [SPEAKER]
        return [*there, arm] if int(time * 2) % 2 else there

    for index, moment in enumerate(play(4, scene)):
        if index > 0.5 * RATE:
            assert moment.shows(hand(index / RATE)) > 0.99


def test_a_head_that_comes_loose_from_its_body_stays() -> None:
    def scene(time: float) -> list[Figure]:
        body: Figure = (55, 60, 50, 36, 0.85)
        head: Figure = (68, 24, 24, 36 if int(time * 5) % 2 else 32, 0.83)
        return [body, head]

    for moment in play(3, scene):
        assert moment.shows((68, 24, 24, 32, 0)) > 0.99
        assert moment.shows((55, 60, 50, 36, 0)) > 0.99


def test_a_matte_that_drops_out_briefly_changes_nothing() -> None:
    moments = play(3, lambda time: [] if 1.0 < time < 1.6 else [SPEAKER])
    assert all(moment.subject.focus == pytest.approx(0.85, abs=0.02) for moment in moments)


def test_when_the_speaker_leaves_focus_moves_on_after_a_delay() -> None:
    other: Figure = (100, 40, 24, 50, 0.45)
    moments = play(5, lambda time: [SPEAKER, other] if time < 2 else [other])
    assert moments[round(2.5 * RATE)].subject.focus == pytest.approx(0.85, abs=0.02)
    assert moments[round(3.3 * RATE)].subject.focus == pytest.approx(0.45, abs=0.03)
    shown = [moment.shows(other) for moment in moments]
    assert shown[round(1.9 * RATE)] < 0.02
    assert shown[-1] > 0.99
    assert max(abs(a - b) for a, b in itertools.pairwise(shown)) < 0.15


def test_a_speaker_who_comes_after_a_smaller_person_takes_over() -> None:
    other: Figure = (20, 44, 20, 44, 0.5)
    moments = play(6, lambda time: [other, SPEAKER] if time > 1 else [other])
    assert moments[round(0.9 * RATE)].subject.focus == pytest.approx(0.5, abs=0.03)
    assert moments[round(2.5 * RATE)].shows(SPEAKER) > 0.99
    assert moments[-1].subject.focus == pytest.approx(0.85, abs=0.02)


def test_the_speaker_who_leaves_and_returns_is_the_subject_again() -> None:
    moments = play(6, lambda time: [] if 2 < time < 4 else [SPEAKER])
    assert moments[round(3.5 * RATE)].subject == NOBODY
    assert moments[round(4.1 * RATE)].subject.focus == pytest.approx(0.85, abs=0.02)
    assert moments[-1].shows(SPEAKER) > 0.99


def test_another_map_size_starts_afresh() -> None:
    cast = Cast()
    cast.update(*maps([SPEAKER], 0), 0.0)
    small = np.full((30, 40), 0.6, np.float32)
    subject, matte = cast.update(small, np.ones_like(small), 1 / 30)
    assert subject.focus == pytest.approx(0.6)
    assert matte.shape == (30, 40)
