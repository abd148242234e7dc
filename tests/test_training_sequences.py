"""Rendered sequences are read as rendered, and people stand in other rooms as they should."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from rendering.sequence import Sequence, write_sequence
from training.insertion import (
    fitted_plane,
    hang_picture,
    insert,
    matching_gain,
    place,
    placement,
    portrait_crop,
)
from training.pairs import Pair, carry_back, still, visible
from training.sequences import read_scene, solid, unmixed
from training.shards import Sample, write_shard
from training.sources import INSERTED, RENDERED, read_sources

SIZE = (90, 160)

seeds = st.integers(0, 10_000)


def person(shift: int = 0) -> np.ndarray:
    """A head on shoulders, cut by the lower edge."""
    matte = np.zeros(SIZE, np.float32)
    cv2.circle(matte, (80 + shift, 30), 14, 1.0, -1)
    cv2.rectangle(matte, (56 + shift, 44), (104 + shift, 90), 1.0, -1)
    return matte


def figure() -> Pair:
    frames = []
    for shift in (0, 4):
        matte = person(shift)
        image = np.where(matte[..., None] > 0, 180, 60).astype(np.uint8) * np.ones(3, np.uint8)
        frames.append(Sample(image, np.where(matte > 0, 1.0, 0.3).astype(np.float32), matte))
    motion = np.zeros((*SIZE, 2), np.float32)
    motion[..., 0] = 4.0 * person()
    return Pair(frames[0], frames[1], motion)


def room(near: float = 0.3) -> Pair:
    nobody = np.zeros(SIZE, np.float32)
    return still(Sample(np.full((*SIZE, 3), 90, np.uint8), np.full_like(nobody, near), nobody))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sequences."""
    root = tmp_path / "sequences"
    pair = figure()
    depth = np.stack([1.0 / sample.disparity for sample in (pair.first, pair.second)])
    sequence = Sequence(
        np.stack([pair.first.image, pair.second.image]),
        depth.astype(np.float16),
        (np.stack([person(0), person(4)]) * 255).astype(np.uint8),
        np.stack([pair.motion, 0 * pair.motion]).astype(np.float16),
        np.full((*SIZE, 3), 60, np.uint8),
        np.full(SIZE, 1 / 0.3, np.float16),
        {},
    )
    for number in range(2):
        write_sequence(root / f"scene-{number:06d}", sequence)
    return root


def test_a_scene_comes_back_as_rendered(folder: Path) -> None:
    scene = read_scene(folder / "scene-000000")
    pair = scene.pair(0)
    np.testing.assert_array_equal(pair.second.matte, person(4))
    differs = np.abs(pair.first.disparity - figure().first.disparity) > 1e-3
    assert differs.mean() < 2e-3, "but for the corners, which the median rounds"
    np.testing.assert_array_equal(pair.motion, figure().motion)
    last = scene.pair(1)
    assert last.first is last.second
    assert not last.motion.any()
    nobody = scene.room()
    assert not nobody.first.matte.any()
    assert (nobody.first.image == 60).all()


def test_hair_has_no_holes() -> None:
    disparity, matte = figure().first.disparity.copy(), person()
    disparity[60, 80] = 0.3
    filled = solid(disparity, matte)
    assert filled[60, 80] == 1.0
    np.testing.assert_array_equal(filled[matte == 0], disparity[matte == 0])


def test_few_sequences_are_drawn_seldom(folder: Path, tmp_path: Path) -> None:
    write_shard(tmp_path / "o", "objects", [room().first])
    sources = read_sources(tmp_path, folder, {"objects", RENDERED})
    chances = sources.chances({"objects": 0.5, RENDERED: 0.5})
    assert chances[RENDERED] == pytest.approx(2 / 62)
    assert chances[INSERTED] == 0.0
    assert sum(chances.values()) == pytest.approx(1.0)


def test_unmixing_gives_the_persons_own_colour() -> None:
    matte = np.full(SIZE, 0.5, np.float32)
    room_colour = np.full((*SIZE, 3), 20.0, np.float32)
    mixed = np.full((*SIZE, 3), 110, np.uint8)
    np.testing.assert_array_equal(unmixed(mixed, room_colour, matte), 200)


