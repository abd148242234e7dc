"""The stream's part of the conversation with a driver, which a stand-in answers."""

from __future__ import annotations

import errno
import os
import select
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from livedepth import v4l2_ioctl as v4l2
from livedepth.capture import v4l2_stream
from livedepth.capture.modes import Request
from livedepth.capture.pixels import Layout
from livedepth.capture.v4l2_stream import FormatChangedError, V4l2Stream

YUYV, MJPG = (int.from_bytes(name, "little") for name in (b"YUYV", b"MJPG"))
MONOTONIC = 0x2000


class Driver:
    """Answers the calls of one device; ``ready`` are the pictures that wait to be taken."""

    def __init__(self) -> None:
        self.format = [1, 0, 64, 48, YUYV, 1, 128, 128 * 48]
        self.grants = (640, 480)
        self.interval: tuple[int, int] | None = (1, 25)
        self.ready: list[tuple[int, int, int]] = []
        self.queued: list[int] = []
        self.calls: list[int] = []
        self.events = 0

    def ioctl(self, device: int, request: int, data: bytearray | bytes) -> int:
        self.calls.append(request)
        if request == v4l2.S_FMT:
            _, _, _, _, code, *_ = struct.unpack_from("5I", data)
            width, height = self.grants
            stride = 0 if code == MJPG else 2 * width
            self.format = [1, 0, width, height, code, 1, stride, 2 * width * height]
        if request in (v4l2.S_FMT, v4l2.G_FMT):
            struct.pack_into("8I", data, 0, *self.format)
        elif request == v4l2.S_PARM:
            if self.interval is None:
                raise OSError(errno.ENOTTY, "")
            struct.pack_into("5I", data, 0, 1, 0, 0, *self.interval)
        elif request == v4l2.QUERYBUF:
            index = struct.unpack_from("I", data)[0]
            v4l2.BUFFER.pack_into(data, 0, index, 1, 0, 0, 0, 0, 0, 0, 1, 4096 * index, 4096, 0, 0)
        elif request == v4l2.QBUF:
            self.queued.append(struct.unpack_from("I", data)[0])
        elif request == v4l2.DQBUF:
            if not self.ready:
                raise BlockingIOError(errno.EAGAIN, "")
            index, used, flags = self.ready.pop(0)
            v4l2.BUFFER.pack_into(data, 0, index, 1, used, flags, 0, 7, 250000, 0, 1, 0, 0, 0, 0)
        elif request == v4l2.DQEVENT:
            self.events += 1
        elif request == v4l2.SUBSCRIBE_EVENT:
            raise OSError(errno.ENOTTY, "")
        return 0


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver()
    monkeypatch.setattr("fcntl.ioctl", driver.ioctl)
    monkeypatch.setattr(v4l2_stream.mmap, "mmap", lambda device, length, *a, **k: _Memory(length))
    return driver


class _Memory(bytearray):
    def close(self) -> None: ...


@pytest.fixture
def stream(driver: Driver, tmp_path: Path) -> V4l2Stream:
    return V4l2Stream(os.devnull)


def request(pixel_format: str = "YUYV") -> Request:
    return Request(pixel_format, 640, 480, 29.97)


def test_what_is_granted(stream: V4l2Stream, driver: Driver) -> None:
    assert stream.negotiate(request()) == (Layout("YUYV", 640, 480, 1280), 25.0)
    assert stream.negotiate(request("MJPG"))[0] == Layout("MJPG", 640, 480, 0)
    assert stream.negotiate(request(""))[0].pixel_format == "MJPG"
    driver.interval = None
    assert stream.negotiate(request())[1] is None
    driver.interval = (0, 0)
    assert stream.negotiate(request())[1] is None
    stream.close()


