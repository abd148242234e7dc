"""The near layer against naive twins."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.iris import iris
from livedepth.compositor.kernels import near as kernels
from livedepth.compositor.kernels.blocks import BLOCK, blocks_in

PAD = 9
SHAPES = [(1, 1), (7, 5), (13, 33)]
RADII = (1.2, 2.4, 4.8)


def some(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def test_coverage_follows_the_outline_of_what_is_sharp() -> None:
    near, alpha, rim = some(1, 3, 5, 7)
    before, hidden = near.copy(), np.zeros((5, 7), np.float32)
    kernels.separate_near(near, hidden, alpha, rim, 2)
    np.testing.assert_allclose(near, before * (1 - alpha), atol=1e-6)
    np.testing.assert_allclose(hidden, np.maximum(alpha, rim), atol=1e-6)


def disc_mean(values: np.ndarray, radius: float) -> np.ndarray:
    """Mean over the disc about every pixel, the border values going on beyond the border."""
    shape = iris("disc", radius)
    height, width = values.shape
    wide = np.pad(values.astype(float), PAD + 2, mode="edge")
    out = np.zeros((height, width))
    rows = shape.reach.size - 1
    for k in range(-rows, rows + 1):
        half = shape.reach[abs(k)] + shape.fraction[abs(k)] - 0.5
        for dx in range(-PAD, PAD + 1):
            inside = max(0.0, min(half, dx + 0.5) - max(-half, dx - 0.5))
            top, left = PAD + 2 + k, PAD + 2 + dx
            out += inside * wide[top : top + height, left : left + width]
    return out / shape.area


def spread(shape: tuple[int, int], chunks: int) -> tuple[np.ndarray, ...]:
    height, width = shape
    guide = 255 * some(2, 3, *shape)
    behind = 255 * some(3, 3, *shape)
    rim, confusion = some(4, 2, *shape)
    near = rim * np.float32(0.7)
    ones = np.ones(width, np.float32)
    prefix = np.full((height, kernels.LAYER_PLANES, width + 2 * PAD + 1), np.nan, np.float32)
    marks, reached = np.full((2, height, blocks_in(width)), 9, np.uint8)
    scratch = np.zeros((chunks, marks.shape[1] * BLOCK), np.float32)
    kernels.near_prefix(prefix, marks, scratch, guide, near, rim, confusion, PAD, 0, height)
    shapes = [iris("disc", radius) for radius in RADII]
    reach = np.zeros((3, PAD), np.int64)
    fraction = np.zeros((3, PAD), np.float32)
    for level, one in enumerate(shapes):
        reach[level, : one.reach.size] = one.reach
        fraction[level, : one.reach.size] = one.fraction
    got, changed = np.full((4, *shape), np.nan, np.float32), behind.copy()
    mean = np.array([10, 20, 30], np.float32)
    kernels.spread_near(
        got,
        changed,
        reached,
        np.zeros((chunks, kernels.LAYER_PLANES + 2, width), np.float32),
        ones,
        prefix,
        marks,
        mean,
        rim,
        reach,
        fraction,
        np.array([one.reach.size for one in shapes]),
        np.array([1 / one.area for one in shapes], np.float32),
        PAD,
        0,
        height,
    )
    layer = [*(near * guide), near]
    coverage = disc_mean(near, RADII[2])
    c = disc_mean(near * confusion, RADII[2]) / (coverage + 1e-6)
    levels = [[disc_mean(plane, radius) for plane in layer] for radius in RADII]
    expected = np.zeros_like(got)
    for plane, y, x in np.ndindex(expected.shape):
        known = [level[plane][y, x] for level in levels]
        expected[plane, y, x] = np.interp(c[y, x], (0.25, 0.5, 1.0), known)
    weight = disc_mean(1 - rim, RADII[2])
    for plane in range(3):
        around = disc_mean((1 - rim) * guide[plane], RADII[2])
        around = (around + 1e-3 * mean[plane]) / (weight + 1e-3)
        behind[plane] += rim * (around - behind[plane])
    return got, expected, changed, behind


@pytest.mark.parametrize("shape", SHAPES)
def test_the_layer_is_blurred_by_its_coverage_and_seen_through_at_its_rim(
    shape: tuple[int, int],
) -> None:
    got, expected, changed, behind = spread(shape, 2)
    np.testing.assert_allclose(got, expected, atol=0.2, rtol=2e-3)
    np.testing.assert_allclose(changed, behind, atol=0.3, rtol=2e-3)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_serial_equals_parallel() -> None:
    for one, other in zip(spread((13, 33), 1), spread((13, 33), 3), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("size", [(7, 5), (333, 251)])
def test_the_layer_is_laid_over_the_rows_it_has(size: tuple[int, int]) -> None:
    canvas = Canvas(*size)
    random = np.random.default_rng(6)
    picture = random.integers(0, 256, (canvas.height, canvas.width, 3), dtype=np.uint8)
    cover = random.uniform(0, 1)
    planes = np.empty((4, canvas.rows, canvas.columns), np.float32)
    planes[:3] = np.float32(cover) * np.array([[[10]], [[120]], [[250]]], np.float32)
    planes[3] = cover
    out = picture.copy()
    pairs = np.zeros((2, 2, 4, canvas.width), np.float32)
    rows = 1, canvas.height - 1
    joined = np.zeros((2, canvas.blocks), np.uint8)
    reached = np.ones((canvas.rows, canvas.blocks), np.uint8)
    geometry = canvas.edges, canvas.left, canvas.across, canvas.factor
    kernels.lay_over(out, pairs, joined, planes, reached, *geometry, *rows)
    expected = picture + cover * (np.array([10, 120, 250]) - picture)
    assert np.abs(out[1:-1] - expected[1:-1]).max() <= 0.51
    np.testing.assert_array_equal(out[[0, -1]], picture[[0, -1]])
