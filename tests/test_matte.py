from __future__ import annotations

import itertools

import numpy as np

from livedepth.stabiliser.matte import MatteFromDepth, matte_from_disparity, middle_of_classes


def room(near: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    disparity = np.full((60, 80), 0.2, np.float32)
    disparity[20:, 30:50] = near
    return disparity, disparity > 0.5


def test_the_nearer_class_is_the_matte() -> None:
    disparity, person = room()
    matte = matte_from_disparity(disparity)
    assert matte.dtype == np.float32
    np.testing.assert_array_equal(matte > 0.5, person)
    assert set(np.unique(matte)) == {0.0, 1.0}


def test_the_threshold_follows_slowly_and_without_smoothing_at_once() -> None:
    slow, quick = MatteFromDepth(), MatteFromDepth()
    first, _ = room(0.7)
    second, _ = room(0.4)
    for matte, smoothing in ((slow, 0.5), (quick, 0.0)):
        matte.update(first, 0.0, smoothing)
        matte.update(second, 1 / 30, smoothing)
    held = slow.update(second, 1 / 30, 0.5)
    taken = quick.update(second, 1 / 30, 0.0)
    np.testing.assert_array_equal(taken, matte_from_disparity(second))
    assert held.mean() < taken.mean()
    for _ in range(150):
        held = slow.update(second, 1 / 30, 0.5)
    np.testing.assert_allclose(held, taken, atol=0.05)


def test_a_noisy_threshold_flickers_less_than_one_per_frame() -> None:
    generator, matte = np.random.default_rng(0), MatteFromDepth()
    ramp = np.tile(np.linspace(0, 1, 90, dtype=np.float32), (60, 1))
    maps = [ramp + np.float32(generator.normal(0, 0.03)) * (ramp > 0.6) for _ in range(40)]
    held = [matte.update(values, 1 / 30, 0.5)[:, :50] for values in maps]
    own = [matte_from_disparity(values)[:, :50] for values in maps]
    change = [
        np.mean([np.abs(a - b).mean() for a, b in itertools.pairwise(each)]) for each in (held, own)
    ]
    assert change[0] < 0.3 * change[1]


def test_a_flat_map_has_a_middle() -> None:
    assert 0.0 <= middle_of_classes(np.full((8, 9), 0.3, np.float32)) <= 1.0
