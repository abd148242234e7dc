from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livedepth.errors import LivedepthError
from livedepth.frame import MetricScale, image_fault


@pytest.mark.parametrize("shape", [(1, 1, 3), (17, 31, 3)])
def test_a_picture_has_no_fault(shape: tuple[int, ...]) -> None:
    assert image_fault(np.zeros(shape, np.uint8)) == ""


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((4, 4), np.uint8), ((4, 4, 4), np.uint8), ((0, 4, 3), np.uint8), ((4, 4, 3), np.float32)],
)
def test_what_is_no_picture_is_described(shape: tuple[int, ...], dtype: type) -> None:
    fault = image_fault(np.zeros(shape, dtype))
    assert fault == f"must be uint8 (height, width, 3); got {np.dtype(dtype)} {shape}"


SCALES = st.builds(MetricScale, st.floats(1e-3, 1e3), st.floats(-2, 2))


@given(SCALES, st.floats(0.05, 1000))
def test_metres_come_back_from_their_disparity(metric: MetricScale, metres: float) -> None:
    disparity = metric.disparity_of(metres)
    # The sum keeps so many of the reciprocal's figures.
    kept = 1e-14 * (1.0 + abs(metric.shift) * metres / metric.scale)
    assert metric.metres_of(disparity) == pytest.approx(metres, rel=4 * kept)


@given(SCALES, st.floats(-1, 2))
def test_a_disparity_comes_back_unless_it_is_beyond_infinity(
    metric: MetricScale, disparity: float
) -> None:
    metres = metric.metres_of(disparity)
    if disparity <= metric.shift:
        assert metres == np.inf
        assert metric.disparity_of(metres) == metric.shift
    else:
        assert metric.disparity_of(metres) == pytest.approx(disparity, rel=1e-9, abs=1e-12)


def test_nearer_is_more_disparity() -> None:
    metric = MetricScale(0.7, -0.2)
    disparities = [metric.disparity_of(metres) for metres in (0.6, 1.0, 3.0, 100.0)]
    assert disparities == sorted(disparities, reverse=True)


def test_a_map_is_told_in_metres_as_its_single_values_are() -> None:
    metric = MetricScale(0.7, 0.1)
    disparity = np.array([[0.0, 0.1, 0.11], [0.4, 0.8, 1.0]], np.float32)
    metres = metric.metres_of(disparity)
    assert metres.dtype == np.float32
    expected = [[metric.metres_of(float(value)) for value in row] for row in disparity]
    np.testing.assert_allclose(metres[:, 2], [row[2] for row in expected], rtol=1e-4)
    np.testing.assert_allclose(metres[1], expected[1], rtol=1e-5)
    assert metres[0, 0] == np.inf


@pytest.mark.parametrize(
    ("scale", "shift"), [(0.0, 0.0), (-1.0, 0.0), (np.nan, 0.0), (np.inf, 0.0), (1.0, np.nan)]
)
def test_a_scale_that_is_none_is_refused(scale: float, shift: float) -> None:
    with pytest.raises(LivedepthError, match="a metric scale takes a finite scale above 0"):
        MetricScale(scale, shift)
