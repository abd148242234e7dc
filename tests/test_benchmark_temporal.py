"""The figures of steadiness, on sequences whose flicker, lag and motion are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.benchmarks.steadiness import Steadiness, measure
from livedepth.benchmarks.temporal import (
    flicker,
    flows_of,
    greys_of,
    lag,
    minmax_per_frame,
    moving_pixels,
    still_pixels,
    warping_error,
)
from livedepth.frame import Prediction

FRAMES, ROWS, COLUMNS = 24, 60, 90


def texture(seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(40, 220, (16, 60), np.uint8)
    return np.asarray(cv2.resize(coarse, (240, 60), interpolation=cv2.INTER_CUBIC), np.uint8)


def panned(step: int = 2) -> np.ndarray:
    return np.stack([texture()[:, i * step : i * step + COLUMNS] for i in range(FRAMES)])


def swaying(delay: float = 0.0) -> np.ndarray:
    time = np.arange(FRAMES)[:, None, None] - delay
    column = np.arange(COLUMNS)[None, None, :]
    edge = 1 / (1 + np.exp(-(column - 45 - 15 * np.sin(time * 0.4)) / 3))
    return np.broadcast_to(edge, (FRAMES, ROWS, COLUMNS)).astype(np.float32)


def test_still_pixels_keep_their_grey_over_the_whole_sequence() -> None:
    greys = np.full((5, 4, 6), 100, np.uint8)
    greys[3, :, :2] = 106
    greys[2, :, 2:4] = 105
    still = still_pixels(greys)
    assert not still[:, :2].any()
    assert still[:, 2:].all()


def test_moving_pixels_are_marked_before_and_after_the_change() -> None:
    greys = np.full((5, 2, 2), 100, np.uint8)
    greys[3:, 0] = 120
    np.testing.assert_array_equal(moving_pixels(greys)[:, 0, 0], [False, False, True, True, False])
    assert not moving_pixels(greys)[:, 1].any()


def test_flicker_is_the_mean_change() -> None:
    maps = np.zeros((4, 3, 5), np.float32)
    maps[1::2] = 0.25
    still = np.ones((3, 5), bool)
    assert flicker(maps, still) == pytest.approx(0.25)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_minmax_forgets_scale_and_shift(scale: float, shift: float) -> None:
    maps = swaying()
    stretched = minmax_per_frame((scale * maps + shift).astype(np.float32))
    np.testing.assert_allclose(stretched, minmax_per_frame(maps), atol=1e-4)
    assert (stretched.min(), stretched.max()) == (0.0, 1.0)


@pytest.mark.parametrize("delay", [-1.0, -0.4, 0.0, 0.3, 0.5, 1.0, 2.0])
def test_a_known_lag_is_found(delay: float) -> None:
    moving = np.ones((FRAMES, ROWS, COLUMNS), bool)
    assert lag(swaying(delay), swaying(), moving) == pytest.approx(delay, abs=0.06)


def test_nothing_moving_has_no_lag() -> None:
    assert lag(swaying(1.0), swaying(), np.zeros((FRAMES, ROWS, COLUMNS), bool)) == 0.0


def test_a_map_that_moves_with_the_picture_has_no_warping_error() -> None:
    greys = panned()
    flows = flows_of(greys)
    with_it = greys.astype(np.float32) / 255
    assert np.mean([flow.valid.mean() for flow in flows]) > 0.8
    against = np.broadcast_to(with_it[:1], with_it.shape).copy()
    assert warping_error(with_it, flows) < 0.1 * warping_error(against, flows)
    assert warping_error(3 * with_it + 1, flows) == pytest.approx(
        warping_error(with_it, flows), rel=0.05
    )


def test_pictures_become_greys_of_the_maps_size() -> None:
    images = [np.full((120, 200, 3), level, np.uint8) for level in (10, 200)]
    greys = greys_of(images, (30, 50))
    assert greys.shape == (2, 30, 50)
    assert greys.dtype == np.uint8
    np.testing.assert_array_equal(greys[1], 200)


@pytest.mark.parametrize("with_matte", [True, False])
def test_a_noisy_still_scene_is_measured_and_meets_every_target(with_matte: bool) -> None:
    generator = np.random.default_rng(0)
    picture = np.repeat(texture()[:, :COLUMNS, None], 3, axis=2)
    depth = np.full((ROWS, COLUMNS), 0.2, np.float32)
    depth[20:, 30:60] = 0.8
    images, predictions = [], []
    for index in range(60):
        image = picture.copy()
        image[5:15, index : index + 12] = 255
        images.append(image)
        noise = generator.normal(0, 0.02, (2, ROWS, COLUMNS)).astype(np.float32)
        matte = np.clip((depth > 0.5) + noise[1], 0, 1).astype(np.float32)
        predictions.append(Prediction(depth + noise[0], matte if with_matte else None))
    figures = measure(images, predictions, 30.0)
    assert figures.minmax_flicker == pytest.approx(0.02 * 2 / np.pi**0.5 / 0.72, rel=0.15)
    assert all(result.met for result in figures.results("scene", "90x60"))


def test_a_missed_target_is_said() -> None:
    figures = Steadiness(0.2, 1.0, -0.7, 0.3, 0.2, 0.5, 0.4)
    results = list(figures.results("scene", "90x60"))
    assert [result.met for result in results] == [False] * 4
    assert results[1].value == 0.7
