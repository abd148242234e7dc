"""The full-resolution passes against naive twins, and serial against parallel."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
import pytest

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.depth_map import colour_table
from livedepth.compositor.kernels.blend import blend_blurred
from livedepth.compositor.kernels.blocks import BLOCK, classify_row
from livedepth.compositor.kernels.colours import blend_colours

SIZES = [(1, 1), (7, 1), (1, 7), (31, 17), (333, 251)]


def some(canvas: Canvas, planes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(canvas.width)
    image = random.integers(0, 256, (canvas.height, canvas.width, 3), dtype=np.uint8)
    small = random.uniform(0, 255, (planes, canvas.rows, canvas.columns))
    small[:3] = random.normal(0, 0.004, small[:3].shape)
    small[3] = random.random(small[3].shape)
    for alpha, columns in ((0.0, slice(16, 52)), (1.0, slice(52, 110))):
        small[:3, :, columns] = 0
        small[3, :, columns] = alpha
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
    pairs = np.zeros((chunks, 2, 3, canvas.width), np.float32)
    rows = np.zeros((chunks, 9, canvas.width), np.float32)
    ramps = np.zeros((chunks, 2, 3 * canvas.width), np.uint16)
    marks = np.zeros((chunks, canvas.blocks), np.uint8)
    cover = np.zeros((canvas.rows, canvas.blocks), np.uint8)
    scratch = np.zeros((2, canvas.blocks * BLOCK), np.float32)
    for row in range(canvas.rows):
        classify_row(cover[row], scratch, *planes[:4, row])
    geometry = canvas.edges, canvas.left, canvas.across, canvas.factor
    blend_blurred(out, pairs, rows, ramps, marks, image, planes, cover, *geometry)
    full = stretched(canvas, planes)
    behind = full[4:].transpose(1, 2, 0)
    return out, behind + alpha_of(image, full)[..., None] * (image - behind)


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


PASSES = [blurred, coloured]


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
