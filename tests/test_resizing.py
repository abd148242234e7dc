from __future__ import annotations

import numpy as np
import pytest

from livedepth.resizing import shrink


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