def test_a_place_that_moved_is_carried_back_and_seen() -> None:
    pair = figure()
    back = carry_back(pair.second.matte, pair.motion)
    inside = person() > 0.5
    np.testing.assert_allclose(back[inside], 1.0, atol=1e-5)
    disparity = (pair.first.disparity, pair.second.disparity)
    mattes = (pair.first.matte, pair.second.matte)
    seen = visible(disparity, mattes, pair.motion, 0.1) > 0.5
    assert seen[inside].all()
    covered = (person(4) > 0.5) & ~inside
    assert not seen[covered].any()


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_a_placed_person_reaches_the_lower_edge(seed: int) -> None:
    transform, scale = placement(person(), SIZE, np.random.default_rng(seed))
    assert 0.1 < scale <= 2.5
    foot = transform @ np.array([80.0, 90.0, 1.0])
    assert foot[1] >= 90.0


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_an_inserted_person_stands_in_front_and_moves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    someone = place(figure(), SIZE, rng)
    covers = someone.first.matte > 0.5
    if covers.sum() < 200:
        return
    result = insert(room(), someone, rng, exact=True)
    np.testing.assert_allclose(result.first.matte, someone.first.matte, atol=1e-6)
    assert (result.first.disparity[~covers] == np.float32(0.3)).all()
    assert float(np.median(result.first.disparity[covers])) > 0.3
    np.testing.assert_array_equal(result.motion[~covers], 0.0)
    np.testing.assert_allclose(result.motion[covers], someone.motion[covers])


def test_what_is_nearer_hides_a_person_in_an_exact_room() -> None:
    near = np.full(SIZE, 0.3, np.float32)
    near[:, :60] = 50.0
    wall = Sample(np.full((*SIZE, 3), 90, np.uint8), near, np.zeros(SIZE, np.float32))
    result = insert(still(wall), figure(), np.random.default_rng(0), exact=True)
    assert not result.first.matte[:, :60].any()
    assert result.first.matte[:, 62:90].any()
    np.testing.assert_array_equal(result.first.image[:, :60], 90)


def test_a_person_takes_the_rooms_light() -> None:
    dark = np.full((8, 8, 3), 40, np.uint8)
    bright = np.full((20, 3), 160.0, np.float32)
    assert (matching_gain(dark, bright, 0.0) == 1.0).all()
    assert (matching_gain(dark, bright, 0.9) < 0.5).all()


def test_a_plane_is_found_through_its_own_points() -> None:
    row, column = np.mgrid[:30, :40].astype(np.float32)
    plane = 0.01 * row - 0.02 * column + 1.0
    bumped = plane.copy()
    bumped[:, 20:] = 9.0
    np.testing.assert_allclose(fitted_plane(bumped, column < 20), plane, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_a_hung_picture_is_flat_and_nobody(seed: int) -> None:
    picture = np.full((50, 40, 3), 200, np.uint8)
    before = room()
    after = hang_picture(before, picture, np.random.default_rng(seed))
    assert not after.first.matte.any()
    np.testing.assert_allclose(after.first.disparity, 0.3, atol=1e-4)
    assert (after.first.image != before.first.image).any()


def test_a_portrait_shows_the_head() -> None:
    crop = portrait_crop(figure().first, np.random.default_rng(0))
    assert crop.size > 300
    assert (crop == 180).mean() > 0.2
    assert portrait_crop(room().first, np.random.default_rng(0)).shape == (*SIZE, 3)


@pytest.mark.parametrize("kind", [RENDERED, INSERTED, "clips", "objects"])
def test_every_kind_can_be_drawn(folder: Path, tmp_path: Path, kind: str) -> None:
    pair = figure()
    write_shard(tmp_path / "c", "clips", [pair.first, pair.second], pair.motion[None])
    write_shard(tmp_path / "o", "objects", [room().first])
    sources = read_sources(tmp_path, folder, {"clips", "objects", RENDERED, INSERTED})
    assert set(sources.kinds()) == {"clips", "objects", RENDERED, INSERTED}
    rng = np.random.default_rng(1)
    for _ in range(12):
        drawn = sources.pair(kind, rng)
        assert drawn.first.matte.shape == drawn.second.matte.shape
        assert drawn.first.image.shape == (*drawn.first.matte.shape, 3)
        assert np.isfinite(drawn.first.disparity).all()


def test_an_empty_pool_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="prepare it"):
        read_sources(tmp_path, None, {"clips"})
