"""The pictures of one V4L2 device, through buffers shared with its driver."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import select
import sys
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from livedepth import v4l2_ioctl as v4l2
from livedepth.capture.modes import Request
from livedepth.capture.pixels import RAW, Bytes, Layout
from livedepth.capture.v4l2 import ioctl

_BUFFERS = 4
_FINEST = 1001


class FormatChangedError(Exception):
    """The pictures are not any more what was agreed on."""


class V4l2Stream:
    """A device that is asked for a format, started, and then waited for; closed at the end.

    Every method raises OSError when the driver refuses or the device is gone, and is called by
    one thread at a time. ``device``: the file descriptor, for the camera's controls.
    """

    def __init__(self, path: str) -> None:
        self.device = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._maps: list[mmap.mmap] = []
        self._streaming = False
        self._open = True
        self._agreed: tuple[int, ...] = ()
        self._most = sys.maxsize
        self._poll = select.poll()
        self._poll.register(self.device, select.POLLIN | select.POLLPRI)

    def negotiate(self, request: Request) -> tuple[Layout, float | None]:
        """Ask for a mode; return what the driver grants, and frames a second if it tells them.

        A request without a pixel format keeps the driver's.
        """
        now = ioctl(self.device, v4l2.G_FMT, v4l2.FORMAT, v4l2.TYPE_CAPTURE)
        code = int.from_bytes(request.pixel_format.encode("latin-1"), "little") or now[4]
        size = (request.width, request.height)
        ioctl(self.device, v4l2.S_FMT, v4l2.FORMAT, v4l2.TYPE_CAPTURE, 0, *size, code)
        rate = self._ask_rate(request.rate)
        self._agreed = self._format()
        _, _, width, height, code, _, stride, _ = self._agreed
        name = code.to_bytes(4, "little").decode("latin-1")
        # A virtual camera that is fed larger pictures cuts them off at its buffers' end.
        self._most = self._agreed[-1] if name in RAW else sys.maxsize
        return Layout(name, width, height, stride), rate

    def _ask_rate(self, rate: float) -> float | None:
        interval = 1 / Fraction(rate).limit_denominator(_FINEST)
        fraction = (interval.numerator, interval.denominator)
        try:
            _, _, _, top, bottom, *_ = ioctl(
                self.device, v4l2.S_PARM, v4l2.PARAMETERS, v4l2.TYPE_CAPTURE, 0, 0, *fraction
            )
        except OSError:
            return None
        return bottom / top if top and bottom else None

    def _format(self) -> tuple[int, ...]:
        return ioctl(self.device, v4l2.G_FMT, v4l2.FORMAT, v4l2.TYPE_CAPTURE)[:8]

    def start(self) -> None:
        """Share buffers with the driver and let it fill them."""
        with contextlib.suppress(OSError):
            ioctl(
                self.device,
                v4l2.SUBSCRIBE_EVENT,
                v4l2.EVENT_SUBSCRIPTION,
                v4l2.EVENT_SOURCE_CHANGE,
            )
        kind, memory = v4l2.TYPE_CAPTURE, v4l2.MEMORY_MAPPED
        count = ioctl(self.device, v4l2.REQBUFS, v4l2.REQUEST_BUFFERS, _BUFFERS, kind, memory)[0]
        for index in range(count):
            data = _described(index)
            fcntl.ioctl(self.device, v4l2.QUERYBUF, data)
            *_, offset, length, _, _ = v4l2.BUFFER.unpack(data)
            self._maps.append(
                mmap.mmap(self.device, length, mmap.MAP_SHARED, mmap.PROT_READ, offset=offset)
            )
            fcntl.ioctl(self.device, v4l2.QBUF, data)
        fcntl.ioctl(self.device, v4l2.STREAMON, v4l2.STREAM_TYPE.pack(kind))
        self._streaming = True

    def wait(self, seconds: float) -> bool:
        """Wait for a picture, or for a fault that ``take`` will find; False if none came.

        Raises FormatChangedError when the driver says that its source has changed.
        """
        events = self._poll.poll(seconds * 1e3)
        if not events:
            return False
        flags = events[0][1]
        if flags & select.POLLPRI and not flags & (select.POLLERR | select.POLLHUP):
            data = bytearray(v4l2.EVENT.size)
            fcntl.ioctl(self.device, v4l2.DQEVENT, data)
            raise FormatChangedError
        return True

    def take(self, use: Callable[[Bytes], bool]) -> tuple[bool, float | None]:
        """Show ``use`` the bytes of the picture that waits, in memory that the driver owns again.

        Returns what ``use`` did, False for a picture that the driver calls damaged or where none
        waits, and the driver's time of it on ``time.monotonic``. Raises FormatChangedError when
        the pictures have become other than agreed on.
        """
        data = _described()
        try:
            fcntl.ioctl(self.device, v4l2.DQBUF, data)
        except BlockingIOError:
            return False, None
        index, _, used, flags, _, seconds, microseconds, *_ = v4l2.BUFFER.unpack(data)
        try:
            if self._format() != self._agreed or self._most < used:
                raise FormatChangedError
            if flags & v4l2.FRAME_DAMAGED or not used:
                return False, None
            shared = self._maps[index]
            good = use(np.frombuffer(shared, np.uint8, min(used, len(shared))))
        finally:
            fcntl.ioctl(self.device, v4l2.QBUF, data)
        timed = flags & v4l2.TIME_MASK == v4l2.TIME_MONOTONIC
        return good, seconds + microseconds / 1e6 if timed else None

    def close(self) -> None:
        """Let the device go; safe to call twice."""
        if not self._open:
            return
        self._open = False
        try:
            with contextlib.suppress(OSError):
                if self._streaming:
                    fcntl.ioctl(
                        self.device, v4l2.STREAMOFF, v4l2.STREAM_TYPE.pack(v4l2.TYPE_CAPTURE)
                    )
            for shared in self._maps:
                # A view that an error still holds keeps the memory for as long as it lives.
                with contextlib.suppress(BufferError):
                    shared.close()
            self._maps.clear()
        finally:
            os.close(self.device)


def _described(index: int = 0) -> bytearray:
    return bytearray(
        v4l2.BUFFER.pack(index, v4l2.TYPE_CAPTURE, 0, 0, 0, 0, 0, 0, v4l2.MEMORY_MAPPED, 0, 0, 0, 0)
    )
