"""Which camera is opened, and which one is opened again, over stand-ins for list and driver."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from livedepth.capture import device
from livedepth.capture.camera import CameraInfo
from livedepth.capture.device import open_camera
from livedepth.capture.modes import Mode
from livedepth.capture.session import Session
from livedepth.capture.source import Source
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame
from livedepth.settings import Settings

MODE = Mode("MJPG", (1280, 720), (1280, 720), rates=(30.0, 60.0))
CAMERA = CameraInfo("Webcam", "/dev/video2", 2, "usb-1")
METADATA = CameraInfo("Webcam", "/dev/video3", 3, "usb-1", capture=False, node=1)
TWIN = CameraInfo("Webcam", "/dev/video6", 6, "usb-2")


class OneFrame(Source):
    """An opened camera that is lost after one frame."""

    live, size, rate, length, granted = True, (4, 4), 30.0, None, ""

    def __init__(self, camera: CameraInfo, session: Session) -> None:
        if camera.problem:
            raise SourceError(camera.problem)
        self.name, self.camera, self.session = camera.name, camera, session
        self.exposure = session.settings.exposure
        self._read = False

    def read(self) -> Frame | None:
        if self._read:
            raise CameraLostError(f"{self.camera} is gone")
        self._read = True
        return Frame(np.zeros((4, 4, 3), np.uint8), 0, time.monotonic(), 0.0)

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


class Machine:
    """Cameras that can be plugged in and out, and what was opened of them."""

    def __init__(self) -> None:
        self.cameras: list[CameraInfo] = []
        self.opened: list[OneFrame] = []

    def list(self, *, details: bool = True) -> list[CameraInfo]:
        return list(self.cameras)

    def unmoved(self, camera: CameraInfo) -> CameraInfo | None:
        at = [c for c in self.cameras if c.path == camera.path and c.place == camera.place]
        return at[0] if at else None

    def open(self, camera: CameraInfo, session: Session) -> Source:
        self.opened.append(OneFrame(camera, session))
        return self.opened[-1]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(device, "list_cameras", machine.list)
    monkeypatch.setattr(device, "unmoved", machine.unmoved)
    monkeypatch.setattr(device, "describe", lambda camera: replace(camera, modes=(MODE,)))
    monkeypatch.setattr(device, "_opened", machine.open)
    monkeypatch.setattr("livedepth.capture.reconnecting.FIRST_WAIT", 0.01)
    monkeypatch.setattr("livedepth.capture.reconnecting.LONGEST_WAIT", 0.01)
    return machine


def lose(source: Source) -> None:
    with pytest.raises(CameraLostError, match="is gone"):
        source.read()


def test_under_its_new_number_with_the_modes_it_had(machine: Machine) -> None:
    machine.cameras = [CAMERA, METADATA]
    source = open_camera("webcam", Settings())
    source.read()
    machine.cameras = []
    lose(source)
    with pytest.raises(CameraLostError, match="Webcam is not back yet: Webcam is not connected"):
        source.read()
    moved = replace(CAMERA, path="/dev/video5", index=5)
    machine.cameras = [replace(METADATA, path="/dev/video4", index=4), moved]
    assert source.read().index == 1
    assert [opened.camera for opened in machine.opened] == [
        replace(CAMERA, modes=(MODE,)),
        replace(moved, modes=(MODE,)),
    ]


@pytest.mark.parametrize("text", ["/dev/video2", "2"])
def test_a_twin_is_not_taken_for_it(machine: Machine, text: str) -> None:
    machine.cameras = [CAMERA, TWIN]
    source = open_camera(text, Settings())
    source.read()
    machine.cameras = [TWIN]
    lose(source)
    with pytest.raises(CameraLostError, match="Webcam is not connected"):
        source.read()
    machine.cameras = [TWIN, CAMERA]
    assert source.read().index == 1
    assert machine.opened[-1].camera.path == "/dev/video2"


def test_plugged_in_somewhere_else(machine: Machine) -> None:
    machine.cameras = [CAMERA]
    source = open_camera("auto", Settings())
    source.read()
    machine.cameras = [replace(CAMERA, bus="usb-7")]
    lose(source)
    assert source.read().index == 1


def test_the_newest_settings_reach_a_camera_that_comes_back(machine: Machine) -> None:
    machine.cameras = [CAMERA]
    source = open_camera("auto", Settings(exposure=5))
    source.read()
    source.adjust(Settings(exposure=9))
    lose(source)
    source.adjust(Settings(exposure="auto"))
    source.read()
    assert [opened.exposure for opened in machine.opened] == [5, "auto"]
    assert machine.opened[0].session is machine.opened[1].session


def test_a_camera_that_cannot_be_used_is_refused_at_once(machine: Machine) -> None:
    machine.cameras = [replace(CAMERA, problem="it is in use by zoom (pid 7)")]
    with pytest.raises(SourceError, match="in use by zoom"):
        open_camera("auto", Settings())


def test_what_is_not_native_goes_through_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    def stand_in(name: str) -> Callable[..., str]:
        return lambda camera, session: name

    monkeypatch.setattr("livedepth.capture.opencv_camera.OpenCvCamera", stand_in("opencv"))
    assert device._opened(CAMERA, Session(Settings())) == "opencv"
    v4l2_camera = pytest.importorskip("livedepth.capture.v4l2_camera")
    monkeypatch.setattr(v4l2_camera, "V4l2Camera", stand_in("v4l2"))
    assert device._opened(replace(CAMERA, native=True), Session(Settings())) == "v4l2"
