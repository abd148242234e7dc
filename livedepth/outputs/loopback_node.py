"""What an open descriptor of a v4l2loopback device tells, and what can be asked of it.

Numbers and layouts are those of linux/videodev2.h.
"""

from __future__ import annotations

import contextlib
import fcntl
import struct
import time
from fractions import Fraction

_VIDIOC_QUERYCAP = 0x80685600
_VIDIOC_STREAMON = 0x40045612
_VIDIOC_S_PARM = 0xC0CC5616
_VIDIOC_QUERYBUF = 0xC0585609
_TYPE_CAPTURE, _TYPE_OUTPUT = 1, 2
CAPTURE, OUTPUT = 0x1, 0x2
BOTH = CAPTURE | OUTPUT
_CAPABILITY = struct.Struct("16s32s32s6I")

# type, capability, mode, seconds a frame takes as a fraction; the rest of the 204 bytes is zero.
_PARAMETERS = struct.Struct("5I184x")

# index, type, three words, the time of a buffer in seconds and microseconds, and the rest.
_BUFFER = struct.Struct("@5Iqq16s2IQ3I0Q")
_BUFFER_TIME = slice(5, 7)
_MOST_BUFFERS = 32

# Seconds after which somebody who still writes would have sent another frame.
_SILENCE = 1.0


def roles(node: int) -> int | None:
    """Return which of the two roles an open device has, None if it is not v4l2loopback's.

    Raises OSError.
    """
    raw = bytearray(_CAPABILITY.size)
    fcntl.ioctl(node, _VIDIOC_QUERYCAP, raw)
    driver, *_, found, _, _, _ = _CAPABILITY.unpack(raw)
    return int(found) & BOTH if driver.rstrip(b"\0") == b"v4l2 loopback" else None


def wake(node: int) -> None:
    """Make a device that a writer has left take the next, up to version 0.12 of the driver.

    Asking for STREAMON does it, which is refused; not while somebody writes, who would be joined.
    """
    with contextlib.suppress(OSError):
        fcntl.ioctl(node, _VIDIOC_STREAMON, struct.pack("i", _TYPE_OUTPUT))


def set_rate(node: int, rate: float) -> None:
    """Have readers told a rate in frames a second. Raises OSError where the driver refuses."""
    interval = Fraction(1 / rate).limit_denominator(1001)
    request = _PARAMETERS.pack(_TYPE_OUTPUT, 0, 0, interval.numerator, interval.denominator)
    # The kernel goes by the roles as they were when somebody last asked for them.
    roles(node)
    fcntl.ioctl(node, _VIDIOC_S_PARM, bytearray(request))


def lock(node: int) -> bool:
    """Claim the device for this descriptor; say whether that succeeded."""
    try:
        fcntl.flock(node, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def claimed(node: int) -> bool:
    """Whether another descriptor has claimed the device."""
    if not lock(node):
        return True
    fcntl.flock(node, fcntl.LOCK_UN)
    return False


def is_written(node: int) -> bool:
    """Whether frames still come, or that cannot be known."""
    try:
        last = _last_written(node)
        time.sleep(max(last + _SILENCE - time.monotonic(), 0))
        return _last_written(node) != last
    except OSError:
        return True


def _last_written(node: int) -> float:
    """Return the time of the newest frame in the device, on the monotonic clock."""
    newest = 0.0
    for index in range(_MOST_BUFFERS):
        raw = bytearray(_BUFFER.size)
        struct.pack_into("@2I", raw, 0, index, _TYPE_CAPTURE)
        try:
            fcntl.ioctl(node, _VIDIOC_QUERYBUF, raw)
        except OSError:
            if index:
                break
            raise
        seconds, microseconds = _BUFFER.unpack(raw)[_BUFFER_TIME]
        newest = max(newest, seconds + microseconds / 1e6)
    return newest
