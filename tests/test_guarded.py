"""Closing a source while another thread reads it."""

from __future__ import annotations

import threading

from livedepth.capture.guarded import GuardedSource
from livedepth.frame import Frame


class Device(GuardedSource):
    """A device that hangs in its driver until it is told to go on."""

    name, live, size, rate, length, granted = "device", True, (1, 1), 30.0, None, ""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.busy = False
        self.releases: list[bool] = []

    def _read(self) -> Frame | None:
        self.busy = True
        self.entered.set()
        self.go_on.wait(30)
        self.busy = False
        return None

    def _release(self) -> None:
        self.releases.append(self.busy)


def test_a_device_is_released_by_the_read_that_hangs_in_it() -> None:
    device = Device()
    thread = threading.Thread(target=device.read)
    thread.start()
    assert device.entered.wait(5)
    device.close()
    assert device.releases == []
    device.go_on.set()
    thread.join(5)
    assert device.releases == [False]


def test_an_idle_device_is_released_at_once_and_never_read_again() -> None:
    device = Device()
    device.go_on.set()
    assert device.read() is None
    device.close()
    device.close()
    assert device.releases
    device.entered.clear()
    assert device.read() is None
    assert not device.entered.is_set()


def test_an_interrupted_device_is_not_read_but_stays_open() -> None:
    device = Device()
    device.interrupt()
    assert device.read() is None
    assert not device.entered.is_set()
    assert device.releases == []
