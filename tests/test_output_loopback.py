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
from livedepth.outputs import loopback, loopback_node

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="V4L2 is Linux's")

CAPTURE, OUTPUT = 1, 2
STREAMON = 0x40045612
S_PARM = 0xC0CC5616
QUERYBUF = 0xC0585609


class Kernel:
    """Devices as files, and what their ioctls answer."""

    def __init__(self, root: Path) -> None:
        self.sysfs, self.dev = root / "sys", root / "dev"
        self.sysfs.mkdir()
        self.dev.mkdir()
        self.roles: dict[str, int] = {}
        self.drivers: dict[str, bytes] = {}
        self.woken: list[str] = []
        self.rates: list[tuple[int, ...]] = []
        self.takes_rates = True
        self.time = 500.0
        self.frame_times: dict[str, tuple[float, ...]] = {}
        self.writing = False
        self.writer_offset: float | None = 0.0
        self.flags = 0

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

    def sleep(self, seconds: float) -> None:
        self.time += seconds

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
        if request == QUERYBUF:
            index, kind = struct.unpack_from("2I", data)
            assert kind == 1
            times = self.frame_times.get(device, ())
            if index >= len(times):
                raise OSError(errno.EINVAL, "Invalid argument")
            moment, number = times[index], 0
            if self.writing and not index:
                number = int(self.time * 30)
                if self.writer_offset is not None:
                    moment = self.time + self.writer_offset
            struct.pack_into("I", data, 12, self.flags)
            struct.pack_into("qq", data, 24, int(moment), int(moment % 1 * 1e6))
            struct.pack_into("I", data, 56, number)
            return 0
        if request == S_PARM:
            if not self.takes_rates:
                raise OSError(errno.EINVAL, "Invalid argument")
            self.rates.append(struct.unpack_from("5I", data))
            return 0
        struct.pack_into("16s", data, 0, self.drivers[device])
        struct.pack_into("II", data, 84, 0x85200003, 0x05200000 | self.roles[device])
        return 0


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(tmp_path)
    monkeypatch.setattr(loopback, "_SYSFS", kernel.sysfs)
    monkeypatch.setattr(loopback, "_DEV", kernel.dev)
    monkeypatch.setattr(loopback, "_MODULE", tmp_path / "module")
    monkeypatch.setattr(loopback.secure_boot, "only_signed_modules", lambda: False)
    monkeypatch.setattr("fcntl.ioctl", kernel.ioctl)
    monkeypatch.setattr(loopback_node.time, "monotonic", lambda: kernel.time)
    monkeypatch.setattr(loopback_node.time, "sleep", kernel.sleep)
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
    kernel.frame_times[device] = (499.9, 499.8)
    kernel.writing = True
    for wanted in (None, device):
        text = refusal(lambda wanted=wanted: loopback.ready_device(wanted))
        assert f"{device} is in use by another program" in text
        assert "devices=2 video_nr=10,11" in text
        assert "exclusive_caps=1,1" in text
    assert kernel.woken == []


