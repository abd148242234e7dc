"""Scenes are sampled the same for a seed, stand in their rooms and are framed as wished."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from rendering import decode
from rendering.furniture import (
    ARCHIVE,
    FurnitureError,
    Model,
    open_archive,
    parse_catalogue,
    read_catalogue,
    used_names,
    without_degenerate_faces,
)
from rendering.layout import Footprint, Plan, footprint
from rendering.placement import aim, place_head, place_root, settle
from rendering.sampling import Wishes, sample_scene
from rendering.scene import Camera, Framing, Measure, Stand, described

MODELS = {
    name: Model(name, 0.3 + 0.011 * index, 0.3 + 0.006 * index, 0.4 + 0.015 * index, 0.42)
    for index, name in enumerate(used_names())
}
SEATS = {name: model.top for name, model in MODELS.items()}
SITTING = Measure((0.0, -0.05, 0.45), (0.01, -0.12, 1.2))
STANDING = Measure((0.0, 0.0, 0.9), (0.0, -0.03, 1.62))
SEEDS = st.integers(0, 10**6)


def measures(scene) -> tuple[Measure, ...]:
    return tuple(SITTING if each.situation == "sitting" else STANDING for each in scene.people)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_a_seed_gives_one_scene_and_json(seed: int) -> None:
    scene = sample_scene(seed, MODELS)
    assert scene == sample_scene(seed, MODELS)
    plain = json.loads(json.dumps(described(scene)))
    assert plain["camera"]["columns"] == scene.camera.columns
    assert len(plain["people"]) == len(scene.people)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_people_and_furniture_stand_in_the_room(seed: int) -> None:
    scene = sample_scene(seed, MODELS)
    room = scene.room
    assert room.front < 0 < room.back
    for stand in scene.people:
        assert room.left < stand.x < room.right
        assert 0.3 < stand.y < room.back - 0.5
    for first in scene.people:
        for second in scene.people:
            apart = math.hypot(first.x - second.x, first.y - second.y)
            assert first is second or apart > 0.6
    for piece in scene.pieces:
        assert room.left - 0.01 <= piece.position[0] <= room.right + 0.01
        assert piece.position[1] <= room.back + 0.01
        assert -1e-6 <= piece.position[2] < room.height


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_nothing_stands_between_the_camera_and_a_person(seed: int) -> None:
    scene = sample_scene(seed, MODELS)
    for piece in scene.pieces:
        model = MODELS[piece.model]
        top = piece.position[2] + model.height
        on_desk = math.hypot(*piece.position[:2]) < 1.2 and piece.position[2] > 0.6
        if on_desk or piece.position[2] > 1.0 or top < scene.camera.height - 0.3:
            continue
        space = footprint(*piece.position[:2], model.width, model.depth, piece.turn, 0, 9)
        for stand in scene.people:
            for share in np.linspace(0.05, 1.0, 30):
                x, y = share * stand.x, share * stand.y
                inside = space.left < x < space.right and space.front < y < space.back
                assert not inside, (piece, stand)


def test_counts_follow_their_shares() -> None:
    counts = [len(sample_scene(seed, MODELS).people) for seed in range(400)]
    shares = np.bincount(counts, minlength=4) / len(counts)
    assert len(shares) == 4
    np.testing.assert_allclose(shares, [0.12, 0.6, 0.2, 0.08], atol=0.08)


def test_wishes_are_granted() -> None:
    wishes = Wishes(people=1, light="dim", size=(640, 360), distance=0.4)
    for seed in range(20):
        scene = sample_scene(seed, MODELS, wishes)
        assert (scene.camera.columns, scene.camera.rows) == (640, 360)
        assert scene.light == "dim"
        (stand,) = scene.people
        assert math.hypot(stand.x, stand.y) == pytest.approx(0.4)


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(-0.6, 0.6),
    y=st.floats(0.6, 2.5),
    z=st.floats(1.0, 1.5),
    across=st.floats(-0.9, 0.9),
    up=st.floats(-0.3, 0.3),
)
def test_the_camera_shows_its_target_where_it_is_wanted(
    x: float, y: float, z: float, across: float, up: float
) -> None:
    camera = aim(Camera(1.2, 0, 0, 0, 1.1, 384, 216), (x, y, z), Framing(across, up))
    axes = decode.camera_axes(camera)
    right, above, behind = np.array([x, y, z - camera.height]) @ axes
    half = math.tan(camera.field_of_view / 2)
    assert right / -behind / half == pytest.approx(across, abs=0.12)
    if abs(camera.pitch) < 0.48:
        assert above / -behind / half * 384 / 216 == pytest.approx(up, abs=0.25)


def test_a_sitting_person_is_placed_by_the_seat_and_a_standing_one_by_the_head() -> None:
    sitting = Stand(1, "sitting", 0.3, 0.9, 0.4, "chair")
    root = place_root(sitting, SITTING)
    cosine, sine = math.cos(0.4), math.sin(0.4)
    seat = (root[0] + 0.05 * sine, root[1] - 0.05 * cosine)
    assert seat == pytest.approx((0.3, 0.9))
    standing = Stand(1, "standing", -0.2, 1.1, -0.3, None)
    assert place_head(standing, STANDING) == pytest.approx((-0.2, 1.1, 1.62))


def test_settling_puts_a_chair_at_the_height_of_the_seat() -> None:
    for seed in range(60):
        scene = sample_scene(seed, MODELS, Wishes(people=1))
        settled = settle(scene, measures(scene), SEATS)
        chairs = settled.pieces[len(scene.pieces) :]
        (stand,) = scene.people
        assert len(chairs) == (stand.situation == "sitting")
        for chair in chairs:
            assert chair.model == stand.chair
            height = SEATS[chair.model] * chair.scale[2]
            assert height == pytest.approx(0.45, rel=0.01)


def test_a_plan_refuses_what_overlaps_or_leaves_the_room() -> None:
    plan = Plan(-1, 1, -1, 1, 2.5)
    assert plan.free(Footprint(-0.5, 0.5, -0.5, 0.5, 0, 1))
    plan.reserve([Footprint(-0.5, 0.5, -0.5, 0.5, 0, 1)])
    assert not plan.free(Footprint(0.4, 0.9, 0.4, 0.9, 0, 1))
    assert plan.free(Footprint(0.4, 0.9, 0.4, 0.9, 1.0, 1.5))
    assert not plan.free(Footprint(0.6, 1.1, 0.6, 0.9, 0, 1))
    assert not plan.free(Footprint(0.6, 0.9, 0.6, 0.9, 0, 2.6))


def test_the_catalogue_is_read_in_metres() -> None:
    text = (
        "name#7=Chair\nmodel#7=/blendswap-cc-0/chair/chair.obj\nwidth#7=51.3\ndepth#7=53.1\n"
        "height#7=80\ndropOnTopElevation#7=45.5\nmodelRotation#7=1 0 0 0 0 1 0 -1 0\n"
        "name#8=Box\nmodel#8=/blendswap-cc-0/box/box.obj\nwidth#8=90\ndepth#8=60\nheight#8=31\n"
    )
    models = parse_catalogue(text)
    assert models["chair"] == Model("chair", 0.513, 0.531, 0.8, 0.455, (1, 0, 0, 0, 0, 1, 0, -1, 0))
    assert models["box"].top == pytest.approx(0.31)


def test_faces_of_two_vertices_are_dropped() -> None:
    content = b"v 0 0 0\nf 1/1 2/2 3/3\nf 1/1 1/2 2/3\nf 4 5\nusemtl a\n"
    assert without_degenerate_faces(content) == b"v 0 0 0\nf 1/1 2/2 3/3\nusemtl a\n"


def test_absent_furniture_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FurnitureError, match=r"apt install .*sweethome3d-furniture"):
        open_archive(tmp_path / "none.sh3f")
    broken = tmp_path / "broken.sh3f"
    broken.write_bytes(b"no zip")
    with pytest.raises(FurnitureError, match="cannot be read"):
        open_archive(broken)


@pytest.mark.skipif(not ARCHIVE.exists(), reason="sweethome3d-furniture is not installed")
def test_the_package_has_every_model() -> None:
    models = read_catalogue()
    assert sorted(models) == used_names()
    assert 0.4 < models["chair"].top < 0.55


def test_motion_is_projected_into_pixels() -> None:
    """A point that moves right, up or nearer is found again where the pinhole puts it."""
    rng = np.random.default_rng(4)
    camera = Camera(1.2, 0.3, -0.1, 0.05, 1.2, 37, 23)
    rows, columns = 23, 37
    depth = rng.uniform(0.6, 2.0, (rows, columns)).astype(np.float32)
    motion = rng.normal(0, 0.03, (rows, columns, 3)).astype(np.float32)
    matte = np.ones((rows, columns), np.float32)
    matte[:, :5] = 0.2
    empty = np.zeros((rows, columns, 3), np.float32)
    layers = decode.Layers(empty, empty, empty, depth, matte, motion * matte[..., None])
    flow = decode.pixel_motion(layers, camera)
    assert not flow[:, :5].any()
    axes = decode.camera_axes(camera)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    for row, column in ((0, 7), (11, 20), (22, 36)):
        z = float(depth[row, column])
        x = (column + 0.5 - columns / 2) / camera.focal * z
        y = -(row + 0.5 - rows / 2) / camera.focal * z
        world = axes @ np.array([x, y, -z]) + motion[row, column]
        right, above, behind = axes.T @ world
        expected = (
            right / -behind * camera.focal + columns / 2 - 0.5 - column,
            -above / -behind * camera.focal + rows / 2 - 0.5 - row,
        )
        np.testing.assert_allclose(flow[row, column], expected, atol=1e-3)


def test_exposure_brings_dark_and_bright_scenes_to_one_level() -> None:
    rng = np.random.default_rng(2)
    colour = rng.uniform(0.2, 0.6, (20, 30, 3)).astype(np.float32)
    matte = np.zeros((20, 30), np.float32)
    pictures = [
        decode.tone_map(colour * scale * decode.exposure_gain(colour * scale, matte, 1.0))
        for scale in (0.05, 1.0, 4.0)
    ]
    for picture in pictures[1:]:
        assert np.abs(picture.astype(int) - pictures[0]).max() <= 1
    assert 90 < pictures[0].mean() < 140


def test_tone_mapping_rises_and_never_wraps() -> None:
    ramp = np.repeat(np.linspace(0, 60, 4000, dtype=np.float32)[:, None, None], 3, axis=2)
    mapped = decode.tone_map(ramp).astype(int)[:, 0, 0]
    assert (np.diff(mapped) >= 0).all()
    assert mapped[0] == 0
    assert mapped[-1] == 255


def test_depth_is_bounded_and_empty_is_far() -> None:
    depth = np.array([[0.01, 1.5, 1e10, np.nan, np.inf]], np.float32)
    kept = decode.kept_depth(depth)
    assert kept.dtype == np.float16
    np.testing.assert_allclose(kept.astype(float), [[0.1, 1.5, 30, 30, 30]], rtol=1e-3)
