"""The whole path as a user takes it: on the synthetic scene, and on clips of real people."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import livedepth
from livedepth.cli.main import main
from livedepth.config import presets

HELD_OUT = "asl_gestures_eat.mkv"


@pytest.fixture
def clip(shared_data: Path) -> Path:
    """A clip of a person whom the embedded network never saw."""
    return shared_data / "clips" / HELD_OUT


def detail(picture: np.ndarray) -> float:
    return float(np.abs(cv2.Laplacian(picture, cv2.CV_32F)).mean())


def test_a_real_person_stays_sharp_before_a_blurred_room(clip: Path) -> None:
    plain = list(itertools.islice(livedepth.stream(str(clip), effect="none"), 12))[-1]
    blurred = list(itertools.islice(livedepth.stream(str(clip), effect="blur", strength=1.0), 12))
    picture = blurred[-1].image
    chest = (slice(250, 330), slice(270, 370))
    wall = (slice(0, 380), slice(480, 570))
    assert detail(picture[chest]) > 0.7 * detail(plain.image[chest])
    assert detail(picture[wall]) < 0.35 * detail(plain.image[wall])


def test_replacing_the_room_leaves_the_person(clip: Path) -> None:
    frames = livedepth.stream(str(clip), effect="replace", background="#00ff00")
    picture = list(itertools.islice(frames, 12))[-1].image
    green = (picture == (0, 255, 0)).all(axis=2)
    assert green[:40].mean() > 0.95
    assert green[:, 480:570][:300].mean() > 0.95
    assert green[200:330, 270:370].mean() < 0.02


def test_a_clip_becomes_a_recording_with_every_frame_at_its_time(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["--source", str(clip), "--output", "film.mp4", "--stats-json", "stats.json"]
    assert main(arguments) == 0
    times = []
    for path in (clip, tmp_path / "film.mp4"):
        with av.open(str(path)) as container:
            stamps = [float(frame.time or 0.0) for frame in container.decode(video=0)]
            times.append(np.array(stamps) - stamps[0])
    assert len(times[0]) == len(times[1])
    np.testing.assert_allclose(times[0], times[1], atol=2e-3)
    stats = json.loads(Path("stats.json").read_text(encoding="utf-8"))
    assert stats["frames_out"] == len(times[0])
    assert stats["dropped"] == 0


def test_a_browser_can_play_the_recording(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    size = ["--width", "320", "--height", "180"]
    arguments = ["--source", "synthetic", *size, "--output", str(film), "--frames", "5"]
    assert main(arguments) == 0
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.codec_context.profile in ("Constrained Baseline", "Main", "High")
        assert (stream.width, stream.height) == (320, 180)


def test_nothing_the_size_of_a_frame_is_allocated_in_the_steady_state(tmp_path: Path) -> None:
    size = (640, 360)
    film = tmp_path / "film.mp4"
    scene = ["--source", "synthetic", "--width", "640", "--height", "360", "--effect", "none"]
    assert main([*scene, "--output", str(film), "--frames", "40"]) == 0

    from contextlib import closing

    from livedepth.capture.opening import open_source
    from livedepth.depth.registry import load_model
    from livedepth.pipeline import Limit, Pipeline
    from livedepth.settings import Settings, SettingsHolder

    settings = Settings(source=str(film), output=("null",), loop=True)
    peaks: list[int] = []

    def watch(sent: int) -> None:
        if sent == 30:
            tracemalloc.start()
        elif sent > 33:
            current, peak = tracemalloc.get_traced_memory()
            peaks.append(peak - current)
            tracemalloc.reset_peak()

    try:
        with open_source(settings) as source, closing(load_model()) as model:
            pipeline = Pipeline(source, model, SettingsHolder(settings), lambda text: None)
            pipeline.run(Limit(frames=60), watch)
    finally:
        tracemalloc.stop()
    # The network's own maps at 320x192 are 0.25 MB; a frame is 0.69 MB.
    assert max(peaks) < size[0] * size[1] * 3


def test_sixty_frames_through_the_command_line_leave_no_noise(tmp_path: Path) -> None:
    size = ["--width", "320", "--height", "180"]
    command = [sys.executable, "-W", "error", "-m", "livedepth", "--source", "demo", *size]
    result = subprocess.run(
        [*command, "--output", "null", "--frames", "60"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for line in result.stderr.splitlines():
        assert line.startswith(("livedepth: ", "frames: ")), line


@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_preset_runs(preset: str, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    arguments = ["--preset", preset, "--source", "synthetic", "--output", "null", "--frames", "2"]
    small = ["--width", "160", "--height", "90", "--stats-json", str(stats)]
    assert main([*arguments, *small]) == 0
    assert json.loads(stats.read_text(encoding="utf-8"))["frames_out"] == 2
