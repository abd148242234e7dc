"""Augmented views keep picture, depth and matte together; cut-outs keep people in front."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from training.augmentation import (
    augment,
    augment_pair,
    back_light,
    exposed,
    person_window,
    random_camera,
    random_view,
    scaled,
    tone_tables,
)
from training.composites import paste, place_person
from training.pairs import Pair, still
from training.rooms import intersect_box, random_room
from training.shards import Sample, read_shard, shard_folders, write_shard

seeds = st.integers(0, 10_000)


def disc(height: int = 96, width: int = 128) -> Sample:
    """A bright disc in front of a dark wall: picture, depth and matte are the same shape."""
    matte = np.zeros((height, width), np.float32)
    cv2.circle(matte, (width // 2, height // 2), height // 3, 1.0, -1)
    image = np.rint(40 + 180 * matte).astype(np.uint8)
    return Sample(np.dstack([image] * 3), 0.2 + matte, matte)


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_a_view_lies_within_its_source_when_not_turned(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view = random_view((96, 128), (64, 96), rng)
    if abs(view[0, 1]) > 1e-9:
        return
    linear, shift = view[:, :2], view[:, 2]
    for corner in ((0, 0), (96, 64)):
        x, y = np.linalg.solve(linear, np.array(corner) - shift)
        assert -1e-6 <= x <= 128 + 1e-6
        assert -1e-6 <= y <= 96 + 1e-6


def test_a_scaled_view_keeps_pixel_centres() -> None:
    identity = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    half = scaled(identity, 0.5)
    np.testing.assert_allclose(half @ np.array([0.5, 0.5, 1.0]), [0.0, 0.0])


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_labels_follow_the_picture(seed: int) -> None:
    image, disparity, matte = augment(disc(), 64, 96, np.random.default_rng(seed))
    assert image.shape == (3, 64, 96)
    assert disparity.shape == matte.shape == (1, 32, 48)
    assert image.min() >= 0.0
    assert image.max() <= 1.0
    # The disc's own edge is a pixel wide: the disparity is sampled there, the matte averaged.
    inside = (matte < 0.01) | (matte > 0.99)
    assert (np.abs(disparity - 0.2 - matte)[inside] < 0.3).all()
    assert np.median(np.abs(disparity - 0.2 - matte)) < 1e-4


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_tones_never_turn_round(seed: int) -> None:
    table = tone_tables(np.random.default_rng(seed))
    assert table.shape == (1, 256, 3)
    assert (np.diff(table.astype(int), axis=1) >= 0).all()


def test_back_light_darkens_the_person_only() -> None:
    sample = disc()
    lit = back_light(sample.image, sample.matte, 0.4, 1.5)
    person = sample.matte > 0.5
    assert lit[person].mean() < sample.image[person].mean()
    assert lit[~person].mean() >= sample.image[~person].mean()


@settings(max_examples=20, deadline=None)
@given(seed=seeds, aspect=st.floats(0.5, 2.0))
def test_a_window_on_a_person_lies_in_the_picture(seed: int, aspect: float) -> None:
    window = person_window(disc().matte, aspect, np.random.default_rng(seed))
    assert window is not None
    half = np.array([window.height * aspect, window.height]) / 2
    assert (window.centre - half >= -1e-6).all()
    assert (window.centre + half <= np.array([128, 96]) + 1e-6).all()


def test_there_is_no_window_on_nobody() -> None:
    nobody = np.zeros((96, 128), np.float32)
    assert person_window(nobody, 1.5, np.random.default_rng(0)) is None


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_any_camera_delivers_a_picture(seed: int) -> None:
    sample = disc()
    frame = exposed(sample.image, sample.matte, random_camera(np.random.default_rng(seed)))
    assert frame.shape == sample.image.shape
    assert frame.dtype == np.uint8


def test_a_still_pair_is_seen_everywhere_and_differs_by_its_noise() -> None:
    rng = np.random.default_rng(3)
    maps = augment_pair(still(disc()), 64, 96, rng)
    assert [values.shape for values in maps] == [
        (2, 3, 64, 96),
        (2, 1, 32, 48),
        (2, 1, 32, 48),
        (2, 32, 48),
        (1, 32, 48),
    ]
    images, disparity, matte, motion, seen = maps
    np.testing.assert_array_equal(disparity[0], disparity[1])
    np.testing.assert_array_equal(matte[0], matte[1])
    assert (motion == 0).all()
    assert (seen == 1).all()
    assert 0 < np.abs(images[0] - images[1]).mean() < 0.1


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_motion_turns_with_the_view(seed: int) -> None:
    sample = disc(192, 256)
    moved = Sample(
        np.roll(sample.image, 6, axis=1),
        np.roll(sample.disparity, 6, axis=1),
        np.roll(sample.matte, 6, axis=1),
    )
    motion = np.zeros((192, 256, 2), np.float32)
    motion[..., 0] = 6.0
    _, disparity, _, moves, seen = augment_pair(
        Pair(sample, moved, motion), 64, 96, np.random.default_rng(seed)
    )
    row, column = np.mgrid[0:32, 0:48]
    goal = (row + np.rint(moves[1]).astype(int), column + np.rint(moves[0]).astype(int))
    place = seen[0] > 0.5
    assert place.mean() > 0.5
    there = tuple(
        np.clip(axis, 0, limit)[place] for axis, limit in zip(goal, (31, 47), strict=True)
    )
    errors = np.abs(disparity[1, 0][there] - disparity[0, 0][place])
    assert np.mean(errors > 0.3) < 0.1


def test_an_unknown_motion_is_seen_nowhere() -> None:
    maps = augment_pair(Pair(disc(), disc(), None), 64, 96, np.random.default_rng(0))
    assert not maps[4].any()


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_a_pasted_person_is_in_front_of_what_it_mostly_hides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layer = place_person(disc(), 128, 96, rng)
    covers = layer.matte > 0.5
    if covers.sum() < 200:
        return
    room = np.full((96, 128, 3), 90.0, np.float32)
    wall = np.full((96, 128), 0.4, np.float32)
    image, disparity, matte = paste(room, wall, np.zeros_like(wall), layer, rng)
    assert (disparity[~covers] == 0.4).all()
    assert float(np.median(disparity[covers])) > 0.4
    np.testing.assert_array_equal(image[layer.matte == 0], 90.0)
    np.testing.assert_array_equal(matte, layer.matte)


def test_rays_meet_a_box_where_they_should() -> None:
    ray = np.array([[[0.0, 0.0, 1.0]]], np.float32)
    low, high = np.array([-1, -1, 2], np.float32), np.array([1, 1, 5], np.float32)
    origin = np.zeros(3, np.float32)
    outside, axis = intersect_box(origin, ray, low, high, inside=False)
    assert (float(outside[0, 0]), int(axis[0, 0])) == (2.0, 2)
    inside, _ = intersect_box(np.array([0, 0, 3], np.float32), ray, low, high, inside=True)
    assert float(inside[0, 0]) == 2.0
    missed, _ = intersect_box(np.array([3, 0, 0], np.float32), ray, low, high, inside=False)
    assert np.isinf(missed[0, 0])


@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_a_room_surrounds_its_camera(seed: int) -> None:
    photograph = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    image, depth = random_room(96, 64, [photograph], np.random.default_rng(seed))
    assert image.shape == (64, 96, 3)
    assert np.isfinite(depth).all()
    assert depth.min() > 0.0


def test_a_shard_comes_back_as_written(tmp_path: Path) -> None:
    write_shard(tmp_path / "discs", "discs", [disc(), disc()])
    (tmp_path / "torn.partial").mkdir()
    assert shard_folders(tmp_path) == [tmp_path / "discs"]
    shard = read_shard(tmp_path / "discs")
    assert (len(shard), shard.kind) == (2, "discs")
    sample = shard.sample(1)
    np.testing.assert_array_equal(sample.image, disc().image)
    np.testing.assert_allclose(sample.disparity, disc().disparity, atol=1e-3)
    assert shard.motion is None


def test_a_shard_of_pairs_keeps_their_motion(tmp_path: Path) -> None:
    motion = np.full((1, 96, 128, 2), 1.5, np.float32)
    write_shard(tmp_path / "discs", "discs", [disc(), disc()], motion)
    np.testing.assert_array_equal(read_shard(tmp_path / "discs").motion, motion)
