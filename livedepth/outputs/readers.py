"""Whether another program reads from a v4l2loopback device.

From version 0.13 on the driver tells through an event when a reader starts and stops streaming.
Before, the descriptors that are open are counted: a device takes ``max_openers`` of them, so
those still to be had tell how many others are there, whoever they belong to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from livedepth import v4l2_ioctl as v4l2

_SYSFS = Path("/sys/class/video4linux")

# The offset that is v4l2loopback's, and its first event.
_CLIENT_USAGE = v4l2.EVENT_PRIVATE + 0x08E00000 + 1

# Counting takes all descriptors that are left for some microseconds, so not too many.
_MOST_OPENERS = 64

# The writer and its claim.
_OUR_OPENERS = 2

# Seconds between two looks: soon enough that a stream resumes within half a second of a reader's
# coming, and seldom enough that counting costs nothing.
_LOOK_WHILE_ALONE = 0.1
_LOOK_WHILE_READ = 1.0


class Readers(Protocol):
    """Knows whether a device is being read."""

    def present(self) -> bool:
        """Whether somebody reads now, or that cannot be known."""
        ...

    def close(self) -> None:
        """Release what is held; safe to call twice."""
        ...


def watch_readers(device: str) -> Readers:
    """Return what knows the readers of ``device``, which this process has open twice.

    Once to write, and once to claim it.
    """
    with contextlib.suppress(OSError):
        return ClientUsage(device)
    openers = _max_openers(device)
    if openers is None or openers > _MOST_OPENERS:
        return Unknown()
    return OpenDescriptors(device, openers)


class Unknown:
    """Stands for readers that cannot be seen: somebody may always be there."""

    def present(self) -> bool:
        """True."""
        return True

    def close(self) -> None:
        """There is nothing to release."""


class ClientUsage:
    """Readers that stream, as the driver's own event tells them.

    One that only opens the device, to ask what it is, does not count.
    """

    def __init__(self, device: str) -> None:
        """Subscribe to the event of ``device``. Raises OSError where the driver has none."""
        import fcntl

        self._streaming = False
        self._node = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        try:
            request = v4l2.EVENT_SUBSCRIPTION.pack(
                _CLIENT_USAGE, 0, v4l2.EVENT_SEND_INITIAL, 0, 0, 0, 0, 0
            )
            fcntl.ioctl(self._node, v4l2.SUBSCRIBE_EVENT, request)
        except OSError:
            self.close()
            raise

    def present(self) -> bool:
        """Whether somebody streams."""
        import fcntl

        event = bytearray(v4l2.EVENT.size)
        while self._node >= 0:
            try:
                fcntl.ioctl(self._node, v4l2.DQEVENT, event)
            except OSError:
                break
            _, count, *_ = v4l2.EVENT.unpack(event)
            self._streaming = count > 0
        return self._streaming

    def close(self) -> None:
        """Close the descriptor; safe to call twice."""
        if self._node >= 0:
            os.close(self._node)
            self._node = -1


class OpenDescriptors:
    """Readers as programs that keep the device open, for drivers without the event.

    Who is seen at one look only has come to ask what the device is, and does not count.
    """

    def __init__(
        self, device: str, openers: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Watch ``device``, which as many as ``openers`` descriptors may lead to."""
        self._device = device
        self._openers = openers
        self._clock = clock
        self._seen = self._present = self._others() > 0
        self._next_look = clock() + _LOOK_WHILE_ALONE

    def present(self) -> bool:
        """Whether others had the device open at the last two looks."""
        now = self._clock()
        if now >= self._next_look:
            there = self._others() > 0
            self._present = there and self._seen
            self._seen = there
            self._next_look = now + (_LOOK_WHILE_READ if self._present else _LOOK_WHILE_ALONE)
        return self._present

    def close(self) -> None:
        """There is nothing to release."""

    def _others(self) -> int:
        """Count the descriptors that neither the writer, its claim nor this look has.

        Where it cannot be counted somebody may be there.
        """
        with contextlib.ExitStack() as stack:
            for taken in range(self._openers):
                try:
                    node = os.open(self._device, os.O_RDONLY | os.O_NONBLOCK)
                except OSError as error:
                    return self._openers - taken - _OUR_OPENERS if error.errno == errno.EBUSY else 1
                stack.callback(os.close, node)
        return 1


def _max_openers(device: str) -> int | None:
    try:
        return int((_SYSFS / Path(device).resolve().name / "max_openers").read_text())
    except (OSError, ValueError):
        return None
