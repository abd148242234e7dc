"""The full-resolution passes against naive twins, and serial against parallel."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
import pytest

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.depth_map import colour_table
from livedepth.compositor.kernels.blend import blend_blurred
from livedepth.compositor.kernels.colours import blend_colours
from livedepth.compositor.kernels.replace import blend_replaced, layer_colours, layer_prefix

SIZES = [(1, 1), (7, 1), (1, 7), (31, 17), (333, 251)]


def some(canvas: Canvas, planes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(canvas.width)
    image = random.integers(0, 256, (canvas.height, canvas.width, 3), dtype=np.uint8)
    small = random.uniform(0, 255, (planes, canvas.rows, canvas.columns))
    small[:3] = random.normal(0, 0.004, small[:3].shape)
    small[3] = random.random(small[3].shape)
    return image, small.astype(np.float32)


def stretched(canvas: Canvas, planes: np.ndarray) -> np.ndarray:
    u = (np.arange(canvas.width) + 0.5) / canvas.factor - 0.5
    v = (np.arange(canvas.height) + 0.5) / canvas.factor - 0.5

    def along(line: np.ndarray, at: np.ndarray) -> np.ndarray:
        return np.interp(at, np.arange(line.size), line)

    across = np.apply_along_axis(along, 2, planes.astype(float), u)
    return np.apply_along_axis(along, 1, across, v)


def alpha_of(image: np.ndarray, full: np.ndarray) -> np.ndarray:
    return np.clip((full[:3] * image.transpose(2, 0, 1)).sum(axis=0) + full[3], 0, 1)


def blurred(canvas: Canvas, chunks: int) -> tuple[np.ndarray, np.ndarray]:
    image, planes = some(canvas, 7)
    out = np.zeros_like(image)
    pairs = np.zeros((chunks, 2, 7, canvas.width), np.float32)
    alphas = np.zeros((chunks, canvas.width), np.float32)
    geometry = canvas.left, canvas.across, canvas.factor
    blend_blurred(out, pairs, alphas, image, planes, *geometry)
    full = stretched(canvas, planes)
    behind = full[4:].transpose(1, 2, 0)
    return out, behind + alpha_of(image, full)[..., None] * (image - behind)


def replaced(canvas: Canvas, chunks: int) -> tuple[np.ndarray, np.ndarray]:
    image, planes = some(canvas, 10)
    scene = np.ascontiguousarray(image[::-1, ::-1])
    out = np.zeros_like(image)
    pairs = np.zeros((chunks, 2, 10, canvas.width), np.float32)
    mixed = np.zeros((chunks, 10, canvas.width), np.float32)
    alphas = np.zeros((chunks, canvas.width), np.float32)
    geometry = canvas.left, canvas.across, canvas.factor
    blend_replaced(out, pairs, mixed, alphas, image, scene, planes, *geometry)
    full = stretched(canvas, planes)
    a = alpha_of(image, full)[..., None]
    front, back = full[4:7].transpose(1, 2, 0), full[7:].transpose(1, 2, 0)
    colour = np.clip(front + a * (image - a * front - (1 - a) * back), 0, 255)
    return out, a * colour + (1 - a) * scene


def coloured(canvas: Canvas, chunks: int) -> tuple[np.ndarray, np.ndarray]:
    image, planes = some(canvas, 4)
    out = np.zeros_like(image)
    pairs = np.zeros((chunks, 2, 4, canvas.width), np.float32)
    values = np.zeros((chunks, canvas.width), np.float32)
    colours = np.zeros((chunks, 3 * canvas.width), np.uint8)
    table = colour_table("grey")
    geometry = canvas.left, canvas.across, canvas.factor
    opacity = np.float32(0.6)
    blend_colours(out, pairs, values, colours, image, planes, table, opacity, *geometry)
    level = 255 * alpha_of(image, stretched(canvas, planes))[..., None]
    return out, 0.4 * image + 0.6 * level


PASSES = [blurred, replaced, coloured]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("blend", PASSES)
def test_is_its_naive_twin(
    blend: Callable[[Canvas, int], tuple[np.ndarray, np.ndarray]], size: tuple[int, int]
) -> None:
    out, expected = blend(Canvas(*size), 3)
    assert np.abs(out - expected).max() <= 1.01


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
@pytest.mark.parametrize("blend", PASSES)
def test_serial_equals_parallel(
    blend: Callable[[Canvas, int], tuple[np.ndarray, np.ndarray]],
) -> None:
    numba.set_num_threads(1)
    serial = blend(Canvas(333, 251), 4)[0].copy()
    numba.set_num_threads(2)
    parallel = blend(Canvas(333, 251), 4)[0]
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    np.testing.assert_array_equal(serial, parallel)


def test_layers_take_their_colours_from_their_own_pixels() -> None:
    random = np.random.default_rng(0)
    guide = random.uniform(0, 255, (3, 5, 9)).astype(np.float32)
    alpha = random.random((5, 9), dtype=np.float32)
    prefix = np.full((5, 8, 9 + 2 * 3 + 1), np.nan, np.float32)
    layer_prefix(prefix, guide, alpha, 3, 2)
    front = np.maximum(1 - 5 * (1 - alpha), 1e-4)
    back = np.maximum(1 - 5 * alpha, 1e-4)
    weighted = np.stack([*(front * guide), front, *(back * guide), back], axis=1)
    np.testing.assert_allclose(prefix[:, :, 4:13], np.cumsum(weighted, axis=2), rtol=1e-4)
    assert not prefix[:, :, :4].any()
    np.testing.assert_array_equal(prefix[:, :, 13:], prefix[:, :, 12:13].repeat(3, axis=2))
    near, far = weighted.astype(np.float32), np.ones_like(weighted, dtype=np.float32)
    got = np.zeros((6, 5, 9), np.float32)
    layer_colours(got, near, far, 2)
    total = near + np.float32(1e-3)
    expected = [*(total[:, :3] / total[:, 3:4]).swapaxes(0, 1)]
    expected += [*(total[:, 4:7] / total[:, 7:8]).swapaxes(0, 1)]
    np.testing.assert_allclose(got, expected, rtol=1e-3)
