"""Nobody watching: ``livedepth run`` lets the camera go, and is back as soon as somebody looks."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_run_vm import CAMERA, VIRTUAL_CAMERA, Running

from livedepth.compositor.placeholder import placeholder
from livedepth.pipeline import PLACEHOLDERS

pytestmark = [
    pytest.mark.camera,
    pytest.mark.skipif(
        not (Path(CAMERA).exists() and Path(VIRTUAL_CAMERA).exists()),
        reason=f"there are no {CAMERA} and {VIRTUAL_CAMERA} (vivid and v4l2loopback)",
    ),
]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    stream = Running(tmp_path, "--strength", "1.0", "--pause-after", "2")
    yield stream
    stream.stop()


def holds_camera(process: int) -> bool:
    links = []
    for link in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            links.append(str(link.readlink()))
    return CAMERA in links


def times_said(running: Running, words: str) -> int:
    return running.said().count(words)


def watch_until_live() -> tuple[float, np.ndarray]:
    """Open the virtual camera; seconds until a picture that is no placeholder, and that."""
    stand_ins = [placeholder((640, 480), lines).astype(int) for lines in PLACEHOLDERS]
    started = time.monotonic()
    capture = cv2.VideoCapture(VIRTUAL_CAMERA, cv2.CAP_V4L2)
    try:
        while time.monotonic() - started < 60:
            ok, picture = capture.read()
            if ok and all(np.abs(picture - stand_in).mean() > 15 for stand_in in stand_ins):
                return time.monotonic() - started, np.asarray(picture)
    finally:
        capture.release()
    raise AssertionError("only the placeholder came")


def test_the_camera_is_let_go_and_comes_back(running: Running) -> None:
    running.wait_for("nobody is watching")
    end = time.monotonic() + 20
    while holds_camera(running.process.pid):
        assert time.monotonic() < end, "the camera is still held"
        time.sleep(0.1)
    seconds, picture = watch_until_live()
    print(f"live {seconds:.2f} s after the look")
    assert picture.shape == (480, 640, 3)
    assert holds_camera(running.process.pid)
    assert times_said(running, "somebody is watching again") == 1
    end = time.monotonic() + 30
    while times_said(running, "nobody is watching") < 2:
        assert time.monotonic() < end, running.said()
        time.sleep(0.1)
    running.stop()
    assert running.process.returncode == 0, running.said()
    assert "Traceback" not in running.said()


def test_a_program_that_only_looks_round_wakes_nothing(running: Running) -> None:
    running.wait_for("nobody is watching")
    for _ in range(4):
        descriptor = os.open(VIRTUAL_CAMERA, os.O_RDWR | os.O_NONBLOCK)
        os.close(descriptor)
        time.sleep(1.0)
    assert not times_said(running, "somebody is watching again")
    assert not holds_camera(running.process.pid)
