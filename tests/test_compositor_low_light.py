"""Low light: dark pictures lifted, lit ones left, steady in time, hues kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.compositor.compositor import Compositor
from livedepth.compositor.kernels.lift import lift_picture
from livedepth.compositor.low_light import LowLight, brightness, lift_for
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import EFFECTS, Settings

NOBODY = np.zeros((9, 16), np.float32)


def room(scale: float, seed: int = 0) -> Image:
    """A coloured picture whose brightest value is 255 x ``scale``."""
    picture = np.random.default_rng(seed).integers(0, 256, (90, 160, 3))
    return (picture * scale).astype(np.uint8)


def lifted(image: Image, amount: float = 1.0) -> Image:
    return LowLight().apply(image, NOBODY, amount, 0.0, 2)


def test_a_dark_picture_is_lifted_as_far_as_asked() -> None:
    dark = room(0.15)
    means = [lifted(dark, amount).mean() for amount in (0.0, 0.3, 0.6, 1.0)]
    assert means == sorted(set(means))
    assert means[0] == dark.mean()
    assert means[-1] > 2 * dark.mean()


def test_a_lit_picture_is_left_as_it_is() -> None:
    lit = room(1.0)
    assert lifted(lit) is lit


def test_the_darker_the_picture_the_more_it_is_lifted() -> None:
    slopes = [lift_for(level) for level in (0.0, 0.05, 0.1, 0.2, 0.48, 0.9)]
    assert slopes == sorted(slopes, reverse=True)
    assert slopes[-2:] == pytest.approx([1.0, 1.0])


def test_a_lit_face_before_a_dark_room_is_not_dark() -> None:
    image, matte = np.full((90, 160, 3), 10, np.uint8), np.zeros((9, 16), np.float32)
    image[20:70, 50:110] = 150
    matte[2:7, 5:11] = 1
    assert lift_for(brightness(image, NOBODY)) > 1.5
    assert lift_for(brightness(image, matte)) == 1.0


@given(
    colours=st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=20),
    slope=st.floats(1.0, 8.0),
)
@settings(max_examples=40, deadline=None)
def test_hues_stay_and_nothing_clips(colours: list[tuple[int, int, int]], slope: float) -> None:
    before = np.array([colours], np.uint8)
    after = np.zeros_like(before)
    lift_picture(after, before, np.zeros((2, len(colours)), np.float32), np.float32(slope))
    assert (after >= before).all()
    brightest = before.max(axis=2, keepdims=True).astype(float)
    share = np.divide(before, brightest, where=brightest > 0, out=np.zeros(before.shape))
    assert np.abs(after - share * after.max(axis=2, keepdims=True)).max() <= 1.01


@pytest.mark.parametrize("slope", [1.0, 2.0, 8.0])
def test_the_curve_keeps_black_white_and_order(slope: float) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    after = np.zeros_like(ramp)
    lift_picture(after, ramp, np.zeros((2, 256), np.float32), np.float32(slope))
    assert after[0, 0, 0] == 0
    assert after[0, 255, 0] == 255
    assert (np.diff(after[0, :, 0].astype(int)) >= 0).all()
    assert after[0, 1, 0] == pytest.approx(slope, abs=0.6)


def test_brightness_is_followed_in_seconds_whatever_the_rate() -> None:
    dark, lit = room(0.1), room(1.0)
    left = []
    for rate in (10, 60):
        low_light = LowLight()
        low_light.apply(dark, NOBODY, 1.0, 0.0, 2)
        for tick in range(1, rate + 1):
            low_light.apply(lit, NOBODY, 1.0, tick / rate, 2)
        left.append(low_light._level)
    assert left[0] == pytest.approx(left[1], rel=1e-6)
    assert brightness(dark, NOBODY) < left[0] < brightness(lit, NOBODY)


def test_a_flickering_lamp_does_not_pump() -> None:
    low_light = LowLight()
    steady = room(0.12)
    means = []
    for tick in range(60):
        image = room(0.12 + 0.03 * (tick % 2))
        low_light.apply(image, NOBODY, 1.0, tick / 30, 2)
        means.append(low_light._lifted[:1].mean())
    slopes = np.array(means[20::2])
    assert slopes.std() < 0.02 * slopes.mean()
    assert low_light.apply(steady, NOBODY, 0.0, 3.0, 2) is steady


@pytest.mark.parametrize("effect", EFFECTS)
def test_which_effects_are_lifted(effect: str) -> None:
    matte = np.ones((9, 16), np.float32)
    depth = SteadyDepth(matte * np.float32(0.8), matte, focus=0.8, band=0.1)
    image = room(0.12)
    with Compositor(Settings(effect=effect)) as compositor:
        plain = compositor.compose(image, depth, at=0.0).copy()
        compositor.settings = Settings(effect=effect, low_light=1.0)
        bright = compositor.compose(image, depth, at=0.0).copy()
    assert np.array_equal(plain, bright) == (effect in ("none", "depth"))