def test_a_picture_is_shown_and_its_buffer_given_back(stream: V4l2Stream, driver: Driver) -> None:
    stream.negotiate(request())
    stream._maps = [_Memory(4096), _Memory(b"\7" * 4096)]
    driver.ready = [(1, 100, MONOTONIC), (0, 50, 0)]
    seen: list[np.ndarray] = []

    def look(raw: np.ndarray) -> bool:
        seen.append(raw.copy())
        return True

    assert stream.take(look) == (True, 7.25)
    assert stream.take(look) == (True, None)
    assert [raw.size for raw in seen] == [100, 50]
    assert (seen[0] == 7).all()
    assert driver.queued == [1, 0]
    assert stream.take(look) == (False, None)
    assert driver.queued == [1, 0]
    stream.close()


def test_damaged_and_empty_pictures_are_not_shown(stream: V4l2Stream, driver: Driver) -> None:
    stream.negotiate(request())
    stream._maps = [_Memory(4096)]
    driver.ready = [(0, 100, v4l2.FRAME_DAMAGED), (0, 0, 0)]
    for _ in range(2):
        assert stream.take(lambda raw: pytest.fail("shown")) == (False, None)
    assert driver.queued == [0, 0]
    stream.close()


@pytest.mark.parametrize("pixel_format", ["YUYV", "MJPG"])
def test_a_change_of_format_is_noticed(
    stream: V4l2Stream, driver: Driver, pixel_format: str
) -> None:
    stream.negotiate(request(pixel_format))
    stream._maps = [_Memory(4096)]
    driver.ready = [(0, 10, 0), (0, 10, 0), (0, 640 * 480 * 2 + 2048, 0)]
    assert stream.take(lambda raw: True)[0]
    driver.format[2] = 320
    with pytest.raises(FormatChangedError):
        stream.take(lambda raw: True)
    driver.format[2] = 640
    if pixel_format == "YUYV":
        with pytest.raises(FormatChangedError):
            stream.take(lambda raw: True)
        assert driver.queued == [0, 0, 0]
    stream.close()


class Polled:
    """What poll says."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)

    def poll(self, milliseconds: float) -> list[tuple[int, int]]:
        flags = self.answers.pop(0)
        return [(0, flags)] if flags else []


def test_waiting(stream: V4l2Stream, driver: Driver) -> None:
    gone = select.POLLPRI | select.POLLERR | select.POLLHUP
    stream._poll = Polled(0, select.POLLIN, gone, select.POLLPRI)
    assert [stream.wait(0.1) for _ in range(3)] == [False, True, True]
    assert driver.events == 0
    with pytest.raises(FormatChangedError):
        stream.wait(0.1)
    assert driver.events == 1
    stream.close()


def test_start_shares_buffers_and_close_stops(stream: V4l2Stream, driver: Driver) -> None:
    def count(device: int, number: int, data: bytearray | bytes) -> int:
        if number == v4l2.REQBUFS:
            struct.pack_into("I", data, 0, 3)
        return Driver.ioctl(driver, device, number, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fcntl.ioctl", count)
        stream.start()
    assert driver.queued == [0, 1, 2]
    assert len(stream._maps) == 3
    assert driver.calls[-1] == v4l2.STREAMON
    stream.close()
    stream.close()
    assert driver.calls.count(v4l2.STREAMOFF) == 1
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(stream.device)


def test_what_is_no_camera_is_refused_and_closed() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    stream = V4l2Stream(os.devnull)
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        stream.negotiate(request())
    stream.close()
    with pytest.raises(FileNotFoundError):
        V4l2Stream("/dev/video99")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_picture_is_no_longer_than_its_buffer(stream: V4l2Stream, driver: Driver) -> None:
    stream.negotiate(request("MJPG"))
    stream._maps = [_Memory(4096)]
    driver.ready = [(0, 5000, 0)]
    sizes: list[int] = []

    def look(raw: np.ndarray) -> bool:
        sizes.append(raw.size)
        return True

    assert stream.take(look)[0]
    assert sizes == [4096]
    assert driver.queued == [0]
    stream.close()
