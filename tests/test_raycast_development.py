"""Linear light to bytes, and the sensor's noise."""

from __future__ import annotations

import numpy as np
import pytest
from raycast_support import HEIGHT, WIDTH

from livedepth.capture.raycast.development import add_noise, develop
from livedepth.capture.raycast.tables import TILE


def test_only_what_is_new_is_developed() -> None:
    image = np.full((HEIGHT, WIDTH, 3), 7, np.uint8)
    hits, edges = np.full((HEIGHT, WIDTH), -1, np.int16), np.zeros((HEIGHT, WIDTH), np.uint8)
    hits[10:20, 10:20], hits[30:40, 30:40], edges[50, 50] = 0, 1, 1
    colour = np.tile(np.array([4.0, 1.0, 0.0], np.float32), (HEIGHT, WIDTH, 1))
    curve = np.arange(256).astype(np.uint8)
    every = np.arange(-(-HEIGHT // TILE) * -(-WIDTH // TILE))
    develop(image, colour, edges, hits, 1, curve, every)
    changed = (image != 7).any(axis=2)
    assert np.array_equal(changed, ((hits == 0) | (edges == 1)))
    blue, green, red = image[50, 50]
    assert blue == 0 < green < red


def test_noise_keeps_the_mean_and_has_the_strength_asked_for() -> None:
    image = np.full((200, 201, 3), 128, np.uint8)
    other, again = image.copy(), image.copy()
    add_noise(image, 0.02, 5, np.arange(200))
    add_noise(again, 0.02, 5, np.arange(200))
    add_noise(other, 0.02, 6, np.arange(200))
    assert np.array_equal(image, again)
    assert not np.array_equal(image, other)
    assert image.mean() == pytest.approx(128, abs=0.1)
    assert image.std() == pytest.approx(0.02 * 255, rel=0.05)
    assert abs(np.corrcoef(image.ravel()[1:], image.ravel()[:-1])[0, 1]) < 0.02
