"""The guided filter against a naive twin that follows the paper line by line."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.compositor.kernels.blocks import BLOCK, blocks_in, find_changes
from livedepth.compositor.kernels.guided import (
    MOMENTS,
    ROWS,
    STRIDE,
    guided_average,
    guided_solve,
)

EPSILON = np.float32(30.0)


def filtered(
    guide: np.ndarray, target: np.ndarray, radius: int, chunks: int, gain: float = 1.0
) -> np.ndarray:
    height, width = target.shape
    lines = np.zeros((height, 4, width), np.float32)
    x = np.arange(width)
    counts = np.minimum(x + radius + 1, width) - np.maximum(x - radius, 0)
    inverse = (1 / counts).astype(np.float32)
    scale = np.full((height, width), gain, np.float32)
    offset = np.full((height, width), 0.5 - 0.5 * gain, np.float32)
    blocks = blocks_in(width)
    scratch = np.zeros((chunks, 2, blocks * BLOCK), np.float32)
    changes, uses, cover = np.zeros((3, height, blocks), np.uint8)
    find_changes(changes, uses, scratch[:, 0], target, scale)
    needed = np.zeros((chunks, 2, blocks), np.uint8)
    columns = np.zeros((chunks, MOMENTS, width + 2 * radius), np.float32)
    totals = np.zeros((chunks, ROWS, width), np.float32)
    marks = changes, uses
    guided_solve(lines, columns, totals, needed, guide, target, *marks, inverse, radius, EPSILON)
    coefficients = np.zeros((4, height, width), np.float32)
    output = np.full((height, width), np.nan, np.float32)
    guided_average(
        coefficients,
        output,
        cover,
        columns,
        totals[:, 0],
        needed,
        scratch,
        guide,
        lines,
        target,
        *marks,
        inverse,
        scale,
        offset,
        radius,
    )
    np.testing.assert_allclose(output, np.clip(apply(coefficients, guide), 0, 1), atol=1e-4)
    return coefficients


def twin(guide: np.ndarray, target: np.ndarray, radius: int) -> np.ndarray:
    height, width = target.shape
    solved = np.zeros((4, height, width))
    guide, target = guide.astype(float), target.astype(float)

    def window(y: int, x: int) -> tuple[slice, slice]:
        return (
            slice(max(0, y - radius), y + radius + 1),
            slice(max(0, x - radius), x + radius + 1),
        )

    for y in range(height):
        for x in range(width):
            i = guide[:, *window(y, x)].reshape(3, -1)
            p = target[window(y, x)].ravel()
            covariance = i @ i.T / p.size - np.outer(i.mean(1), i.mean(1))
            both = i @ p / p.size - i.mean(1) * p.mean()
            a = np.linalg.solve(covariance + float(EPSILON) * np.eye(3), both)
            solved[:, y, x] = [*a, p.mean() - a @ i.mean(1)]
    mean = np.zeros_like(solved)
    for y in range(height):
        for x in range(width):
            rows, columns = window(y, x)
            rows = slice(-(-rows.start // STRIDE) * STRIDE, rows.stop, STRIDE)
            mean[:, y, x] = solved[:, rows, columns].reshape(4, -1).mean(axis=1)
    return mean


def apply(coefficients: np.ndarray, guide: np.ndarray) -> np.ndarray:
    return (coefficients[:3] * guide).sum(axis=0) + coefficients[3]


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 17), st.integers(1, 23), st.integers(1, 6), st.integers(1, 3), st.integers(0, 99)
)
def test_is_the_papers_filter(height: int, width: int, radius: int, chunks: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    guide = random.uniform(0, 255, (3, height, width)).astype(np.float32)
    target = random.random((height, width), dtype=np.float32)
    got = apply(filtered(guide, target, radius, chunks), guide)
    expected = apply(twin(guide, target, radius), guide)
    np.testing.assert_allclose(got, expected, atol=5e-3)


def test_gain_raises_contrast_about_a_half() -> None:
    random = np.random.default_rng(1)
    guide = random.uniform(0, 255, (3, 9, 11)).astype(np.float32)
    target = random.random((9, 11), dtype=np.float32)
    plain = apply(filtered(guide, target, 2, 1), guide)
    strong = apply(filtered(guide, target, 2, 1, gain=2.0), guide)
    np.testing.assert_allclose(strong, 2 * plain - 0.5, atol=1e-4)


def test_a_target_that_changes_in_places_is_the_papers_filter_everywhere() -> None:
    random = np.random.default_rng(4)
    guide = random.uniform(0, 255, (3, 41, 203)).astype(np.float32)
    target = np.zeros((41, 203), np.float32)
    target[:, 140:] = 1.0
    target[25:28, 30:32] = 0.4
    got = apply(filtered(guide, target, 3, 2), guide)
    np.testing.assert_allclose(got, apply(twin(guide, target, 3), guide), atol=5e-3)
    assert (got[:, 175:] == 1.0).all()


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_serial_equals_parallel() -> None:
    random = np.random.default_rng(3)
    guide = random.uniform(0, 255, (3, 71, 37)).astype(np.float32)
    target = random.random((71, 37), dtype=np.float32)
    results = []
    for chunks in (1, 3):
        results.append(filtered(guide, target, 4, chunks))
    np.testing.assert_array_equal(*results)
