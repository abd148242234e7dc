from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedepth.stabiliser.scene_cut import is_scene_cut


def room(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 10), np.uint8)
    return np.asarray(cv2.resize(coarse, (160, 96), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_another_room_is_a_cut() -> None:
    assert is_scene_cut(room(1), room(2))


def test_noise_and_a_small_pan_are_none() -> None:
    picture = room(1)
    noise = np.random.default_rng(0).normal(0, 6, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    assert not is_scene_cut(noisy, picture)
    assert not is_scene_cut(np.roll(picture, 3, axis=1), picture)


def test_a_hand_before_the_lens_is_none() -> None:
    picture, waving = room(1), room(1)
    waving[20:90, 30:110] = 255
    assert not is_scene_cut(waving, picture)


@pytest.mark.parametrize(("gain", "offset"), [(2.2, 0), (0.4, 0), (1.0, 60), (0.5, 90)])
def test_a_light_or_an_exposure_is_none(gain: float, offset: float) -> None:
    picture = (room(1) // 2 + 20).astype(np.uint8)
    lit = np.clip(picture * gain + offset, 0, 255).astype(np.uint8)
    assert not is_scene_cut(lit, picture)


def test_a_covered_lens_is_a_cut() -> None:
    assert is_scene_cut(np.zeros((96, 160), np.uint8), room(1))
