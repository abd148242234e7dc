from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedepth.capture.demo import open_demo
from livedepth.cli.main import main
from livedepth.settings import EFFECTS, Settings


def test_the_demo_leaves_a_video_a_sheet_and_statistics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livedepth.cli.demo._SECONDS_EACH", 0.2)
    folder = tmp_path / "new" / "demo"
    assert main(["demo", "--output-dir", str(folder), "--size", "320x180"]) == 0
    captured = capsys.readouterr()
    for name in ("demo.mp4", "contact-sheet.png", "stats.json"):
        assert str(folder / name) in captured.out
    with open_demo(Settings()) as clip:
        total = round(0.2 * clip.rate) * len(EFFECTS)
    assert f"frames: {total} of {total}" in captured.err
    stats = json.loads((folder / "stats.json").read_text(encoding="utf-8"))
    assert stats["frames_out"] == total
    assert stats["size"] == [320, 180]
    video = cv2.VideoCapture(str(folder / "demo.mp4"))
    frames = [picture for ok, picture in iter(video.read, (False, None)) if ok]
    video.release()
    assert len(frames) == total
    assert len({frame.tobytes() for frame in frames}) == total
    sheet = cv2.imread(str(folder / "contact-sheet.png"))
    assert sheet is not None
    assert sheet.std() > 30


def test_a_second_demo_replaces_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedepth.cli.demo._SECONDS_EACH", 0.07)
    arguments = ["demo", "--output-dir", str(tmp_path), "--size", "160x90"]
    assert main(arguments) == 0
    assert main(arguments) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "contact-sheet.png", "demo.mp4", "stats.json",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert main(["demo", "--output-dir", str(tmp_path / "file" / "demo")]) == 1
    error = capsys.readouterr().err
    assert str(tmp_path / "file" / "demo") in error
    assert "Traceback" not in error


def test_what_is_in_the_way_of_the_video_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo.mp4").mkdir()
    assert main(["demo", "--output-dir", str(tmp_path), "--size", "160x90"]) == 1
    assert "demo.mp4 is in the way" in capsys.readouterr().err


def test_the_subject_is_found_in_the_built_in_scene() -> None:
    from contextlib import closing

    from livedepth.capture.synthetic import SyntheticScene
    from livedepth.depth.registry import load_model

    truth = SyntheticScene(640, 360).render(1.0)
    with closing(load_model()) as model:
        matte = model.infer(truth.image).matte
    assert matte is not None
    small = cv2.resize(truth.matte, matte.shape[::-1], interpolation=cv2.INTER_AREA)
    found, there = matte > 0.5, small > 0.5
    assert (found & there).sum() / (found | there).sum() > 0.75
    assert np.isfinite(matte).all()
