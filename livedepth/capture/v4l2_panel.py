"""The controls of an open V4L2 device."""

from __future__ import annotations

import fcntl
import struct

from livedepth import v4l2_ioctl as v4l2
from livedepth.capture.controls import Panel, Span
from livedepth.capture.v4l2 import menu_entry


class V4l2Panel(Panel):
    """The controls of an open V4L2 device."""

    def __init__(self, device: int) -> None:
        """``device``: its file descriptor."""
        self._device = device

    def span(self, identifier: int) -> Span | None:
        data = bytearray(v4l2.CONTROL_QUERY.size)
        struct.pack_into("I", data, 0, identifier)
        try:
            fcntl.ioctl(self._device, v4l2.QUERYCTRL, data)
        except OSError:
            return None
        _, kind, _, low, high, step, _, flags, *_ = v4l2.CONTROL_QUERY.unpack(data)
        if flags & (v4l2.CONTROL_DISABLED | v4l2.CONTROL_READ_ONLY):
            return None
        choices = []
        if kind == v4l2.MENU:
            offered = ((n, menu_entry(self._device, identifier, n, kind)) for n in range(high + 1))
            choices = [number for number, entry in offered if entry is not None]
        return Span(low, high, step, tuple(choices))

    def get(self, identifier: int) -> int:
        data = bytearray(v4l2.CONTROL.pack(identifier, 0))
        fcntl.ioctl(self._device, v4l2.G_CTRL, data)
        return int(v4l2.CONTROL.unpack(data)[1])

    def set(self, identifier: int, value: int) -> None:
        fcntl.ioctl(self._device, v4l2.S_CTRL, bytearray(v4l2.CONTROL.pack(identifier, value)))
