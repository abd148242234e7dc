"""Who reads a v4l2loopback device, with the driver played by the test."""

from __future__ import annotations

import errno
import os
import struct
import sys
from pathlib import Path

import pytest
from output_support import open_files

from livedepth.outputs import readers
from livedepth.outputs.readers import ClientUsage, OpenDescriptors, Unknown, watch_readers

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="V4L2 is Linux's")

SUBSCRIBE, DEQUEUE = 0x4020565A, 0x80885659


class Driver:
    """A device that so many descriptors may lead to, and what its events say."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.device = root / "video10"
        self.device.touch()
        self.sysfs = root / "sys"
        (self.sysfs / "video10").mkdir(parents=True)
        self.max_openers = 10
        self.others = 0
        self.events: list[int] | None = None
        self.failure = 0
        self.time = 100.0
        self.looks = 0
        self._open, self._close, self._ours = os.open, os.close, set[int]()
        monkeypatch.setattr(readers, "_SYSFS", self.sysfs)
        monkeypatch.setattr("os.open", self.open)
        monkeypatch.setattr("os.close", self.close)
        monkeypatch.setattr("fcntl.ioctl", self.ioctl)

    def set_max_openers(self, text: str) -> None:
        (self.sysfs / "video10" / "max_openers").write_text(text)

    def clock(self) -> float:
        return self.time

    def open(self, path: str, flags: int, *rest: int) -> int:
        if str(path) != str(self.device):
            return self._open(path, flags, *rest)
        if self.failure:
            raise OSError(self.failure, os.strerror(self.failure))
        assert flags & os.O_NONBLOCK
        self.looks += not self._ours
        # Two of those in use are the writer's.
        if len(self._ours) + self.others + 2 >= self.max_openers:
            raise OSError(errno.EBUSY, "Device or resource busy")
        node = self._open(path, flags)
        self._ours.add(node)
        return node

    def close(self, node: int) -> None:
        self._ours.discard(node)
        self._close(node)

    def ioctl(self, node: int, request: int, data: bytes | bytearray) -> int:
        if request == SUBSCRIBE:
            assert struct.unpack("8I", data) == (0x10E00001, 0, 1, 0, 0, 0, 0, 0)
            if self.events is None:
                raise OSError(errno.EINVAL, "Invalid argument")
            return 0
        assert request == DEQUEUE
        if not self.events:
            raise OSError(errno.ENOENT, "No such file or directory")
        assert isinstance(data, bytearray)
        struct.pack_into("I", data, 8, self.events.pop(0))
        return 0


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path, monkeypatch)
    driver.set_max_openers("10\n")
    return driver


def test_the_event_is_preferred_and_tells_who_streams(driver: Driver) -> None:
    driver.events = [0]
    before = open_files()
    watch = watch_readers(str(driver.device))
    assert isinstance(watch, ClientUsage)
    assert not watch.present()
    driver.events += [1]
    assert watch.present()
    assert watch.present()
    driver.events += [0, 2]
    assert watch.present()
    driver.events += [1, 0]
    assert not watch.present()
    watch.close()
    watch.close()
    assert not watch.present()
    assert open_files() == before


def test_a_driver_without_the_event_is_counted_and_nothing_stays_open(driver: Driver) -> None:
    before = open_files()
    watch = watch_readers(str(driver.device))
    assert isinstance(watch, OpenDescriptors)
    assert open_files() == before
    watch.close()


def opened(driver: Driver) -> OpenDescriptors:
    return OpenDescriptors(str(driver.device), 10, driver.clock)


def test_a_reader_that_was_there_first_counts_at_once(driver: Driver) -> None:
    driver.others = 1
    assert opened(driver).present()


def test_a_reader_is_noticed_within_three_tenths_of_a_second(driver: Driver) -> None:
    watch = opened(driver)
    driver.time += 5
    assert not watch.present()
    driver.others, came = 1, driver.time
    while not watch.present():
        driver.time += 0.05
    assert driver.time - came <= 0.3


def test_who_asks_and_leaves_does_not_count(driver: Driver) -> None:
    watch = opened(driver)
    for _ in range(20):
        driver.others = 1
        driver.time += 0.15
        assert not watch.present()
        driver.others = 0
        driver.time += 0.15
        assert not watch.present()


def test_a_reader_that_leaves_is_missed_soon(driver: Driver) -> None:
    driver.others = 1
    watch = opened(driver)
    driver.time += 1
    assert watch.present()
    driver.others, left = 0, driver.time
    while watch.present():
        driver.time += 0.05
    assert driver.time - left <= 1.1


def test_looking_often_costs_little(driver: Driver) -> None:
    driver.others = 1
    watch = opened(driver)
    driver.looks = 0
    for _ in range(300):
        driver.time += 1 / 30
        assert watch.present()
    assert driver.looks <= 11


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENODEV, errno.EMFILE])
def test_what_cannot_be_counted_may_be_there(driver: Driver, number: int) -> None:
    watch = opened(driver)
    driver.failure = number
    for _ in range(2):
        driver.time += 1
        watch.present()
    assert watch.present()


@pytest.mark.parametrize("text", ["", "many", "65", "100000"])
def test_a_device_that_cannot_be_counted_is_always_watched(driver: Driver, text: str) -> None:
    driver.set_max_openers(text)
    watch = watch_readers(str(driver.device))
    assert isinstance(watch, Unknown)
    assert watch.present()
    watch.close()
    (driver.sysfs / "video10" / "max_openers").unlink()
    assert isinstance(watch_readers(str(driver.device)), Unknown)


def test_counting_never_opens_more_than_there_are(driver: Driver) -> None:
    driver.max_openers = 1000
    watch = opened(driver)
    driver.time += 1
    assert watch.present()
