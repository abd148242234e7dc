"""Rotations are rotations, and point where they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.capture.scene.rotations import rotation_along, turn_x, turn_y, turn_z

POINT = st.tuples(*[st.floats(-3.0, 3.0)] * 3)


@pytest.mark.parametrize("turn", [turn_x, turn_y, turn_z])
def test_a_turn_is_a_rotation_and_a_quarter_maps_axis_to_axis(turn) -> None:
    rotation = turn(0.7)
    assert np.allclose(rotation @ rotation.T, np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    axis = (turn_x, turn_y, turn_z).index(turn)
    before, after = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
    assert np.allclose(turn(math.pi / 2) @ before, after)


@settings(max_examples=40, deadline=None)
@given(start=POINT, end=POINT)
def test_an_axis_leads_from_start_to_end(start: tuple, end: tuple) -> None:
    if math.dist(start, end) < 1e-3:
        return
    rotation, length = rotation_along(start, end)
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert np.allclose(np.array(start) + rotation @ (0.0, length, 0.0), end, atol=1e-9)
