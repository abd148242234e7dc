"""Covering a frame: filled, centred, never stretched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.capture.fitting import cover

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
