"""The maps that drive the effects, against naive twins."""

from __future__ import annotations

import numpy as np
import pytest

from livedepth.compositor.kernels import confusion as kernels

SHAPE = (7, 11)


def some(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def test_rim_takes_the_disparity_beyond_it() -> None:
    disparity, matte, dilated, far, known = some(1, 5, *SHAPE)
    weighted, weight = np.zeros((2, *SHAPE), np.float32)
    kernels.mask_background(weighted, weight, disparity, dilated)
    np.testing.assert_allclose(weight, 1 - dilated, rtol=1e-5)
    np.testing.assert_allclose(weighted, (1 - dilated) * disparity, rtol=1e-5)
    out = np.zeros(SHAPE, np.float32)
    kernels.clear_rim(out, disparity, matte, dilated, far * known, known)
    rim = np.maximum(dilated - matte, 0) * np.minimum(20 * known, 1)
    beyond = far * known / np.maximum(known, 1e-3)
    np.testing.assert_allclose(out, disparity + rim * (beyond - disparity), atol=1e-5)


def test_what_is_held_joins_the_subject_and_what_is_far_does_not() -> None:
    disparity = np.array([[0.8, 0.8, 0.4, 0.8]], np.float32)
    matte = np.array([[1.0, 0.0, 0.0, 0.0]], np.float32)
    nearby = np.array([[0.9, 0.4, 0.4, 0.0]], np.float32)
    out = np.zeros_like(matte)
    kernels.include_held(out, disparity, matte, nearby, np.float32(0.8), np.float32(0.1))
    np.testing.assert_allclose(out, [[1, 1, 0, 0]])


def outline(sampled: np.ndarray) -> list[np.ndarray]:
    planes = [np.zeros(SHAPE, np.float32) for _ in range(3)]
    kernels.place_outline(*planes, sampled, np.float32(1.5), np.float32(2.8), np.float32(0.1), 2)
    return planes


def test_outline_is_steepened_about_the_subject_and_believed_where_certain() -> None:
    sampled = some(2, 3, *SHAPE)
    target, scale, offset = outline(sampled)
    m = sampled[1]
    np.testing.assert_allclose(target, np.clip((m - 0.5) * 1.5 + 0.5, 0, 1), atol=1e-5)
    gain = 1 + 1.8 * np.minimum(2 * sampled[2], 1)
    inside, outside = np.clip(20 * m - 18, 0, 1), np.clip(2 - 20 * m, 0, 1)
    unsure = 1 - np.maximum(inside, outside)
    np.testing.assert_allclose(scale, gain * unsure, atol=1e-4)
    np.testing.assert_allclose(offset, (0.4 - 0.5 * gain) * unsure + inside, atol=1e-4)


@pytest.mark.parametrize("band", [0.1, 0.01, 0.0])
def test_circle_of_confusion_grows_with_the_distance_from_focus(band: float) -> None:
    sampled = some(3, 3, *SHAPE)
    target, scale, offset = outline(sampled)
    before = target.copy(), scale.copy(), offset.copy()
    got, near = np.zeros((2, *SHAPE), np.float32)
    nearest = np.zeros(SHAPE[0], np.float32)
    kernels.circle_of_confusion(
        got,
        near,
        nearest,
        target,
        scale,
        offset,
        sampled,
        np.float32(0.6),
        np.float32(band),
        np.float32(2.5),
        2,
    )
    least = 1 - min(50 * band, 1)
    c = np.clip((np.abs(sampled[0] - 0.6) - band) * 2.5, least, 1)
    s = np.maximum(1 - 4 * c, 0)
    s = s * s * (3 - 2 * s)
    inside = np.clip(20 * sampled[1] - 18, 0, 1)
    np.testing.assert_allclose(got, c, atol=1e-5)
    np.testing.assert_allclose(target, np.maximum(before[0], s), atol=1e-4)
    np.testing.assert_allclose(scale, before[1] * (1 - s) + s * (1 - inside), atol=1e-4)
    np.testing.assert_allclose(offset, before[2] * (1 - s) + s * inside, atol=1e-4)
    room = np.maximum(1 - 2 * sampled[1], 0) * (1 - least)
    n = np.where(sampled[0] > 0.6, (1 - s) * room, 0)
    np.testing.assert_allclose(near, n, atol=1e-4)
    np.testing.assert_allclose(nearest, n.max(axis=1), atol=1e-4)


def test_what_is_near_is_taken_out_of_what_is_sharp_but_never_the_subject() -> None:
    sampled = some(4, 3, *SHAPE)
    target, scale, offset = outline(sampled)
    before = target.copy(), scale.copy(), offset.copy()
    near, wide = some(5, 2, *SHAPE)
    nearer = near.copy()
    w = wide * np.maximum(1 - 2 * sampled[1], 0)
    kernels.take_out_near(target, scale, offset, near, wide, sampled, 2)
    np.testing.assert_allclose(wide, w, atol=1e-5)
    np.testing.assert_allclose(near, np.minimum(nearer, w), atol=1e-5)
    for got, old in zip((target, scale, offset), before, strict=True):
        np.testing.assert_allclose(got, old * (1 - w), atol=1e-5)
        np.testing.assert_array_equal(got[sampled[1] > 0.5], old[sampled[1] > 0.5])
