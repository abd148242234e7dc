"""The camera through OpenCV, over a stand-in for its capture: negotiation, loss, recovery."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import REPOSITORY

from livedepth.capture import opencv_camera
from livedepth.capture.camera import CameraInfo
from livedepth.capture.modes import Mode
from livedepth.capture.opencv_camera import OpenCvCamera, probe_indices
from livedepth.capture.session import Session
from livedepth.errors import CameraLostError, SourceError
from livedepth.settings import Settings

Step = Callable[["Capture"], bool]


class Capture:
    """What cv2.VideoCapture does, with each grab decided by a script that then repeats its end."""

    script: tuple[Step, ...]
    opens = True
    granted: tuple[int, int, float, str] = (64, 48, 30.0, "YUYV")
    made: list[Capture]

    def __init__(self, *arguments: object) -> None:
        self.steps = list(self.script)
        self.asked: dict[int, float] = {}
        self.released = 0
        self.grabs = 0
        self.made.append(self)

    def isOpened(self) -> bool:  # noqa: N802
        return self.opens

    def release(self) -> None:
        self.released += 1

    def set(self, key: int, value: float) -> bool:
        self.asked[key] = value
        return True

    def get(self, key: int) -> float:
        width, height, rate, code = self.granted
        return {
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FPS: rate,
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*code),
            cv2.CAP_PROP_POS_MSEC: (time.monotonic() - 0.02) * 1e3,
        }[key]

    def grab(self) -> bool:
        self.grabs += 1
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        return step(self)

    def retrieve(self, image: np.ndarray | None = None) -> tuple[bool, np.ndarray]:
        width, height = self.granted[:2]
        if image is None or image.shape != (height, width, 3):
            image = np.empty((height, width, 3), np.uint8)
        image[...] = self.grabs
        return True, image

    def read(self) -> tuple[bool, np.ndarray | None]:
        return self.retrieve() if self.grab() else (False, None)


def good(capture: Capture) -> bool:
    return True


def gone(capture: Capture) -> bool:
    return False


def stalled(capture: Capture) -> bool:
    time.sleep(1.0)
    return False


def failing(capture: Capture) -> bool:
    raise cv2.error("ioctl")


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> type[Capture]:
    """The class that stands in for cv2.VideoCapture; it keeps what was made of it."""

    class Fresh(Capture):
        script = (good,)
        made: list[Capture] = []  # noqa: RUF012

    monkeypatch.setattr(opencv_camera.cv2, "VideoCapture", Fresh)
    return Fresh


MODE = Mode("MJPG", (1280, 720), (1280, 720), rates=(30.0, 60.0))
CAMERA = CameraInfo("Webcam", "/dev/video2", 2, "usb-1", modes=(MODE,))


def test_what_is_asked_and_granted(capture: type[Capture]) -> None:
    capture.granted = (640, 360, 24.0, "YUYV")
    with OpenCvCamera(CAMERA, Session(Settings(rate=50, pixel_format="mjpg"))) as source:
        assert source.granted == "asked 1280x720 MJPG at 50 fps; granted 640x360 YUYV at 24 fps"
        assert (source.name, source.size, source.rate) == ("Webcam", (640, 360), 24.0)
        assert (source.live, source.length) == (True, None)
    asked = capture.made[0].asked
    assert asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert list(asked.values())[1:] == [1280, 720, 60.0]
    assert capture.made[0].released == 1


def test_a_driver_without_names_and_rates(capture: type[Capture]) -> None:
    capture.granted = (64, 48, 0.0, "\0\0\0\0")
    with OpenCvCamera(CameraInfo("camera 0", "0", 0), Session(Settings(rate=25))) as source:
        assert source.granted == "asked 1280x720 at 25 fps; granted 64x48"
        assert source.rate == 25
    assert cv2.CAP_PROP_FOURCC not in capture.made[0].asked


def test_frames_count_on_and_never_go_back_in_time(capture: type[Capture]) -> None:
    with OpenCvCamera(CAMERA, Session(Settings())) as source:
        frames = [source.read() for _ in range(5)]
    assert [frame.index for frame in frames] == list(range(5))
    assert [int(frame.image[0, 0, 0]) for frame in frames][-1] == 5
    times = [frame.captured_at for frame in frames]
    assert times == sorted(times)
    assert frames[0].timestamp == 0.0
    if opencv_camera._LINUX:
        assert time.monotonic() - frames[-1].captured_at >= 0.015


@pytest.mark.parametrize("failure", [gone, failing])
def test_a_camera_that_fails_is_lost(capture: type[Capture], failure: Step) -> None:
    capture.script = (good, good, failure)
    with OpenCvCamera(CAMERA, Session(Settings())) as source:
        assert source.read() is not None
        assert source.read() is not None
        with pytest.raises(CameraLostError, match=r"the camera Webcam \(/dev/video2\) is gone"):
            source.read()
        assert capture.made[0].grabs < 20
        with pytest.raises(SourceError, match="was lost; open it again") as caught:
            source.read()
        assert not isinstance(caught.value, CameraLostError)


def test_a_moment_of_failure_is_forgiven(capture: type[Capture]) -> None:
    capture.script = (good, gone, gone, good)
    with OpenCvCamera(CAMERA, Session(Settings())) as source:
        assert [source.read().index for _ in range(3)] == [0, 1, 2]


def test_a_camera_that_freezes_is_lost(capture: type[Capture]) -> None:
    capture.script = (good, stalled)
    with OpenCvCamera(CAMERA, Session(Settings())) as source:
        source.read()
        with pytest.raises(CameraLostError, match="sends no pictures any more"):
            source.read()
    assert capture.made[0].grabs == 2


def test_a_slow_camera_is_waited_for(capture: type[Capture]) -> None:
    capture.granted = (64, 48, 1.0, "YUYV")
    capture.script = (good, stalled, good)
    with OpenCvCamera(CAMERA, Session(Settings())) as source:
        assert [source.read().index for _ in range(2)] == [0, 1]


def test_a_problem_is_told_before_anything_is_opened(capture: type[Capture]) -> None:
    camera = CameraInfo("Webcam", "/dev/video2", 2, problem="it is in use by zoom (pid 7)")
    with pytest.raises(SourceError, match=r"Webcam \(/dev/video2\): it is in use by zoom"):
        OpenCvCamera(camera, Session(Settings()))
    assert capture.made == []


def test_an_open_that_fails_leaves_nothing_open(
    capture: type[Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opencv_camera, "_FIRST_FRAME_SECONDS", 0.1)
    capture.script = (gone,)
    with pytest.raises(SourceError, match="is open but sends no picture"):
        OpenCvCamera(CAMERA, Session(Settings()))
    capture.opens = False
    with pytest.raises(SourceError, match="cannot be opened"):
        OpenCvCamera(CAMERA, Session(Settings()))
    capture.opens, capture.script = True, (failing,)
    with pytest.raises(SourceError, match="refused"):
        OpenCvCamera(CAMERA, Session(Settings()))
    assert [made.released for made in capture.made] == [1, 1, 1]


def test_numbers_are_probed_where_there_is_no_list(capture: type[Capture]) -> None:
    assert [(camera.name, camera.index) for camera in probe_indices()][:2] == [
        ("camera 0", 0),
        ("camera 1", 1),
    ]
    capture.opens = False
    assert probe_indices() == []
    assert all(made.released for made in capture.made)


def test_controls_that_cannot_be_followed_are_told_once(
    capture: type[Capture], caplog: pytest.LogCaptureFixture
) -> None:
    with OpenCvCamera(CAMERA, Session(Settings())) as source:
        assert not caplog.records
        for _ in range(2):
            source.adjust(Settings(exposure=5, power_line="50"))
    assert [record.message for record in caplog.records] == [
        "the camera Webcam cannot follow exposure, power_line on this system; it stays as it is"
    ]


def test_a_system_without_v4l2_needs_none_of_it() -> None:
    code = (
        "import sys\nsys.modules['fcntl'] = None\nsys.platform = 'win32'\n"
        "import livedepth.capture.device, livedepth.capture.opencv_camera, livedepth.cli.devices\n"
        "assert 'livedepth.capture.v4l2' not in sys.modules"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert result.returncode == 0, result.stderr
