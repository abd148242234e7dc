"""Darkening and desaturating, and brightening, against naive twins."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from livedepth.compositor.kernels.lift import lift_picture
from livedepth.compositor.kernels.tone import tone_picture, tone_planes

SHAPES = [(1, 1), (1, 7), (7, 1), (17, 31)]
LUMA = (0.0722, 0.7152, 0.2126)


def some(shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(shape[1]).integers(0, 256, (*shape, 3), dtype=np.uint8)


def toned(picture: np.ndarray, dim: float, desaturate: float) -> np.ndarray:
    luma = (picture * LUMA).sum(axis=-1, keepdims=True)
    return (1 - dim) * (picture + desaturate * (luma - picture))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dim", "desaturate"), [(0.3, 0.0), (0.0, 0.7), (0.6, 0.8), (1.0, 1.0)])
def test_tone_is_its_naive_twin(shape: tuple[int, int], dim: float, desaturate: float) -> None:
    picture = some(shape)
    expected = toned(picture.astype(float), dim, desaturate)
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)
    tone_planes(planes, np.float32(dim), np.float32(desaturate), 3)
    np.testing.assert_allclose(planes.transpose(1, 2, 0), expected, atol=1e-3)
    tone_picture(picture, np.float32(dim), np.float32(desaturate), 3)
    assert np.abs(picture - expected).max() <= 0.51


def test_no_tone_is_identity() -> None:
    picture = some((17, 31))
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)
    tone_planes(planes, np.float32(0), np.float32(0), 2)
    np.testing.assert_array_equal(planes.transpose(1, 2, 0), picture)


@pytest.mark.parametrize("shape", SHAPES)
def test_lift_is_its_naive_twin(shape: tuple[int, int]) -> None:
    picture, out = some(shape), np.zeros((*shape, 3), np.uint8)
    lift_picture(out, picture, np.zeros((3, shape[1]), np.float32), np.float32(4))
    brightest = picture.max(axis=2, keepdims=True).astype(float)
    expected = picture * (4 / (1 + 3 * brightest / 255))
    assert np.abs(out - expected).max() <= 0.51


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_serial_equals_parallel() -> None:
    results = []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        picture, out = some((101, 77)), np.zeros((101, 77, 3), np.uint8)
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)
        tone_planes(planes, np.float32(0.3), np.float32(0.5), 2 * threads)
        tone_picture(picture, np.float32(0.3), np.float32(0.5), 2 * threads)
        lift_picture(out, picture, np.zeros((2 * threads, 77), np.float32), np.float32(3))
        results.append((planes, picture, out))
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    for serial, parallel in zip(*results, strict=True):
        np.testing.assert_array_equal(serial, parallel)
