from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.resizing import cover, shrink


def shrunk(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    destination = np.empty((rows, columns, 3), np.uint8)
    shrink(image, destination, np.empty((2 * rows, 2 * columns, 3), np.uint8))
    return destination


@pytest.mark.parametrize("factor", [4, 2])
def test_whole_factors_average_every_pixel(factor: int) -> None:
    generator = np.random.default_rng(1)
    image = generator.integers(0, 256, (24 * factor, 40 * factor, 3), np.uint8)
    blocks = image.reshape(24, factor, 40, factor, 3).mean((1, 3))
    assert np.abs(shrunk(image, 24, 40) - blocks).max() <= 1.0


def test_fine_stripes_become_grey_and_not_moire() -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    image[:, ::2] = 255
    assert np.ptp(shrunk(image, 192, 320)) < 70


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (17, 31), (5, 900)])
def test_any_size_of_picture_is_taken(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    assert (shrunk(image, 32, 64) == 90).all()


SIDE = st.integers(1, 90)


@settings(max_examples=60, deadline=None)
@given(SIDE, SIDE, SIDE, SIDE)
def test_every_size_covers_every_other(width: int, height: int, columns: int, rows: int) -> None:
    destination = np.zeros((height, width, 3), np.uint8)
    cover(destination, np.full((rows, columns, 3), (9, 90, 200), np.uint8))
    assert (destination == (9, 90, 200)).all()


@pytest.mark.parametrize("size", [(320, 180), (200, 200), (90, 160), (641, 479)])
def test_a_disc_stays_a_disc_in_the_middle(size: tuple[int, int]) -> None:
    width, height = size
    image = np.zeros((240, 320, 3), np.uint8)
    cv2.circle(image, (160, 120), 60, (255, 255, 255), -1)
    destination = np.empty((height, width, 3), np.uint8)
    cover(destination, image)
    rows, columns = np.nonzero(destination[..., 0] > 127)
    across, down = np.ptp(columns), np.ptp(rows)
    scale = max(width / 320, height / 240)
    assert across == pytest.approx(120 * scale, abs=3)
    assert down == pytest.approx(120 * scale, abs=3)
    assert columns.mean() == pytest.approx((width - 1) / 2, abs=1 + scale)
    assert rows.mean() == pytest.approx((height - 1) / 2, abs=1 + scale)


def test_the_same_size_is_a_copy() -> None:
    image = np.random.default_rng(0).integers(0, 255, (31, 43, 3), np.uint8)
    destination = np.empty_like(image)
    cover(destination, image)
    assert (destination == image).all()
