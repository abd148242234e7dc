"""Kernels that part the subject from its room, and those that put it before another one."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
import pytest

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.dither import thresholds
from livedepth.compositor.kernels.blocks import BLOCK, CLEAR, MIXED, SOLID
from livedepth.compositor.kernels.cutout import cut_out
from livedepth.compositor.kernels.fog import transmission
from livedepth.compositor.kernels.layers import layer_colours, weigh_layers
from livedepth.compositor.kernels.paint import paint_planes
from livedepth.compositor.kernels.replace import blend_replaced, wrap_light
from livedepth.compositor.kernels.veil import blend_veiled

SIZES = [(1, 1), (7, 1), (1, 7), (31, 17), (333, 251), (1003, 397)]
KEY = np.array((0x40, 0xB1, 0x00), np.float32)
VEIL = np.array((214, 206, 200), np.float32)

Result = tuple[np.ndarray, np.ndarray]


class Problem:
    """A picture, and planes whose alpha is 0 on the left, 1 on the right and mixed between."""

    def __init__(self, size: tuple[int, int], chunks: int) -> None:
        canvas = self.canvas = Canvas(*size)
        random = np.random.default_rng(size[0])
        self.image = random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        planes = random.uniform(0, 255, (14, canvas.rows, canvas.columns)).astype(np.float32)
        planes[:3] = random.normal(0, 0.002, planes[:3].shape)
        planes[3] = random.random(planes[3].shape)
        third = canvas.columns // 3
        planes[:4, :, :third] = 0
        planes[:4, :, canvas.columns - third :] = 0
        planes[3, :, canvas.columns - third :] = 1
        planes[10] = random.random(planes[10].shape) * (random.random(planes[10].shape) > 0.5)
        self.planes = planes
        self.cover = np.full((canvas.rows, canvas.blocks), MIXED, np.uint8)
        flat = np.abs(planes[:3]).max(axis=0) == 0
        for block in range(canvas.blocks):
            columns = np.s_[:, block * BLOCK : (block + 1) * BLOCK]
            for kind, value in ((CLEAR, 0), (SOLID, 1)):
                same = (flat[columns] & (planes[3][columns] == value)).all(axis=1)
                self.cover[same, block] = kind
        self.scratch = np.full((chunks, 10, size[0] + 2), np.nan, np.float32)
        self.kinds = np.zeros((chunks, canvas.blocks), np.uint8)
        self.edges = canvas.edges
        self.out = np.zeros_like(self.image)

    @property
    def geometry(self) -> tuple[np.ndarray, np.ndarray, int]:
        return self.canvas.left, self.canvas.across, self.canvas.factor

    def truth(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Alpha, both layers' colours, and all planes at the picture's size."""
        full = stretched(self.canvas, self.planes)
        picture = self.image.transpose(2, 0, 1)
        alpha = np.clip((full[:3] * picture).sum(axis=0) + full[3], 0, 1)
        across = full[4:7] - full[7:10]
        along = ((picture - full[7:10] - alpha * across) * across).sum(axis=0)
        unsure = np.minimum(10 * alpha, 1) * np.minimum(10 * (1 - alpha), 1)
        alpha = np.clip(alpha + 0.75 * unsure * along / ((across**2).sum(axis=0) + 1600), 0, 1)
        detail = picture - alpha * full[4:7] - (1 - alpha) * full[7:10]
        front = np.clip(full[4:7] + alpha * detail, 0, 255)
        back = np.clip(full[7:10] + (1 - alpha) * detail, 0, 255)
        return alpha, front, back, full


def stretched(canvas: Canvas, planes: np.ndarray) -> np.ndarray:
    u = (np.arange(canvas.width) + 0.5) / canvas.factor - 0.5
    v = (np.arange(canvas.height) + 0.5) / canvas.factor - 0.5

    def along(line: np.ndarray, at: np.ndarray) -> np.ndarray:
        return np.interp(at, np.arange(line.size), line)

    across = np.apply_along_axis(along, 2, planes.astype(float), u)
    return np.apply_along_axis(along, 1, across, v)


def toned(back: np.ndarray, dim: float, desaturate: float) -> np.ndarray:
    luma = np.tensordot((0.0722, 0.7152, 0.2126), back, axes=1)
    return (1 - dim) * (back + desaturate * (luma - back))


def mixed(alpha: np.ndarray, front: np.ndarray, back: np.ndarray) -> np.ndarray:
    return (back + alpha * (front - back)).transpose(1, 2, 0)


def veiled(size: tuple[int, int], chunks: int) -> Result:
    p = Problem(size, chunks)
    p.planes[10] = p.planes[10] * 0.9 + 0.05
    tone = np.array((0.3, 0.6), np.float32)
    rows = thresholds(size[0])
    blend_veiled(
        p.out, p.scratch, p.kinds, p.image, p.planes[:11].copy(), p.cover, p.edges, VEIL, tone,
        rows, *p.geometry,
    )  # fmt: skip
    alpha, front, back, full = p.truth()
    veil = VEIL[:, None, None]
    return p.out, mixed(alpha, front, veil + full[10] * (toned(back, 0.3, 0.6) - veil))


def spotlit(size: tuple[int, int], chunks: int) -> Result:
    p = Problem(size, chunks)
    tone, black = np.array((0.6, 0.8), np.float32), np.zeros(3, np.float32)
    rows = thresholds(size[0])
    blend_veiled(
        p.out, p.scratch, p.kinds, p.image, p.planes[:10].copy(), p.cover, p.edges, black, tone,
        rows, *p.geometry,
    )  # fmt: skip
    alpha, front, back, _ = p.truth()
    return p.out, mixed(alpha, front, toned(back, 0.6, 0.8))


