"""The synthetic scene: its truth is true, and it depends on nothing but seed, size and time."""

from __future__ import annotations

import dataclasses
import time

import cv2
import numpy as np
import pytest

from livedepth.capture.synthetic import SyntheticFrame, SyntheticScene, SyntheticSource
from livedepth.errors import SettingsError
from livedepth.settings import Settings

ARRAYS = ("image", "depth", "disparity", "matte", "motion")
WAVING = 6.3
INTERVAL = 1 / 30


@pytest.fixture(scope="module")
def scene() -> SyntheticScene:
    return SyntheticScene(321, 181)


def same(one: SyntheticFrame, other: SyntheticFrame) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS)


@pytest.mark.parametrize(("width", "height"), [(161, 93), (16, 16), (97, 128), (64, 17)])
def test_shapes_and_ranges(width: int, height: int) -> None:
    frame = SyntheticScene(width, height, seed=3).render(1.0)
    assert frame.image.shape == (height, width, 3)
    assert frame.image.dtype == np.uint8
    for name in ("depth", "disparity", "matte"):
        array = getattr(frame, name)
        assert array.shape == (height, width)
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
    assert frame.motion.shape == (height, width, 2)
    assert frame.motion.dtype == np.float32
    assert np.isfinite(frame.motion).all()
    assert all(getattr(frame, name).flags.c_contiguous for name in ARRAYS)
    assert frame.depth.min() > 0.05
    assert frame.depth.max() < 10
    assert frame.matte.min() >= 0
    assert frame.matte.max() <= 1


def test_disparity_is_inverse_depth_from_far_to_near(scene: SyntheticScene) -> None:
    frame = scene.render(0.0)
    assert frame.disparity.min() == 0
    assert frame.disparity.max() == 1
    assert frame.disparity.flat[frame.depth.argmin()] == 1
    inverse = 1 / frame.depth.astype(float)
    expected = (inverse - inverse.min()) / np.ptp(inverse)
    assert np.abs(frame.disparity - expected).max() < 1e-5


def test_the_hand_made_scene_is_a_person_before_a_wall(scene: SyntheticScene) -> None:
    frame = scene.render(0.0)
    assert 0.15 < frame.matte.mean() < 0.5
    head = frame.depth[70:80, 155:172]
    assert (head > 0.75).all()
    assert (head < 1.0).all()
    assert 2.5 < np.percentile(frame.depth[frame.matte == 0], 90) < 3.1
    assert 60 < frame.image.mean() < 190


def test_the_matte_is_one_inside_and_soft_at_the_outline(scene: SyntheticScene) -> None:
    matte = scene.render(WAVING).matte
    inside = cv2.erode((matte > 0.5).astype(np.uint8), np.ones((5, 5))).astype(bool)
    outside = ~cv2.dilate((matte > 0.5).astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert (matte[inside] == 1).all()
    assert (matte[outside] == 0).all()
    soft = (matte > 0) & (matte < 1)
    outline = cv2.morphologyEx((matte > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3)))
    assert soft.sum() > 0.2 * outline.sum()


def test_motion_carries_a_frame_onto_the_next() -> None:
    scene = SyntheticScene(640, 361)
    now, later = scene.render(WAVING, INTERVAL), scene.render(WAVING + INTERVAL)
    rows, columns = np.mgrid[0:361, 0:640].astype(np.float32)
    x, y = columns + now.motion[..., 0], rows + now.motion[..., 1]
    moved = cv2.remap(later.image, x, y, cv2.INTER_LINEAR).astype(int)
    covered = cv2.remap(later.matte, x, y, cv2.INTER_LINEAR)
    depth = cv2.remap(later.depth, x, y, cv2.INTER_LINEAR)
    inside = cv2.erode((now.matte == 1).astype(np.uint8), np.ones((7, 7))).astype(bool)
    seen = inside & (np.abs(depth - now.depth) < 0.03) & (x < 638) & (y < 330)
    assert seen.sum() > 0.9 * (inside & (y < 330)).sum()
    fast = seen & (np.linalg.norm(now.motion, axis=2) > 2)
    assert fast.sum() > 3000
    error = np.abs(moved - now.image).max(axis=2)
    still = np.abs(later.image.astype(int) - now.image).max(axis=2)
    assert np.median(error[seen]) <= 2
    assert np.percentile(error[fast], 90) < 12
    assert error[fast].mean() < 0.35 * still[fast].mean()
    assert (covered[seen] > 0.99).mean() > 0.99


