from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.stabiliser.people import find_people, nearest_label


def maps(*figures: tuple[int, int, int, int, float]) -> tuple[np.ndarray, np.ndarray]:
    """Figures (left, top, width, height, disparity), farthest first, with soft edges."""
    disparity, matte = np.full((60, 80), 0.1, np.float32), np.zeros((60, 80), np.float32)
    for left, top, width, height, near in figures:
        place = np.s_[top : top + height, left : left + width]
        disparity[place], matte[place] = near, 1.0
    return np.asarray(cv2.blur(disparity, (3, 3))), matte


def test_one_person_is_measured() -> None:
    labels, people = find_people(*maps((30, 20, 20, 40, 0.8)))
    assert len(people) == 1
    person = people[0]
    assert person.area == pytest.approx(800 / 4800)
    assert person.disparity == pytest.approx(0.8, abs=0.01)
    assert (person.low, person.high) == (pytest.approx(0.8, abs=0.1), pytest.approx(0.8, abs=0.01))
    assert (person.x, person.y) == (pytest.approx(0.5, abs=0.02), pytest.approx(2 / 3, abs=0.03))
    assert (labels == 1).all()


def test_two_apart_are_two_and_so_is_one_behind_the_other() -> None:
    _, apart = find_people(*maps((5, 20, 20, 40, 0.8), (50, 20, 20, 40, 0.8)))
    labels, behind = find_people(*maps((40, 15, 20, 30, 0.4), (25, 20, 22, 40, 0.9)))
    assert len(apart) == 2
    assert sorted(round(person.disparity, 1) for person in behind) == [0.4, 0.9]
    assert labels[40, 30] != labels[20, 55]


def test_a_large_near_central_person_weighs_most() -> None:
    _, people = find_people(*maps((2, 20, 12, 30, 0.4), (30, 10, 24, 50, 0.9)))
    weights = {round(person.disparity, 1): person.weight for person in people}
    assert weights[0.9] > 2 * weights[0.4]


@pytest.mark.parametrize("figures", [(), ((10, 10, 3, 3, 0.9),)], ids=["nobody", "a speck"])
def test_an_empty_matte_has_nobody(figures: tuple[tuple[int, int, int, int, float], ...]) -> None:
    labels, people = find_people(*maps(*figures))
    assert people == []
    assert not labels.any()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 23), st.integers(1, 31), st.integers(0, 2**32 - 1))
def test_every_pixel_takes_the_nearest_label(rows: int, columns: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    chosen = generator.random((rows, columns)) < 0.1
    chosen[generator.integers(rows), generator.integers(columns)] = True
    labels = np.where(chosen, generator.integers(1, 4, (rows, columns)), 0).astype(np.int32)
    found = nearest_label(labels)
    y, x = np.mgrid[0:rows, 0:columns]
    away = {
        number: np.min([np.hypot(y - j, x - i) for j, i in np.argwhere(labels == number)], axis=0)
        for number in np.unique(labels[chosen])
    }
    nearest = np.min(list(away.values()), axis=0)
    for number, distance in away.items():
        # OpenCV's distance over a 3x3 mask is off by a few percent.
        assert (distance <= 1.1 * nearest + 0.1)[found == number].all()
    np.testing.assert_array_equal(found[chosen], labels[chosen])
