"""A real camera in, a real virtual camera out: ``livedepth run`` between two kernel devices."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

CAMERA, VIRTUAL_CAMERA = "/dev/video0", "/dev/video10"

pytestmark = [
    pytest.mark.camera,
    pytest.mark.skipif(
        not (Path(CAMERA).exists() and Path(VIRTUAL_CAMERA).exists()),
        reason=f"there are no {CAMERA} and {VIRTUAL_CAMERA} (vivid and v4l2loopback)",
    ),
]

_PATIENCE = 90.0


class Running:
    """``livedepth run`` from the camera to the virtual camera, in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.stats = folder / "stats.json"
        self.log = folder / "log.txt"
        command = [sys.executable, "-m", "livedepth", "run", "--source", CAMERA]
        command += ["--width", "640", "--height", "480", "--stats-json", str(self.stats)]
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen([*command, *arguments], stderr=log, stdout=log)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_for(self, words: str) -> None:
        end = time.monotonic() + _PATIENCE
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        finally:
            self.process.kill()


@pytest.fixture
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    stream = Running(tmp_path, *getattr(request, "param", ()))
    yield stream
    stream.stop()


class Viewer:
    """Another program's view of the virtual camera, through OpenCV."""

    def __init__(self) -> None:
        end = time.monotonic() + _PATIENCE
        self._capture = cv2.VideoCapture(VIRTUAL_CAMERA, cv2.CAP_V4L2)
        while not self._capture.isOpened():
            assert time.monotonic() < end, "the virtual camera never became readable"
            time.sleep(0.2)
            self._capture = cv2.VideoCapture(VIRTUAL_CAMERA, cv2.CAP_V4L2)

    def look(self, skip: int = 3) -> np.ndarray:
        for _ in range(skip):
            ok, picture = self._capture.read()
            assert ok
        return np.asarray(picture)

    def close(self) -> None:
        self._capture.release()


@pytest.fixture
def viewer(running: Running) -> Iterator[Viewer]:
    running.wait_for("sending to")
    viewer = Viewer()
    yield viewer
    viewer.close()


@pytest.mark.parametrize("running", [("--strength", "1.0")], indirect=True)
def test_a_viewer_sees_the_composed_camera(running: Running, viewer: Viewer) -> None:
    pictures = [viewer.look() for _ in range(3)]
    running.stop()
    assert running.process.returncode == 0, running.said()
    assert all(picture.shape == (480, 640, 3) for picture in pictures)
    assert all(picture.std() > 5 for picture in pictures)
    assert "asked 640x480" in running.said()
    assert "granted 640x480" in running.said()
    stats = json.loads(running.stats.read_text(encoding="utf-8"))
    assert stats["frames_out"] > 5
    assert stats["size"] == [640, 480]


@pytest.mark.parametrize("running", [("--effect", "depth", "--colourmap", "grey")], indirect=True)
def test_the_chosen_effect_is_what_arrives(running: Running, viewer: Viewer) -> None:
    picture = viewer.look()
    assert np.ptp(picture.astype(int), axis=2).max() <= 12


def test_a_camera_that_vanishes_and_returns(running: Running, viewer: Viewer) -> None:
    before = viewer.look()
    vivid = Path("/sys/bus/platform/drivers/vivid")
    device = next(path.name for path in vivid.iterdir() if path.name.startswith("vivid"))
    (vivid / "unbind").write_text(device, encoding="utf-8")
    running.wait_for("is gone")
    time.sleep(1.0)
    placeholder = viewer.look(skip=6)
    (vivid / "bind").write_text(device, encoding="utf-8")
    running.wait_for("is back")
    after = viewer.look(skip=10)
    cv2.imwrite(str(running.log.with_name("placeholder.png")), placeholder)
    cv2.imwrite(str(running.log.with_name("after.png")), after)
    assert np.abs(placeholder.astype(int) - before).mean() > 15
    assert np.abs(after.astype(int) - placeholder).mean() > 15
    assert running.process.poll() is None


def test_a_machine_that_slept_goes_on(running: Running, viewer: Viewer) -> None:
    viewer.look()
    running.process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    running.process.send_signal(signal.SIGCONT)
    assert viewer.look(skip=10).std() > 5
    running.stop()
    assert running.process.returncode == 0, running.said()
    for words in ("is gone", "sends", "Traceback"):
        assert words not in running.said().replace("sending to", "")


def test_a_second_livedepth_is_told_that_the_camera_is_busy(
    running: Running, viewer: Viewer, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "livedepth", "--source", CAMERA, "--output", "null"],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    assert result.returncode == 1
    line = result.stderr.splitlines()[-1]
    assert CAMERA in line
    assert "use" in line
    assert "Traceback" not in result.stderr
