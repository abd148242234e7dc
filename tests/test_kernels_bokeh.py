"""Disc sums, weights and levels against naive twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.compositor.disc import disc
from livedepth.compositor.kernels.bokeh import disc_sums, mix_levels, weighted_prefix

PAD = 9
HIGHLIGHT = np.float32(6.0)


def weights_of(guide: np.ndarray, subject: np.ndarray) -> np.ndarray:
    bright = np.maximum(guide.sum(axis=0) - 612, 0) / 153
    return np.maximum(1 - 4 * subject, 1e-4) * (1 + 6 * bright**2)


def prefix_of(guide: np.ndarray, subject: np.ndarray, chunks: int = 2) -> np.ndarray:
    height, width = subject.shape
    prefix = np.full((height, 4, width + 2 * PAD + 1), np.nan, np.float32)
    weighted_prefix(prefix, np.zeros((chunks, width), np.float32), guide, subject, PAD, HIGHLIGHT)
    return prefix


def disc_twin(values: np.ndarray, radius: float) -> np.ndarray:
    """Sum over a stack of boxes, each as wide as the disc is on average in its row."""
    reach = int(radius + 1.5)
    out = np.zeros_like(values, dtype=float)
    for dy in range(-reach, reach + 1):
        y = dy - 0.5 + (np.arange(200) + 0.5) / 200
        half = np.sqrt(np.maximum(radius**2 - y**2, 0)).mean()
        for dx in range(-reach, reach + 1):
            inside = max(0.0, min(half, dx + 0.5) - max(-half, dx - 0.5))
            shifted = np.zeros_like(out)
            height, width = values.shape
            rows = slice(max(0, -dy), min(height, height - dy))
            columns = slice(max(0, -dx), min(width, width - dx))
            from_rows = slice(rows.start + dy, max(rows.start, rows.stop) + dy)
            from_columns = slice(columns.start + dx, max(columns.start, columns.stop) + dx)
            if rows.stop > rows.start and columns.stop > columns.start:
                shifted[rows, columns] = values[from_rows, from_columns]
            out += inside * shifted
    return out


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 13), st.integers(1, 19), st.floats(1.0, 6.0), st.integers(0, 99))
def test_prefix_and_disc_are_a_weighted_disc_sum(
    height: int, width: int, radius: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    guide = random.uniform(0, 255, (3, height, width)).astype(np.float32)
    subject = random.random((height, width), dtype=np.float32)
    shape = disc(radius)
    got = np.full((height, 4, width), np.nan, np.float32)
    disc_sums(got, prefix_of(guide, subject), shape.reach, shape.fraction, PAD, 2)
    weight = weights_of(guide, subject)
    for plane, values in enumerate([*(weight * guide), weight]):
        expected = disc_twin(values, radius)
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(got[:, plane] / scale, expected / scale, atol=0.01)


@pytest.mark.parametrize("radius", [0.5, 1.0, 2.3, 4.7, 8.3])
def test_a_disc_has_its_area_and_symmetry(radius: float) -> None:
    shape = disc(radius)
    assert shape.area == pytest.approx(np.pi * radius**2, rel=0.02)
    assert (np.diff(shape.reach) <= 0).all()
    middle = np.zeros((3, 25, 25), np.float32)
    middle[:, 12, 12] = 100
    got = np.zeros((25, 4, 25), np.float32)
    prefix = prefix_of(middle, np.zeros((25, 25), np.float32))
    disc_sums(got, prefix, shape.reach, shape.fraction, PAD, 1)
    spot = got[:, 0]
    np.testing.assert_allclose(spot, spot[::-1], atol=1e-3)
    np.testing.assert_allclose(spot, spot[:, ::-1], atol=1e-3)
    np.testing.assert_allclose(spot, spot.T, atol=35.0)


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (12, 31)])
def test_levels_are_mixed_by_the_circle_of_confusion(shape: tuple[int, int]) -> None:
    height, width = shape
    random = np.random.default_rng(5)
    sums = [random.uniform(1, 9, (height, 4, width)).astype(np.float32) for _ in range(3)]
    fill = np.repeat(random.uniform(1, 9, (4, 1)).astype(np.float32), width, axis=1)
    areas = np.array([0.5, 0.1, 0.02], np.float32)
    confusion = random.random(shape, dtype=np.float32)
    large = sums[2] * areas[2] + 0.02 * fill
    middle = sums[1] * areas[1] + 0.02 * large
    small = sums[0] * areas[0] + 0.02 * middle
    colours = [level[:, :3] / level[:, 3:] for level in (small, middle, large)]
    expected = np.empty((3, height, width))
    for y, x in np.ndindex(shape):
        pair = [level[y, :, x] for level in colours]
        for plane in range(3):
            known = [colour[plane] for colour in pair]
            expected[plane, y, x] = np.interp(confusion[y, x], (0.25, 0.5, 1.0), known)
    got = np.zeros((3, height, width), np.float32)
    mix_levels(got, np.zeros((2, 3, width), np.float32), fill, *sums, areas, confusion)
    np.testing.assert_allclose(got, expected, rtol=1e-3)
