"""People to render: sampling, poses, cuts and meshes; bodies only where anny is installed."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from rendering import combing, hair, people, poses, skeleton, surface, wardrobe

FEW = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**31)
needs_anny = pytest.mark.skipif(
    importlib.util.find_spec("anny") is None, reason="anny, which shapes the bodies, is missing"
)
needs_scipy = pytest.mark.skipif(
    importlib.util.find_spec("scipy") is None, reason="scipy, which holds the matrices, is missing"
)

GRID = np.array(
    [[first, first + 1, first + 5, first + 4] for first in (0, 1, 2, 4, 5, 6, 8, 9, 10)]
)  # fmt: skip
PLACES = np.array([[column, row, 0.0] for row in range(4) for column in range(4)])


@FEW
@given(seeds, st.sampled_from([poses.SITTING, poses.STANDING]))
def test_a_seed_says_everything(seed: int, situation: str) -> None:
    first = people.sample_person(seed, 3, 0.1, situation)
    assert first == people.sample_person(seed, 3, 0.1, situation)
    assert hash(first) is not None
    assert first != people.sample_person(seed + 1, 3, 0.1, situation)
    assert first.posture == situation
    assert first.times == pytest.approx((0.0, 0.1, 0.2, 0.3))


@FEW
@given(seeds)
def test_samples_stay_in_their_ranges(seed: int) -> None:
    spec = people.sample_person(seed, 1, 0.1, poses.SITTING)
    assert 16 <= spec.age <= 80
    assert all(0 <= value <= 1 for value in (spec.female, spec.weight, spec.tone, spec.make_up))
    assert all(0 <= value <= 1 for _, value in spec.phenotypes)
    assert all(-1 <= value <= 1 for _, value in spec.changes)
    cloth = spec.outfit.top.cloth
    for colour in (cloth.colour, cloth.second, spec.hair.colour, spec.iris, spec.held_colour):
        assert all(0 <= channel <= 1 for channel in colour)
    assert spec.gesture in poses.GESTURES
    assert spec.hair.style in hair.STYLES
    assert spec.outfit.top.kind in wardrobe.TOPS


def test_all_that_can_be_sampled_is() -> None:
    specs = [people.sample_person(seed, 1, 0.1, poses.SITTING) for seed in range(300)]
    assert {spec.gesture for spec in specs} == set(poses.GESTURES)
    assert {spec.hair.style for spec in specs} == set(hair.STYLES)
    assert {spec.hair.beard for spec in specs} == set(hair.BEARDS)
    assert {spec.outfit.top.kind for spec in specs} == set(wardrobe.TOPS)
    assert {spec.outfit.top.cloth.pattern for spec in specs} == set(wardrobe.PATTERNS)
    assert {spec.held for spec in specs} == {"none", *poses.HOLD}
    tones = np.histogram([spec.tone for spec in specs], 5, (0, 1))[0]
    assert tones.min() > 300 / 5 / 2
    bare = np.mean([spec.outfit.top.sleeve < 1 for spec in specs])
    assert bare > 0.3


def test_bad_requests_are_named() -> None:
    with pytest.raises(ValueError, match="lying"):
        people.sample_person(1, 1, 0.1, "lying")
    with pytest.raises(ValueError, match="frames 0"):
        people.sample_person(1, 0, 0.1, poses.SITTING)


@FEW
@given(seeds, st.sampled_from(poses.GESTURES), st.sampled_from([poses.SITTING, poses.STANDING]))
def test_poses_stay_within_joint_limits(seed: int, gesture: str, posture: str) -> None:
    times = np.linspace(0, 6, 31)
    track = poses.sample_track(seed, times, posture, gesture, "none", seed % 2)
    assert (np.abs(track.head) <= poses.HEAD_LIMITS + 1e-9).all()
    assert (np.abs(track.spine) <= poses.SPINE_LIMITS + 1e-9).all()
    for arm in track.arms:
        assert ((arm.curl >= 0) & (arm.curl <= 1)).all()
        assert (np.linalg.norm(np.diff(arm.at, axis=0), axis=1) < 0.6).all()
    assert all(((value >= 0) & (value <= 1)).all() for value in track.actions.values())


def test_the_demo_repeats_without_a_jump() -> None:
    period, frames = 5.0, 120
    times = np.linspace(0, 2 * period, 2 * frames + 1)
    track = poses.demo_track(times % period, period)
    again = poses.demo_track(times[: frames + 1] + period * 1e-9, period)
    for arm, twin in zip(track.arms, again.arms, strict=True):
        np.testing.assert_allclose(arm.at[0], arm.at[frames], atol=1e-6)
        assert np.abs(np.diff(arm.at, axis=0)).max() < 0.12
        np.testing.assert_allclose(twin.at[0], arm.at[0], atol=1e-5)
    seam = np.abs(track.head[frames] - track.head[frames - 1])
    assert (seam <= np.abs(np.diff(track.head, axis=0)).max(0) + 1e-9).all()
    talking = track.actions["jawOpen"]
    assert np.ptp(talking) > 0.15
    assert track.actions["eyeBlinkLeft"].max() > 0.9


def test_the_demo_person_is_periodic() -> None:
    spec = people.demo_person(120, 1 / 24)
    assert spec.period == pytest.approx(5.0)
    assert len(spec.times) == 121
    assert spec.outfit.top.sleeve > 1.5
    assert spec.posture == poses.SITTING


@FEW
@given(seeds)
def test_reach_keeps_the_bones_lengths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shoulder, wrist, pole = rng.normal(0, 0.4, (3, 5, 3))
    elbow, end = skeleton.reach(shoulder, wrist, pole, 0.27, 0.24)
    np.testing.assert_allclose(np.linalg.norm(elbow - shoulder, axis=1), 0.27, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(end - elbow, axis=1), 0.24, atol=1e-9)
    within = np.linalg.norm(wrist - shoulder, axis=1)
    reachable = (within < 0.97 * 0.51) & (within > 0.2)
    np.testing.assert_allclose(end[reachable], wrist[reachable], atol=1e-9)


@FEW
@given(seeds)
def test_rotations_are_rotations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vector = rng.normal(0, 0.8, (4, 3))
    turn = skeleton.rotation(vector)
    np.testing.assert_allclose(
        turn @ np.swapaxes(turn, -1, -2), np.tile(np.eye(3), (4, 1, 1)), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(turn), 1, atol=1e-9)
    np.testing.assert_allclose(skeleton.rotation(skeleton.rotation_vector(turn)), turn, atol=1e-8)
    axis = rng.normal(0, 1, 3)
    swing, twist = skeleton.swing_twist(turn, axis)
    whole = swing @ skeleton.rotation(twist[:, None] * skeleton.unit(axis))
    np.testing.assert_allclose(whole, turn, atol=1e-7)


def test_children_follow_their_parents() -> None:
    heads = np.array([[0.0, 0, 0], [1.0, 0, 0]])
    turns = np.tile(np.eye(3), (1, 2, 1, 1))
    turns[0, 0] = skeleton.rotation(np.array([0, 0, np.pi / 2]))
    world, shift = skeleton.forward_kinematics(heads, np.array([-1, 0]), turns)
    moved = world[0, 1] @ np.array([2.0, 0, 0]) + shift[0, 1]
    np.testing.assert_allclose(moved, [0, 2, 0], atol=1e-12)


@needs_scipy
def test_a_cut_runs_along_the_field() -> None:
    polygons, vertices = surface.cut(GRID, PLACES[:, 0] - 1.25)
    made = surface.cut_matrix(vertices, len(PLACES)) @ PLACES
    assert made[:, 0].min() == pytest.approx(1.25)
    area = sum(_area(made[polygon]) for polygon in polygons)
    assert area == pytest.approx(3 * 1.75)


def _area(polygon: np.ndarray) -> float:
    x, y = polygon[:, 0], polygon[:, 1]
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


@needs_scipy
def test_subdivision_keeps_a_flat_sheet_flat_and_its_centre() -> None:
    faces, matrix = surface.subdivide([list(face) for face in GRID], len(PLACES))
    fine = matrix @ PLACES
    assert faces.shape == (4 * len(GRID), 4)
    np.testing.assert_allclose(matrix.sum(1), 1)
    np.testing.assert_allclose(fine[:, 2], 0)
    np.testing.assert_allclose(fine[:, :2].mean(0), [1.5, 1.5], atol=1e-9)
    assert all(_area(fine[face]) > 0 for face in faces)
    np.testing.assert_allclose(surface.normals(fine, faces), np.tile([0, 0, 1.0], (len(fine), 1)))


def test_the_rim_of_a_sheet_is_one_loop() -> None:
    loops = surface.rims(GRID)
    assert len(loops) == 1
    assert set(loops[0]) == set(range(16)) - {5, 6, 9, 10}


@needs_scipy
def test_hair_keeps_off_the_head_and_the_face() -> None:
    rng = np.random.default_rng(3)
    ball = skeleton.unit(rng.normal(0, 1, (4000, 3)))
    growth = combing.Growth(
        0.1 * ball, ball, np.array([0, -0.09, 0.0]), 0.1, np.array([0, 0.1, 0.0])
    )
    up = ball[(ball[:, 2] > 0.3) & (ball[:, 1] > -0.6)][:200]
    style = hair.Hair("bob", (0.1, 0.1, 0.1), 0.22, 0.0, False, 0.01, 0.0, "none")
    guides = combing.grow_guides(style, growth, 0.1 * up, up, rng)
    assert np.linalg.norm(guides[:, 4:], axis=-1).min() > 0.098
    strands = combing.follow_guides(style, guides, 0.1 * up, rng)
    cleared = combing.clear_face(strands, growth, style, combing.side_of(style, 0.1 * up)[:, None])
    before = (cleared[..., 1] < -0.075) & (cleared[..., 2] < 0.02)
    assert (np.abs(cleared[before][:, 0]) > 0.03).all()


@needs_anny
@pytest.mark.parametrize("situation", [poses.SITTING, poses.STANDING])
def test_a_person_is_written_whole(tmp_path: Path, situation: str) -> None:
    spec = people.sample_person(4, 2, 0.1, situation)
    path = tmp_path / "person.npz"
    people.write_person(replace(spec, held="mug", gesture="talking"), path)
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    skin = arrays["skin/vertices"]
    assert skin.dtype == np.float32
    assert skin.shape[0] == 3
    assert arrays["skin/faces"].max() < skin.shape[1]
    assert all(np.isfinite(values).all() for name, values in arrays.items() if name != "header")
    assert sum(len(arrays[name]) for name in arrays if name.endswith("/faces")) < 25_000
    assert arrays["hair/points"].shape[1] <= 8_000 + 2_500
    assert 0.3 < skin[0, :, 2].max() - skin[0, :, 2].min() < 2.2
    assert -0.02 < arrays["shoes/vertices"][0, :, 2].min() < 0.02
    if situation == poses.SITTING:
        assert 0.3 < arrays["seat"][2] < 0.6
