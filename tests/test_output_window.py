"""Where a picture lies in a window, and what its keys are called."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.outputs.window import ESCAPE, Place, fit, key_name

SIDES = st.integers(1, 4000)


@given(SIDES, SIDES, SIDES, SIDES)
@settings(max_examples=200, deadline=None)
def test_a_picture_fills_the_window_in_one_direction(
    width: int, height: int, across: int, down: int
) -> None:
    place = fit((width, height), (across, down))
    assert place.width == across or place.height == down
    assert 1 <= place.width <= across
    assert 1 <= place.height <= down
    assert 0 <= across - place.width - 2 * place.left <= 1
    assert 0 <= down - place.height - 2 * place.top <= 1
    scale = min(across / width, down / height)
    assert abs(place.width - max(1, width * scale)) <= 0.5
    assert abs(place.height - max(1, height * scale)) <= 0.5


def test_pixels_are_placed_by_their_middle() -> None:
    place = Place(left=10, top=20, width=100, height=50)
    assert place.position(10, 20) == (0.005, 0.01)
    assert place.position(59, 44) == (0.495, 0.49)
    assert place.position(109, 69) == (0.995, 0.99)


@pytest.mark.parametrize("point", [(9, 30), (110, 30), (50, 19), (50, 70)])
def test_the_bars_are_beside_the_picture(point: tuple[int, int]) -> None:
    assert Place(left=10, top=20, width=100, height=50).position(*point) is None


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (-1, ""),
        (ord("q"), "q"),
        (ord("Q"), "q"),
        (ord("["), "["),
        (0x100000 | ord("m"), "m"),
        (27, ESCAPE),
        (0xFF1B, ESCAPE),
        (0xFF51, ""),
        (0xFFE1, ""),
        (0xFFC2, ""),
        (0xFF, ""),
        (13, ""),
        (0, ""),
    ],
)
def test_keys(code: int, name: str) -> None:
    assert key_name(code) == name