def test_motion_over_no_time_and_of_the_room_is_none(scene: SyntheticScene) -> None:
    assert np.abs(scene.render(WAVING, 0.0).motion).max() < 1e-3
    frame = scene.render(WAVING)
    room = cv2.dilate(frame.matte, np.ones((3, 3))) == 0
    assert (frame.motion[room] == 0).all()


def test_motion_grows_with_the_interval(scene: SyntheticScene) -> None:
    short, twice = (scene.render(WAVING, interval).motion for interval in (0.001, 0.002))
    assert np.abs(twice - 2 * short).max() < 0.02
    assert np.abs(twice).max() > 0.1


def test_the_same_seed_and_time_give_the_same_arrays(scene: SyntheticScene) -> None:
    first = scene.render(2.5)
    scene.render(7.1)
    assert same(first, scene.render(2.5))
    assert same(first, SyntheticScene(321, 181).render(2.5))
    assert np.array_equal(first.image, scene.render_image(2.5))


def test_seeds_and_times_differ(scene: SyntheticScene) -> None:
    images = [SyntheticScene(64, 48, seed).render_image(0.0) for seed in range(5)]
    for i, one in enumerate(images):
        for other in images[:i]:
            assert np.abs(one.astype(int) - other).mean() > 5
    assert not np.array_equal(scene.render_image(0.0), scene.render_image(0.4))


def test_a_rendered_frame_is_not_written_again(scene: SyntheticScene) -> None:
    frame = scene.render(0.3)
    copies = {name: getattr(frame, name).copy() for name in ARRAYS}
    scene.render(4.0)
    assert all(np.array_equal(getattr(frame, name), copy) for name, copy in copies.items())
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.depth = frame.matte


def blobs(matte: np.ndarray) -> int:
    return cv2.connectedComponents((matte > 0.5).astype(np.uint8))[0] - 1


def test_as_many_people_as_asked_for() -> None:
    empty = SyntheticScene(96, 64, seed=4, people=0)
    assert empty.render(0.0).matte.max() == 0
    assert np.array_equal(empty.render_image(0.0), empty.render_image(5.0))
    shares = [SyntheticScene(96, 64, seed=4, people=n).render(0.0).matte.mean() for n in (1, 2, 3)]
    assert all(share > 0.03 for share in shares)


def test_every_seed_is_a_sound_scene() -> None:
    for seed in range(10, 26):
        frame = SyntheticScene(80, 60, seed, people=None).render(seed * 1.7)
        assert frame.depth.max() < 10, seed
        assert 15 < frame.image.mean() < 235, seed
        assert frame.image.std() > 8, seed
        assert np.abs(frame.motion).max() < 20, seed


def test_noise_changes_the_picture_and_not_the_truth() -> None:
    clean, noisy = (
        SyntheticScene(96, 64).render(1.0),
        SyntheticScene(96, 64, noise=0.03).render(1.0),
    )
    assert all(np.array_equal(getattr(clean, name), getattr(noisy, name)) for name in ARRAYS[1:])
    difference = noisy.image.astype(int) - clean.image
    assert 3 < difference.std() < 12
    assert np.array_equal(noisy.image, SyntheticScene(96, 64, noise=0.03).render_image(1.0))


@pytest.mark.parametrize(
    "options",
    [
        {"width": 15},
        {"height": 0},
        {"seed": -1},
        {"people": 4},
        {"people": -1},
        {"noise": 1.5},
        {"noise": float("nan")},
    ],
)
def test_what_is_out_of_range_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="got"):
        SyntheticScene(**{"width": 64, "height": 48, **options})


def test_the_source_shows_the_scene_at_its_rate() -> None:
    with SyntheticSource(Settings(width=64, height=48, rate=25.0)) as source:
        assert (source.size, source.rate, source.length) == ((64, 48), 25.0, None)
        assert not source.live
        frames = [source.read() for _ in range(3)]
    scene = SyntheticScene(64, 48)
    for index, frame in enumerate(frames):
        assert (frame.index, frame.timestamp) == (index, index / 25)
        assert np.array_equal(frame.image, scene.render_image(index / 25))
    assert source.read() is None


def test_in_real_time_the_source_keeps_its_pace() -> None:
    with SyntheticSource(Settings(width=64, height=48, rate=20.0, realtime=True)) as source:
        assert source.live
        source.read()
        started = time.monotonic()
        last = [source.read() for _ in range(4)][-1]
        assert time.monotonic() - started > 0.15
        assert last.timestamp >= 4 / 20
