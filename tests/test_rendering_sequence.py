"""Sequences are written whole or not at all; cameras and sheets keep what they are given."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from rendering.camera import Webcam, distort, lens_maps, photograph, smear, to_linear, to_picture
from rendering.pictures import wall_picture
from rendering.sequence import (
    ARRAYS,
    Sequence,
    folder_name,
    read_sequence,
    sequence_folders,
    write_sequence,
)
from rendering.sheet import contact_sheet, depth_picture

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "render.py"


def sequence(frames: int = 3, rows: int = 9, columns: int = 13, seed: int = 5) -> Sequence:
    rng = np.random.default_rng(seed)
    return Sequence(
        rng.integers(0, 255, (frames, rows, columns, 3), np.uint8),
        rng.uniform(0.3, 5, (frames, rows, columns)).astype(np.float16),
        rng.integers(0, 255, (frames, rows, columns), np.uint8),
        rng.normal(0, 3, (frames, rows, columns, 2)).astype(np.float16),
        rng.integers(0, 255, (rows, columns, 3), np.uint8),
        rng.uniform(0.3, 5, (rows, columns)).astype(np.float16),
        {"seed": seed, "light": "window"},
    )


def test_a_sequence_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = sequence()
    write_sequence(tmp_path / folder_name(5), written)
    read = read_sequence(tmp_path / "scene-000005")
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
    assert read.description == written.description


def test_only_finished_sequences_are_listed(tmp_path: Path) -> None:
    for seed in (12, 3):
        write_sequence(tmp_path / folder_name(seed), sequence(seed=seed))
    partial = tmp_path / "scene-000007.partial"
    partial.mkdir()
    (partial / "scene.json").write_text("{}")
    (tmp_path / "scene-000008").mkdir()
    assert [path.name for path in sequence_folders(tmp_path)] == ["scene-000003", "scene-000012"]


def test_a_wrong_shape_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    wrong = replace(sequence(), matte=np.zeros((3, 9, 12), np.uint8))
    with pytest.raises(ValueError, match="matte is uint8"):
        write_sequence(tmp_path / folder_name(1), wrong)
    wrong = replace(sequence(), depth=np.zeros((3, 9, 13), np.float32))
    with pytest.raises(ValueError, match="depth is float32"):
        write_sequence(tmp_path / folder_name(1), wrong)
    assert not list(tmp_path.iterdir())


def test_writing_again_replaces_and_clears_what_was_left(tmp_path: Path) -> None:
    folder = tmp_path / folder_name(5)
    left = folder.with_name(folder.name + ".partial")
    left.mkdir()
    (left / "stray.npy").write_bytes(b"x")
    write_sequence(folder, sequence(seed=1))
    write_sequence(folder, sequence(seed=2))
    assert json.loads((folder / "scene.json").read_text())["seed"] == 2
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(f"{name}.npy" for name in ARRAYS), "scene.json"]
    )


def test_a_sheet_shows_every_sequence(tmp_path: Path) -> None:
    for seed in range(5):
        write_sequence(tmp_path / folder_name(seed), sequence(seed=seed, rows=90, columns=160))
    sheet = contact_sheet(sequence_folders(tmp_path), columns=3)
    assert sheet.shape == (2 * 3 * 180, 3 * 320, 3)
    assert (sheet[:180, :320] != 60).mean() > 0.9


def test_near_is_brighter_in_a_picture_of_depth() -> None:
    depth = np.linspace(0.5, 6, 50, dtype=np.float16)[None].repeat(4, axis=0)
    picture = depth_picture(depth).astype(int).sum(axis=2)
    assert picture[0, 0] > picture[0, 25] > picture[0, 49]


@pytest.mark.parametrize("distortion", [-0.08, 0.0, 0.06])
def test_a_lens_keeps_the_middle_and_shows_no_border(distortion: float) -> None:
    across, down = lens_maps(91, 161, distortion)
    assert across[45, 80] == pytest.approx(80, abs=1e-3)
    assert down[45, 80] == pytest.approx(45, abs=1e-3)
    assert across.min() >= -0.51
    assert across.max() <= 160.51
    assert down.min() >= -0.51
    assert down.max() <= 90.51


def test_no_distortion_changes_nothing() -> None:
    depth = np.random.default_rng(1).uniform(0.4, 4, (31, 47)).astype(np.float32)
    np.testing.assert_allclose(distort(depth, 0.0), depth, atol=0.05)


def test_linear_light_and_back_is_the_same_picture() -> None:
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)[..., None].repeat(3, axis=2)
    np.testing.assert_array_equal(to_picture(to_linear(picture)), picture)


def test_a_worse_camera_is_noisier_and_one_seed_gives_one_picture() -> None:
    picture = np.full((60, 80, 3), 90, np.uint8)
    good = Webcam(distortion=0, vignette=0, shot=0.001, read=0.0005, quality=100, level=0.1)
    bad = replace(good, shot=0.06, read=0.01)

    def taken(camera: Webcam) -> np.ndarray:
        return photograph(picture, camera, np.random.default_rng(3)).astype(float)

    assert taken(good).std() < 2 < taken(bad).std()
    np.testing.assert_array_equal(taken(bad), taken(bad))


def test_motion_smears_along_itself_only() -> None:
    linear = np.zeros((21, 21, 3), np.float32)
    linear[10, 10] = 1.0
    motion = np.zeros((21, 21, 2), np.float32)
    motion[..., 0] = 8.0
    blurred = smear(linear, motion, 1.0)
    assert blurred[10, 6:15, 0].sum() == pytest.approx(1.0, abs=0.01)
    assert blurred[10, 10, 0] < 0.5
    assert not blurred[:10].any()


@pytest.mark.parametrize("kind", ["abstract", "landscape", "print", "photograph", "face"])
def test_every_wall_picture_is_a_colour_picture_again_the_same(kind: str, tmp_path: Path) -> None:
    first, second = (wall_picture(f"{kind}:3", tmp_path) for _ in range(2))
    assert first.dtype == np.uint8
    assert first.ndim == 3
    assert first.shape[2] == 3
    assert first.std() > 2
    np.testing.assert_array_equal(first, second)


def test_misuse_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT)]
    empty = [*command, "sheet", str(tmp_path), "--output", str(tmp_path / "a.png")]
    done = subprocess.run(empty, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "holds no rendered sequence" in done.stderr
    wrong = [*command, "sequences", "--output", str(tmp_path), "--seeds", "a:b"]
    done = subprocess.run(wrong, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no FIRST:END" in done.stderr
