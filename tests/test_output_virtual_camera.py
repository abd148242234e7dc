"""The virtual camera, with the back end played by the test; tests/camera has the real one."""

from __future__ import annotations

import os
import sys
from types import ModuleType

import numpy as np
import pytest
from output_support import frame_of, open_files, pattern

from livedepth.errors import VirtualCameraError
from livedepth.outputs import loopback, readers, virtual_camera
from livedepth.outputs.virtual_camera import VirtualCamera, virtual_camera_advice


class Camera:
    """Keeps what it was sent."""

    def __init__(self, width: int, height: int, fps: float, *, fmt: str, device: str) -> None:
        self.geometry = (width, height, fps, fmt)
        self.device = device or "OBS Virtual Camera"
        self.sent: list[np.ndarray] = []
        self.closed = 0

    def send(self, frame: np.ndarray) -> None:
        if len(self.sent) == 3:
            raise RuntimeError("stream is gone\n")
        self.sent.append(frame.copy())

    def sleep_until_next_frame(self) -> None:
        raise AssertionError("the device must not pace the stream")

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def back_end(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("pyvirtualcam")
    module.Camera = Camera
    module.PixelFormat = {name: name for name in ("BGR", "YUYV", "NV12")}
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    monkeypatch.setattr(loopback, "ready_device", lambda wanted: wanted or "/dev/video10")
    monkeypatch.setattr(loopback, "announce_rate", lambda device, rate: None)
    monkeypatch.setattr(loopback, "hidden_from_chrome", lambda device: False)
    monkeypatch.setattr(loopback, "check_geometry", lambda device, size: None)
    monkeypatch.setattr(loopback, "claim", lambda device: os.open(os.devnull, os.O_RDONLY))
    monkeypatch.setattr(virtual_camera, "watch_readers", lambda device: readers.Unknown())
    monkeypatch.setattr(sys, "platform", "linux")
    return module


def test_frames_are_sent_cut_to_even_sides(back_end: ModuleType) -> None:
    camera = VirtualCamera(None, (65, 49), 25.0)
    back = camera._camera
    assert back.geometry == (64, 48, 25.0, "BGR")
    camera.write(frame_of(pattern((65, 49))))
    assert not back.sent[0].any()
    np.testing.assert_array_equal(back.sent[1], pattern((65, 49))[:48, :64])
    camera.close()
    camera.close()
    assert back.closed == 1


@pytest.mark.parametrize(
    ("setting", "taken", "shape"),
    [
        ("auto", "BGR", (48, 64, 3)),
        ("i420", "BGR", (48, 64, 3)),
        ("yuyv", "YUYV", (48, 64, 2)),
        ("nv12", "NV12", (72, 64)),
    ],
)
def test_the_format_asked_for_is_sent(
    back_end: ModuleType, setting: str, taken: str, shape: tuple[int, ...]
) -> None:
    camera = VirtualCamera(None, (65, 49), 30.0, setting)
    back = camera._camera
    assert back.geometry[3] == taken
    camera.write(frame_of(pattern((65, 49))))
    assert [frame.shape for frame in back.sent] == [shape] * 2
    camera.close()


def test_other_systems_take_bgr_and_are_always_watched(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for platform in ("win32", "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        camera = VirtualCamera(None, (64, 48), 30.0, "nv12")
        assert camera._camera.geometry[3] == "BGR"
        assert camera.watched
        camera.close()


class Watch:
    """Readers that are there or not, as the test says."""

    def __init__(self) -> None:
        self.there = False
        self.closed = 0

    def present(self) -> bool:
        return self.there

    def close(self) -> None:
        self.closed += 1


def test_it_is_watched_while_somebody_reads(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch()
    monkeypatch.setattr(virtual_camera, "watch_readers", lambda device: watch)
    camera = VirtualCamera(None, (64, 48), 30.0)
    assert not camera.watched
    watch.there = True
    assert camera.watched
    camera.close()
    assert watch.closed == 1


def test_a_device_is_released_when_readers_cannot_be_watched(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def fail(device: str) -> None:
        raise MemoryError

    class Kept(Camera):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)
            made.append(self)

    monkeypatch.setattr(back_end, "Camera", Kept)
    monkeypatch.setattr(virtual_camera, "watch_readers", fail)
    with pytest.raises(MemoryError):
        VirtualCamera(None, (64, 48), 30.0)
    assert made[0].closed == 1


def test_without_the_claim_nothing_is_opened_and_no_frame_is_sent(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(device: str) -> int:
        raise VirtualCameraError(f"virtual camera {device} is in use by another program")

    monkeypatch.setattr(loopback, "claim", refuse)
    monkeypatch.setattr(back_end, "Camera", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(VirtualCameraError, match="/dev/video10 is in use by another program"):
        VirtualCamera(None, (64, 48), 30.0)


def test_a_claim_is_given_back_when_the_device_refuses(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(back_end, "Camera", refuse)
    before = open_files()
    with pytest.raises(VirtualCameraError, match="cannot be opened: no"):
        VirtualCamera(None, (64, 48), 30.0)
    assert open_files() == before


def test_a_device_that_chrome_cannot_see_is_told(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "hidden_from_chrome", lambda device: True)
    camera = VirtualCamera(None, (64, 48), 30.0)
    assert "hidden from Chrome, exclusive_caps=0; `livedepth doctor`" in camera.name
    camera.close()


def test_the_name_has_the_device(back_end: ModuleType) -> None:
    camera = VirtualCamera("/dev/video12", (64, 48), 30.0)
    assert camera.name == "virtual camera /dev/video12"
    camera.close()
    assert camera.name == "virtual camera /dev/video12"


def test_what_the_back_end_refuses_is_one_line(back_end: ModuleType) -> None:
    camera = VirtualCamera(None, (64, 48), 30.0)
    frame = frame_of(pattern((64, 48)))
    camera.write(frame)
    camera.write(frame)
    with pytest.raises(VirtualCameraError, match=r"refuses frames: stream is gone$"):
        camera.write(frame)
    camera.close()
    with pytest.raises(VirtualCameraError, match="closed"):
        camera.write(frame)


def test_every_reason_is_told_in_one_line_with_the_way_out(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("'obs' backend: not installed.\n'unitycapture' backend: No camera.")

    monkeypatch.setattr(back_end, "Camera", refuse)
    for platform in ("win32", "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(VirtualCameraError) as caught:
            VirtualCamera(None, (64, 48), 30.0)
        text = str(caught.value)
        assert "'obs' backend: not installed; 'unitycapture' backend: No camera; " in text
        assert text.endswith(virtual_camera_advice())
        assert "\n" not in text
        assert "OBS Studio" in text


def test_without_the_package_it_is_named(
    back_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(VirtualCameraError, match="pip install pyvirtualcam"):
        VirtualCamera(None, (64, 48), 30.0)


def test_devices_are_listed_on_linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [loopback.LoopbackDevice("/dev/video10", "livedepth")]
    monkeypatch.setattr(loopback, "devices", lambda: known)
    monkeypatch.setattr(sys, "platform", "linux")
    assert virtual_camera.list_virtual_cameras() == known
    monkeypatch.setattr(sys, "platform", "win32")
    assert virtual_camera.list_virtual_cameras() == []