def test_a_writer_whose_frames_have_no_times_is_never_disturbed(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", CAPTURE)
    with pytest.raises(VirtualCameraError):
        loopback.ready_device(device)
    assert kernel.woken == []


@pytest.mark.parametrize(
    ("offset", "flags"), [(1.8e9, 0), (1.8e9, 0x4000), (-497.0, 0x4000), (None, 0x4000)]
)
def test_a_writer_whose_frames_have_times_of_another_clock_is_never_disturbed(
    kernel: Kernel, offset: float | None, flags: int
) -> None:
    device = kernel.add(10, "livedepth", CAPTURE)
    kernel.frame_times[device] = (1.0, 0.5)
    kernel.writing, kernel.writer_offset, kernel.flags = True, offset, flags
    assert "in use by another program" in refusal(lambda: loopback.ready_device(device))
    assert kernel.time == pytest.approx(501)


@pytest.mark.parametrize("last", [1.8e9, 499.8, 3.0])
@pytest.mark.parametrize("roles", [CAPTURE, CAPTURE | OUTPUT])
def test_a_device_that_only_a_reader_holds_is_woken(
    kernel: Kernel, last: float, roles: int
) -> None:
    device = kernel.add(10, "livedepth", roles, "YU12:64x48@30")
    kernel.frame_times[device] = (last, last - 0.1)
    assert loopback.ready_device(None) == device
    assert kernel.woken == ([device] if roles == CAPTURE else [])
    assert kernel.time <= 501


def test_a_writer_that_pauses_keeps_its_claim(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", CAPTURE, "YU12:64x48@30")
    kernel.frame_times[device] = (3.0,)
    node = loopback.claim(device)
    try:
        assert "is in use by another program" in refusal(lambda: loopback.ready_device(device))
    finally:
        os.close(node)
    assert kernel.woken == []
    assert loopback.ready_device(device) == device


def test_of_two_that_claim_a_device_one_is_refused(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)
    node = loopback.claim(device)
    try:
        text = refusal(lambda: loopback.claim(device))
    finally:
        os.close(node)
    assert f"virtual camera {device} is in use by another program; close that, or" in text
    assert kernel.time < 500.5
    os.close(loopback.claim(device))


def test_who_only_asks_does_not_keep_a_claim_from_another(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)
    asking = loopback.claim(device)
    monkeypatch.setattr(loopback.time, "sleep", lambda seconds: os.close(asking))
    os.close(loopback.claim(device))


def test_a_device_that_goes_while_it_is_listed_is_skipped(kernel: Kernel) -> None:
    kernel.add(9, "OBS", OUTPUT)
    device = kernel.add(10, "livedepth", OUTPUT)
    (kernel.sysfs / "video9" / "name").unlink()
    assert loopback.devices() == [loopback.LoopbackDevice(device, "livedepth")]


def test_a_device_that_goes_while_it_is_asked_is_one_line(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = kernel.add(10, "livedepth", CAPTURE | OUTPUT, "YU12:640x480@30")
    read_text = Path.read_text

    def gone(path: Path) -> str:
        if path.name == "format":
            raise OSError(errno.ENODEV, "No such device")
        return read_text(path)

    monkeypatch.setattr(Path, "read_text", gone)
    text = refusal(lambda: loopback.check_geometry(device, (640, 480)))
    assert text.startswith(f"virtual camera {device} is gone (No such device); there is")
    assert f"{device} is gone" in refusal(lambda: loopback.ready_device(device))
    assert not loopback.hidden_from_chrome(device)


def test_an_output_that_a_reader_waits_at_is_free(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", OUTPUT, "YU12:64x48@30")
    assert loopback.ready_device(None) == device
    assert kernel.woken == []


def test_a_size_that_a_reader_holds_is_told(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", OUTPUT, "YU12:640x480@30")
    loopback.check_geometry(device, (640, 480))
    loopback.check_geometry("/dev/nothing", (640, 480))
    for size in ((320, 240), (640, 48), (40, 480)):
        text = refusal(lambda size=size: loopback.check_geometry(device, size))
        assert f"held at 640x480 by a program that reads it, and frames are {size[0]}x" in text


def test_another_device_is_offered_where_there_is_one(kernel: Kernel) -> None:
    for number in (10, 11):
        device = kernel.add(number, "livedepth", CAPTURE)
        kernel.frame_times[device] = (499.9,)
    kernel.writing = True
    text = refusal(lambda: loopback.ready_device(device))
    assert text.endswith("or choose another with --output virtual-camera:DEVICE")


@pytest.mark.parametrize(
    ("rate", "interval"), [(30.0, (1, 30)), (29.97, (100, 2997)), (7.5, (2, 15)), (240.0, (1, 240))]
)
def test_readers_are_told_the_rate(kernel: Kernel, rate: float, interval: tuple[int, int]) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)
    loopback.announce_rate(device, rate)
    ((kind, _, _, numerator, denominator),) = kernel.rates
    assert kind == 2
    assert numerator / denominator == pytest.approx(interval[0] / interval[1], rel=1e-4)


def test_a_driver_that_takes_no_rate_is_no_failure(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)
    kernel.takes_rates = False
    loopback.announce_rate(device, 60.0)
    loopback.announce_rate("/dev/nothing", 60.0)


@pytest.mark.parametrize(
    ("roles", "hidden"), [(OUTPUT, False), (CAPTURE, False), (0, False), (CAPTURE | OUTPUT, True)]
)
def test_a_device_with_both_roles_is_hidden_from_chrome(
    kernel: Kernel, roles: int, hidden: bool
) -> None:
    assert loopback.hidden_from_chrome(kernel.add(10, "livedepth", roles)) is hidden
    assert not loopback.hidden_from_chrome("/dev/nothing")


@pytest.mark.parametrize(
    ("numbers", "capabilities", "hidden"),
    [
        ("10,11,-1\n", "Y,N,N\n", False),
        ("11,10,-1\n", "Y,N,N\n", True),
        ("10\n", "0\n", True),
        ("11,12,-1\n", "N,N,N\n", False),
        ("-1,-1,-1\n", "N,N,N\n", False),
    ],
)
def test_a_device_that_is_held_is_judged_by_what_it_was_loaded_with(
    kernel: Kernel, tmp_path: Path, numbers: str, capabilities: str, hidden: bool
) -> None:
    device = kernel.add(10, "livedepth", CAPTURE | OUTPUT, "YU12:64x48@30")
    assert not loopback.hidden_from_chrome(device)
    parameters = tmp_path / "module" / "parameters"
    parameters.mkdir(parents=True)
    (parameters / "video_nr").write_text(numbers)
    (parameters / "exclusive_caps").write_text(capabilities)
    assert loopback.hidden_from_chrome(device) is hidden


def test_a_module_without_devices_must_be_loaded_again(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "module").mkdir()
    text = refusal(lambda: loopback.ready_device(None))
    assert f"loaded without a device: {loopback.UNLOAD}, then: {loopback.MODPROBE}" in text


def test_a_container_without_the_node_is_told_of_it(kernel: Kernel) -> None:
    device = kernel.add(10, "livedepth", OUTPUT)
    Path(device).unlink()
    assert f"start this container with --device {device}" in refusal(
        lambda: loopback.ready_device(None)
    )


def test_secure_boot_is_told_with_the_key_to_enrol(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loopback.secure_boot, "only_signed_modules", lambda: True)
    text = refusal(lambda: loopback.ready_device(None))
    assert loopback.MODPROBE in text
    assert "Key was rejected by service" in text
    assert "sudo mokutil --import " in text


def test_the_first_free_device_is_taken(kernel: Kernel) -> None:
    kernel.frame_times[kernel.add(9, "OBS", CAPTURE)] = (499.9,)
    kernel.writing = True
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
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "_MODULES", tmp_path)
    monkeypatch.setattr(loopback.platform, "release", lambda: "6.1.0")
    assert "v4l2loopback-dkms" in loopback.advice()
    assert loopback.advice().endswith(loopback.MODPROBE)
    folder = tmp_path / "6.1.0" / "updates" / "dkms"
    folder.mkdir(parents=True)
    (folder / "v4l2loopback.ko.xz").touch()
    assert loopback.advice() == loopback.MODPROBE
