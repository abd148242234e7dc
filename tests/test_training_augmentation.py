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
    back_light,
    random_view,
    scaled,
    tone_tables,
)
from training.composites import paste, place_person
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
    np.testing.assert_allclose(disparity, 0.2 + matte, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_tones_never_turn_round(seed: int) -> None:
    table = tone_tables(np.random.default_rng(seed))
    assert table.shape == (1, 256, 3)
    assert (np.diff(table.astype(int), axis=1) >= 0).all()


def test_back_light_darkens_the_person_only() -> None:
    sample = disc()
    lit = back_light(sample.image, sample.matte, np.random.default_rng(0))
    person = sample.matte > 0.5
    assert lit[person].mean() < sample.image[person].mean()
    assert lit[~person].mean() >= sample.image[~person].mean()


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
