from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from livedepth.stabiliser.brightness import UNCHANGED, light_change


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 160, (61, 83)).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 1.5), st.floats(-20, 20), st.integers(0, 99))
def test_gain_and_offset_are_found_though_a_third_of_the_picture_moved(
    gain: float, offset: float, seed: int
) -> None:
    before = picture(seed)
    now = np.clip((before * gain + offset).round(), 0, 255).astype(np.uint8)
    now[:20] = picture(seed + 1)[:20]
    # A change about the median level, which keeps it, counts as none.
    assume(abs(np.median(now - before.astype(float))) > 2)
    relit = light_change(now, before).applied(before)
    assert np.abs(relit[20:].astype(float) - now[20:]).mean() < 2.5


def test_noise_alone_is_no_change_of_light() -> None:
    noise = np.random.default_rng(2).normal(0, 3, (61, 83))
    noisy = np.clip(picture() + noise, 0, 255).astype(np.uint8)
    assert light_change(noisy, picture()) == UNCHANGED
    assert UNCHANGED.applied(noisy) is noisy


@pytest.mark.parametrize("level", [0, 255])
def test_a_saturated_picture_says_nothing(level: int) -> None:
    assert light_change(np.full((61, 83), level, np.uint8), picture()) == UNCHANGED
