"""Stretching and sampling against naive bilinear interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.kernels.expand import advance, first_row, row_position, stretch_span


def at(line: np.ndarray, u: np.ndarray) -> np.ndarray:
    return np.interp(u, np.arange(line.size), line)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 90), st.integers(1, 12), st.integers(0, 99))
def test_stretch_is_linear_between_block_centres(width: int, factor: int, seed: int) -> None:
    columns = -(-width // factor)
    source = np.random.default_rng(seed).random(columns, dtype=np.float32)
    u = np.clip((np.arange(width) + 0.5) / factor - 0.5, 0, columns - 1)
    left = u.astype(np.uint32)
    got = np.full(width, np.nan, np.float32)
    across = (u - left).astype(np.float32)
    stretch_span(got, source, left, across, 0, width, factor)
    np.testing.assert_allclose(got, at(source, u), atol=1e-5)
    begin, end = width // 3, width - width // 4
    part = np.full(width, np.nan, np.float32)
    stretch_span(part, source, left, across, begin, end, factor)
    np.testing.assert_allclose(part[begin:end], at(source, u)[begin:end], atol=1e-5)
    assert np.isnan(part[:begin]).all()
    assert np.isnan(part[end:]).all()


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 7])
def test_advance_always_holds_the_two_rows_around(factor: int) -> None:
    height = 5 * factor - factor // 2
    rows = -(-height // factor)
    planes = np.arange(rows, dtype=np.float32)[None, :, None] + np.zeros((2, rows, 1), np.float32)
    pair = np.full((2, 2, 3), np.nan, np.float32)
    left, across = np.zeros(3, np.uint32), np.zeros(3, np.float32)
    held, first = -2, 0
    for y in range(height):
        above, t = row_position(y, factor)
        first = advance(pair, planes, above, held, first, left, across, factor)
        held = above
        got = pair[first] + t * (pair[1 - first] - pair[first])
        expected = np.clip((y + 0.5) / factor - 0.5, 0, rows - 1)
        np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("factor", range(1, 65))
def test_every_picture_row_lies_between_its_small_rows_first_and_the_nexts(factor: int) -> None:
    for y in range(5 * factor):
        above, t = row_position(y, factor)
        assert first_row(above, factor) <= y < first_row(above + 1, factor)
        assert above + t == pytest.approx((y + 0.5) / factor - 0.5, abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(1, 700),
    st.integers(1, 500),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 9),
)
def test_maps_of_any_size_cover_the_frame(
    width: int, height: int, wide: int, high: int, seed: int
) -> None:
    canvas = Canvas(width, height)
    maps = np.random.default_rng(seed).random((2, high, wide), dtype=np.float32)
    got = np.zeros((2, canvas.rows, canvas.columns), np.float32)
    canvas.sample(got, maps)
    u = (np.arange(canvas.columns) + 0.5) * canvas.factor * wide / width - 0.5
    v = (np.arange(canvas.rows) + 0.5) * canvas.factor * high / height - 0.5
    for n in range(2):
        across = np.array([at(line, u) for line in maps[n]])
        expected = np.array([at(line, v) for line in across.T]).T
        np.testing.assert_allclose(got[n], expected, atol=1e-4)
