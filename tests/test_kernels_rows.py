"""Row arithmetic against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.compositor.kernels import rows


def some(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize("width", [1, 3, 17, 100])
def test_each_row_operation_is_what_its_docstring_says(width: int) -> None:
    a, b, c, d, e, f = some(1, 6, width)
    out = np.zeros(width, np.float32)
    rows.copy(out, a)
    np.testing.assert_array_equal(out, a)
    rows.clear(out)
    assert not out.any()
    rows.interpolate(out, a, b, np.float32(0.25))
    np.testing.assert_allclose(out, a + 0.25 * (b - a), rtol=1e-5)
    rows.cross(out, a, b, c, d)
    np.testing.assert_allclose(out, a * b - c * d, atol=1e-6)
    rows.dot(out, a, b, c, d, e, f)
    np.testing.assert_allclose(out, a * b + c * d + e * f, rtol=1e-5)
    rows.add_scaled(out, a, np.float32(-2))
    np.testing.assert_allclose(out, a * b + c * d + e * f - 2 * a, atol=1e-5)
    rows.add_product(out, c, d, np.float32(-1))
    np.testing.assert_allclose(out, a * b + e * f - 2 * a, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(0, 9), st.integers(0, 99))
def test_box_sums_its_window(width: int, radius: int, seed: int) -> None:
    padded = some(seed, width + 2 * radius)
    got = np.zeros(width, np.float32)
    rows.box(got, padded, radius)
    expected = [padded[x : x + 2 * radius + 1].sum() for x in range(width)]
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@pytest.mark.parametrize("width", [1, 7, 31])
def test_guided_alpha_is_the_cut_linear_form(width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, 3 * width, dtype=np.uint8)
    upper, lower = some(2, 2, 4, width) * np.float32(0.01) - np.float32(0.003)
    got = np.zeros(width, np.float32)
    rows.guided_alpha(got, pixels, upper, lower, np.float32(0.3))
    c = upper + 0.3 * (lower - upper)
    expected = (c[:3] * pixels.reshape(width, 3).T).sum(axis=0) + c[3]
    np.testing.assert_allclose(got, np.clip(expected, 0, 1), atol=1e-4)
