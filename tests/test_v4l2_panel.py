"""A driver's controls, read and set by identifier."""

from __future__ import annotations

import errno
import struct
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from livedepth import v4l2_ioctl as v4l2
from livedepth.capture.controls import Span
from livedepth.capture.v4l2_panel import V4l2Panel

BRIGHTNESS, EXPOSURE_AUTO, TEMPERATURE = 1, 2, 3


@pytest.fixture
def values(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """What the stand-in driver's controls are set to."""
    values = {BRIGHTNESS: -5, EXPOSURE_AUTO: 3}
    queries = {
        BRIGHTNESS: (1, b"Brightness", -64, 64, 2, 0, 0),
        EXPOSURE_AUTO: (3, b"Exposure, Auto", 0, 3, 1, 3, 0),
        TEMPERATURE: (1, b"Temperature", 0, 9, 1, 0, v4l2.CONTROL_READ_ONLY),
    }

    def ioctl(device: int, request: int, data: bytearray) -> int:
        identifier = struct.unpack_from("I", data)[0]
        if identifier not in queries:
            raise OSError(errno.EINVAL, "no such control")
        kind, name, *numbers = queries[identifier]
        if request == v4l2.QUERYCTRL:
            v4l2.CONTROL_QUERY.pack_into(data, 0, identifier, kind, name, *numbers, 0, 0)
        elif request == v4l2.QUERYMENU:
            if struct.unpack_from("I", data, 4)[0] not in (1, 3):
                raise OSError(errno.EINVAL, "")
        elif request == v4l2.G_CTRL:
            struct.pack_into("i", data, 4, values[identifier])
        elif request == v4l2.S_CTRL:
            values[identifier] = struct.unpack_from("i", data, 4)[0]
        return 0

    monkeypatch.setattr("fcntl.ioctl", ioctl)
    return values


def test_what_controls_take(values: dict[int, int]) -> None:
    panel = V4l2Panel(-1)
    assert panel.span(BRIGHTNESS) == Span(-64, 64, 2)
    assert panel.span(EXPOSURE_AUTO) == Span(0, 3, 1, (1, 3))
    assert panel.span(TEMPERATURE) is None
    assert panel.span(99) is None


def test_values_are_read_and_set(values: dict[int, int]) -> None:
    panel = V4l2Panel(-1)
    assert panel.get(BRIGHTNESS) == -5
    panel.set(BRIGHTNESS, -7)
    assert values[BRIGHTNESS] == -7
    with pytest.raises(OSError, match="no such control"):
        panel.get(99)