def replaced(size: tuple[int, int], chunks: int) -> Result:
    p = Problem(size, chunks)
    expected = np.minimum(0.8 * p.planes[10], 0.4)
    wrap_light(p.planes[10], p.cover, np.float32(0.4), chunks)
    np.testing.assert_allclose(p.planes[10], expected, rtol=1e-5)
    scene = np.ascontiguousarray(p.image[::-1, ::-1])
    blend_replaced(
        p.out, p.scratch, p.kinds, p.image, scene, p.planes, p.cover, p.edges, *p.geometry
    )
    alpha, front, _, full = p.truth()
    lit = front + full[10] * full[11:] * (1 - front / 255)
    return p.out, mixed(alpha, lit, scene.transpose(2, 0, 1))


def keyed(size: tuple[int, int], chunks: int) -> Result:
    p = Problem(size, chunks)
    cutout = np.full((*p.image.shape[:2], 4), 7, np.uint8)
    cut_out(
        p.out, cutout, p.scratch, p.kinds, p.image, p.planes, p.cover, p.edges, KEY, *p.geometry
    )
    alpha, front, _, _ = p.truth()
    over_key = mixed(alpha, front, KEY[:, None, None])
    level = np.floor(alpha * 255 + 0.5)
    colour = np.where((cutout[..., 3:] > 0), front.transpose(1, 2, 0), 0)
    both = np.concatenate([p.out, cutout], axis=2)
    return both, np.concatenate([over_key, colour, level[..., None]], axis=2)


def painted(size: tuple[int, int], chunks: int) -> Result:
    p = Problem(size, chunks)
    pairs = np.zeros((chunks, 2, 3, size[0]), np.float32)
    planes = p.planes[4:7].copy()
    paint_planes(p.out, pairs, planes, thresholds(size[0]), *p.geometry)
    return p.out, stretched(p.canvas, planes).transpose(1, 2, 0)


KERNELS = [veiled, spotlit, replaced, keyed, painted]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kernel", KERNELS)
def test_is_its_naive_twin(
    kernel: Callable[[tuple[int, int], int], Result], size: tuple[int, int]
) -> None:
    out, expected = kernel(size, 3)
    assert np.abs(out - expected).max() <= 1.02


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
@pytest.mark.parametrize("kernel", KERNELS)
def test_serial_equals_parallel(kernel: Callable[[tuple[int, int], int], Result]) -> None:
    numba.set_num_threads(1)
    serial = kernel((333, 251), 1)[0].copy()
    numba.set_num_threads(2)
    parallel = kernel((333, 251), 4)[0]
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    np.testing.assert_array_equal(serial, parallel)


def test_the_problem_has_every_kind_of_block() -> None:
    assert set(Problem((333, 251), 1).cover.ravel()) == {CLEAR, SOLID, MIXED}


@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (17, 31)])
def test_layers_take_their_colours_from_their_own_pixels(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    guide = random.uniform(0, 255, (3, *shape)).astype(np.float32)
    alpha = random.random(shape, dtype=np.float32)
    rows, columns = -(-shape[0] // 2), -(-shape[1] // 2)
    got = np.full((2, rows, columns, 4), np.nan, np.float32)
    weigh_layers(got, guide, alpha, 2)
    for layer, own in zip(got, (1 - 5 * (1 - alpha), 1 - 5 * alpha), strict=True):
        weight = np.maximum(own, 0)
        full = np.zeros((2 * rows, 2 * columns, 4))
        full[: shape[0], : shape[1]] = np.stack([*(weight * guide), weight], axis=-1)
        expected = full.reshape(rows, 2, columns, 2, 4).mean(axis=(1, 3))
        np.testing.assert_allclose(layer, expected, rtol=1e-4, atol=1e-4)
    near, far = random.random((2, *shape, 4), dtype=np.float32) * 100 + 1
    mean = np.array((10, 20, 30, 0.5), np.float32)
    colours = np.zeros((3, *shape), np.float32)
    layer_colours(colours, near, far, mean)
    total = near + 1e-3 * far + 1e-6 * mean
    expected = np.minimum(total[..., :3] / total[..., 3:], 255).transpose(2, 0, 1)
    np.testing.assert_allclose(colours, expected, rtol=1e-4)


def test_a_layer_that_is_nowhere_is_black() -> None:
    nothing = np.zeros((3, 4, 4), np.float32)
    colours = np.ones((3, 3, 4), np.float32)
    layer_colours(colours, nothing, nothing, np.zeros(4, np.float32))
    assert not colours.any()


@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (17, 31)])
def test_fog_follows_beer_and_lambert(shape: tuple[int, int]) -> None:
    disparity = np.random.default_rng(1).random(shape, dtype=np.float32)
    got = np.zeros(shape, np.float32)
    transmission(got, disparity, np.float32(0.7), np.float32(1.5), np.float32(0.11), 2)
    path = np.maximum(1 / (disparity + 0.11) - 1.5, 0)
    np.testing.assert_allclose(got, np.exp(-0.7 * path), rtol=1e-4)


def test_dither_keeps_whole_levels_and_means() -> None:
    rows = thresholds(13)
    assert rows.shape == (8, 13)
    assert np.unique(thresholds(8)).size == 64
    assert rows.min() > 0
    assert rows.max() < 1
    for level in (7.0, 7.25, 7.5, 7.9):
        assert np.floor(level + thresholds(64)).mean() == pytest.approx(level, abs=0.02)
