"""Bones keep their lengths, whatever people do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.capture.scene.assembly import assemble
from livedepth.capture.scene.parts import BONES, FORE_LENGTH, FOREARM, HAND, UPPER_ARM, UPPER_LENGTH
from livedepth.capture.scene.pose import gaze, skeleton
from livedepth.capture.scene.random_look import choose_look

PEOPLE = assemble(choose_look(3, 2)).people


@settings(max_examples=40, deadline=None)
@given(time=st.floats(0.0, 60.0))
def test_arms_hang_together_and_turn_rigidly(time: float) -> None:
    rotations, places = skeleton(PEOPLE, time)
    assert len(rotations) == len(places) == 1 + BONES * len(PEOPLE)
    assert np.allclose(rotations @ rotations.transpose(0, 2, 1), np.eye(3), atol=1e-9)
    for person in PEOPLE:
        for side in (0, 1):
            upper, fore, hand = (
                places[person.first_bone + bone + side] for bone in (UPPER_ARM, FOREARM, HAND)
            )
            assert math.dist(upper, fore) == pytest.approx(UPPER_LENGTH, abs=1e-6)
            assert math.dist(fore, hand) == pytest.approx(FORE_LENGTH, abs=1e-6)
        assert all(abs(angle) <= 0.62 for angle in gaze(person, time))
