"""Box stacks, weights and levels against naive twins."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.compositor.iris import Iris, iris
from livedepth.compositor.kernels.blocks import CLEAR, MIXED, SOLID, blocks_in
from livedepth.compositor.kernels.bokeh import (
    blur_levels,
    count_levels,
    stack_row,
    weighted_prefix,
)

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


def stack_of(prefix: np.ndarray, shape: Iris) -> np.ndarray:
    """Sums over the shape about every pixel, (h, 4, w)."""
    height, planes, padded = prefix.shape
    got = np.full((height, planes, padded - 2 * PAD - 1), np.nan, np.float32)
    for row in range(height):
        for plane in range(planes):
            stack_row(got[row, plane], prefix, row, plane, PAD, shape.reach, shape.fraction)
    return got


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 13), st.integers(1, 19), st.floats(1.0, 6.0), st.integers(0, 99))
def test_prefix_and_stack_are_a_weighted_disc_sum(
    height: int, width: int, radius: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    guide = random.uniform(0, 255, (3, height, width)).astype(np.float32)
    subject = random.random((height, width), dtype=np.float32)
    got = stack_of(prefix_of(guide, subject), iris("disc", radius))
    weight = weights_of(guide, subject)
    for plane, values in enumerate([*(weight * guide), weight]):
        expected = disc_twin(values, radius)
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(got[:, plane] / scale, expected / scale, atol=0.01)


@pytest.mark.parametrize("name", ["disc", "hexagon", "octagon"])
@pytest.mark.parametrize("radius", [1.0, 4.7, 7.5])
def test_a_point_blurs_into_the_symmetric_shape(name: str, radius: float) -> None:
    shape = iris(name, radius)
    middle = np.zeros((3, 25, 25), np.float32)
    middle[:, 12, 12] = 100
    spot = stack_of(prefix_of(middle, np.zeros((25, 25), np.float32)), shape)[:, 0]
    np.testing.assert_allclose(spot, spot[::-1], atol=1e-3)
    np.testing.assert_allclose(spot, spot[:, ::-1], atol=1e-3)
    assert spot.sum() == pytest.approx(100 * shape.area, rel=1e-3)


SHAPES = [(1, 1), (7, 5), (12, 31), (9, 67)]


def scene(shape: tuple[int, int], chunks: int) -> tuple[np.ndarray, np.ndarray]:
    """What ``blur_levels`` makes of noise, and what it should."""
    height, width = shape
    random = np.random.default_rng(5)
    guide = random.uniform(0, 255, (3, height, width)).astype(np.float32)
    subject = random.random(shape, dtype=np.float32)
    confusion = random.random(shape, dtype=np.float32)
    prefix = prefix_of(guide, subject, chunks)
    shapes = [iris("disc", radius) for radius in (1.2, 2.4, 4.8)]
    reach = np.zeros((3, PAD), np.int64)
    fraction = np.zeros((3, PAD), np.float32)
    for level, one in enumerate(shapes):
        reach[level, : one.reach.size] = one.reach
        fraction[level, : one.reach.size] = one.fraction
    stacks = np.array([one.reach.size for one in shapes])
    areas = np.array([1 / one.area for one in shapes], np.float32)
    fill = np.repeat(random.uniform(1, 9, (4, 1)).astype(np.float32), width, axis=1)
    got = np.full((3, height, width), np.nan, np.float32)
    blocks = blocks_in(width)
    blur_levels(
        got,
        np.zeros((chunks, 3, 4, width), np.float32),
        np.zeros((chunks, width), np.float32),
        np.zeros((chunks, blocks), np.uint8),
        fill,
        prefix,
        reach,
        fraction,
        stacks,
        areas,
        confusion,
        np.full((height, blocks), CLEAR, np.uint8),
        PAD,
    )
    below = np.broadcast_to(fill, (height, 4, width))
    colours = []
    for one in reversed(shapes):
        below = stack_of(prefix, one) / one.area + 0.02 * below
        colours.insert(0, below[:, :3] / below[:, 3:])
    expected = np.empty((3, height, width))
    for plane, y, x in np.ndindex(expected.shape):
        known = [colour[y, plane, x] for colour in colours]
        expected[plane, y, x] = np.interp(confusion[y, x], (0.25, 0.5, 1.0), known)
    return got, expected


@pytest.mark.parametrize("shape", SHAPES)
def test_levels_are_mixed_by_the_circle_of_confusion(shape: tuple[int, int]) -> None:
    got, expected = scene(shape, 2)
    np.testing.assert_allclose(got, expected, rtol=2e-3, atol=0.02)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_serial_equals_parallel() -> None:
    np.testing.assert_array_equal(scene((31, 67), 1)[0], scene((31, 67), 3)[0])


def test_levels_that_are_not_seen_are_not_counted() -> None:
    confusion = np.ones((3, 80), np.float32)
    confusion[1, 40:48] = (0.6, 0.6, 0.6, 0.6, 0.4, 0.9, 0.9, 0.9)
    confusion[1, 70] = 0.7
    cover = np.full((3, 5), SOLID, np.uint8)
    cover[:, 2:] = CLEAR
    cover[0, 4] = MIXED
    counts = np.full(5, 9, np.uint8)
    count_levels(counts, confusion, cover, 1)
    np.testing.assert_array_equal(counts, [0, 1, 3, 1, 2])
