from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livedepth.distance import FARTHEST, NEAREST, Distance, parse_distance


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("1.2 m", 1.2),
        ("80cm", 0.8),
        (" 350 mm ", 0.35),
        (".5m", 0.5),
        ("3. m", 3.0),
        ("07 cm", 0.07),
    ],
)
def test_a_number_with_a_unit_is_a_distance(text: str, metres: float) -> None:
    assert parse_distance(text) == Distance(metres)


@pytest.mark.parametrize(
    "text", ["", "m", "1.2", "1,2 m", "-1 m", "1e2 m", "1 km", "1 M", "1 m 20", "nan m", "٣ m"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_distance(text) is None


@given(st.floats(NEAREST, FARTHEST))
def test_its_text_is_read_as_the_same_distance(metres: float) -> None:
    again = parse_distance(str(Distance(metres)))
    assert again is not None
    assert again.metres == pytest.approx(metres, rel=1e-5)
