"""The devices of v4l2loopback, with the kernel played by the test."""

from __future__ import annotations

import errno
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from output_support import open_files

from livedepth.errors import VirtualCameraError
from livedepth.outputs import loopback

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="V4L2 is Linux's")

CAPTURE, OUTPUT = 1, 2
STREAMON = 0x40045612


class Kernel:
    """Devices as files, and what their ioctls answer."""

    def __init__(self, root: Path) -> None:
        self.sysfs, self.dev = root / "sys", root / "dev"
        self.sysfs.mkdir()
        self.dev.mkdir()
        self.roles: dict[str, int] = {}
        self.drivers: dict[str, bytes] = {}
        self.woken: list[str] = []

    def add(self, number: int, label: str, roles: int, written: str = "") -> str:
        node = self.sysfs / f"video{number}"
        node.mkdir()
        for attribute, text in (("name", label), ("max_openers", "10"), ("format", written)):
            (node / attribute).write_text(text + "\n")
        return self.add_camera(number, roles, b"v4l2 loopback")

    def add_camera(self, number: int, roles: int, driver: bytes) -> str:
        device = self.dev / f"video{number}"
        device.touch()
        self.roles[str(device)] = roles
        self.drivers[str(device)] = driver
        return str(device)

    def ioctl(self, node: int, request: int, data: bytearray | bytes) -> int:
        device = str(Path(f"/proc/self/fd/{node}").readlink())
        if device not in self.roles:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        if request == STREAMON:
            assert struct.unpack("i", data) == (2,)
            self.roles[device] |= OUTPUT
            self.woken.append(device)
            raise OSError(errno.EINVAL, "Invalid argument")
        assert isinstance(data, bytearray)
        struct.pack_into("16s", data, 0, self.drivers[device])
        struct.pack_into("II", data, 84, 0x80000003, self.roles[device])
        return 0


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(tmp_path)
    monkeypatch.setattr(loopback, "_SYSFS", kernel.sysfs)
    monkeypatch.setattr(loopback, "_DEV", kernel.dev)
    monkeypatch.setattr("fcntl.ioctl", kernel.ioctl)
    return kernel


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> object:
    before = open_files()
    yield
    assert open_files() == before


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(VirtualCameraError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_devices_are_listed_in_order_with_their_labels(kernel: Kernel) -> None:
    kernel.add(10, "livedepth", OUTPUT)
    kernel.add(9, "OBS", CAPTURE)
    kernel.add_camera(0, CAPTURE, b"uvcvideo")
    (kernel.sysfs / "video11").mkdir()
    assert [(Path(item.device).name, item.label) for item in loopback.devices()] == [
        ("video9", "OBS"),
        ("video10", "livedepth"),
    ]


def test_a_device_that_is_not_in_dev_is_not_listed(kernel: Kernel) -> None:
    Path(kernel.add(10, "livedepth", OUTPUT)).unlink()
    assert loopback.devices() == []


def test_an_idle_device_is_left_alone(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)
    assert loopback.ready_device(None) == device
    assert kernel.woken == []


@pytest.mark.parametrize("wanted", ["10", "LiveDepth", "depth", "path"])
def test_a_device_is_found_by_path_number_and_label(kernel: Kernel, wanted: str) -> None:
    kernel.add(9, "OBS", OUTPUT)
    device = kernel.add(10, "livedepth", OUTPUT)
    assert loopback.ready_device(device if wanted == "path" else wanted) == device


def test_a_device_that_a_writer_left_is_woken(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", 0)
    assert loopback.ready_device(None) == device
    assert kernel.woken == [device]


@pytest.mark.parametrize(("roles", "written"), [(CAPTURE, ""), (CAPTURE | OUTPUT, "YU12:64x48@30")])
def test_a_writer_is_never_disturbed(kernel: Kernel, roles: int, written: str) -> None:
    device = kernel.add(10, "livedepth", roles, written)
    for wanted in (None, device):
        text = refusal(lambda wanted=wanted: loopback.ready_device(wanted))
        assert f"{device} is in use by another program" in text
    assert kernel.woken == []


def test_the_first_free_device_is_taken(kernel: Kernel) -> None:
    kernel.add(9, "OBS", CAPTURE)
    device = kernel.add(10, "livedepth", CAPTURE | OUTPUT)
    assert loopback.ready_device(None) == device


@pytest.mark.parametrize("wanted", ["77", "/dev/video77", "nothing"])
def test_a_missing_device_names_those_there_are(kernel: Kernel, wanted: str) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)
    text = refusal(lambda: loopback.ready_device(wanted))
    assert "there is no virtual camera" in text
    assert wanted in text
    assert f"there is {device} (livedepth)" in text


def test_a_real_camera_is_refused(kernel: Kernel) -> None:
    kernel.add(10, "livedepth", OUTPUT)
    camera = kernel.add_camera(0, CAPTURE, b"uvcvideo")
    text = refusal(lambda: loopback.ready_device(camera))
    assert f"{camera} is not a virtual camera; there is" in text
    assert kernel.woken == []


def test_a_file_is_refused(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    text = refusal(lambda: loopback.ready_device(str(tmp_path / "file")))
    assert "file is not a virtual camera" in text


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (errno.EACCES, "usermod -aG video"),
        (errno.EBUSY, "in use by too many programs"),
        (errno.ENODEV, "cannot be opened: No such device"),
    ],
)
def test_what_open_refuses_is_told_with_the_way_out(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, number: int, part: str
) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    text = refusal(lambda: loopback.ready_device(device))
    monkeypatch.undo()
    assert part in text
    assert device in text


def test_without_a_device_the_exact_way_out_is_told(kernel: Kernel) -> None:
    text = refusal(lambda: loopback.ready_device(None))
    assert text.startswith("there is no virtual camera; ")
    assert text.endswith(
        "sudo modprobe v4l2loopback devices=1 video_nr=10 card_label=livedepth exclusive_caps=1"
    )


def test_a_missing_module_is_told_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "_MODULES", tmp_path)
    monkeypatch.setattr(loopback.platform, "release", lambda: "6.1.0")
    assert "v4l2loopback-dkms" in loopback.advice()
    assert loopback.advice().endswith(loopback.MODPROBE)
    folder = tmp_path / "6.1.0" / "updates" / "dkms"
    folder.mkdir(parents=True)
    (folder / "v4l2loopback.ko.xz").touch()
    assert loopback.advice() == loopback.MODPROBE
