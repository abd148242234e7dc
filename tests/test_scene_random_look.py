"""The seed decides everything, and the number of people unless that is given."""

from __future__ import annotations

import pytest

from livedepth.capture.scene.hand_made import HAND_MADE
from livedepth.capture.scene.random_look import MOST_PEOPLE, choose_look


def test_seed_zero_is_the_hand_made_scene() -> None:
    assert choose_look(0, None) is HAND_MADE
    assert choose_look(0, 1) is HAND_MADE
    assert choose_look(0, 3).room is HAND_MADE.room


@pytest.mark.parametrize("seed", [1, 2, 19])
def test_a_seed_gives_one_look(seed: int) -> None:
    assert choose_look(seed, None) == choose_look(seed, None)
    assert choose_look(seed, None) != choose_look(seed + 1, None)


@pytest.mark.parametrize("people", range(MOST_PEOPLE + 1))
def test_as_many_people_as_asked_for_in_the_same_room(people: int) -> None:
    look = choose_look(4, people)
    assert len(look.people) == people
    assert look.room == choose_look(4, None).room


def test_unless_asked_the_seed_draws_none_to_three_people() -> None:
    counts = {len(choose_look(seed, None).people) for seed in range(1, 25)}
    assert counts == {0, 1, 2, 3}
