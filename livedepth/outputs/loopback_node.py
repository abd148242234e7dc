"""What an open descriptor of a v4l2loopback device tells, and what can be asked of it."""

from __future__ import annotations

import contextlib
import fcntl
import time
from fractions import Fraction
from typing import NamedTuple

from livedepth import v4l2_ioctl as v4l2

CAPTURE, OUTPUT = v4l2.CAPTURE, v4l2.OUTPUT
BOTH = CAPTURE | OUTPUT

_MOST_BUFFERS = 32

# Seconds after which somebody who still writes would have sent another frame.
_SILENCE = 1.0


def roles(node: int) -> int | None:
    """Return which of the two roles an open device has, None if it is not v4l2loopback's.

    Raises OSError.
    """
    raw = bytearray(v4l2.CAPABILITY.size)
    fcntl.ioctl(node, v4l2.QUERYCAP, raw)
    driver, *_, found, _, _, _ = v4l2.CAPABILITY.unpack(raw)
    return int(found) & BOTH if v4l2.text(driver) == "v4l2 loopback" else None


def wake(node: int) -> None:
    """Make a device that a writer has left take the next, up to version 0.12 of the driver.

    Asking for STREAMON does it, which is refused; not while somebody writes, who would be joined.
    """
    with contextlib.suppress(OSError):
        fcntl.ioctl(node, v4l2.STREAMON, v4l2.STREAM_TYPE.pack(v4l2.TYPE_OUTPUT))


def set_rate(node: int, rate: float) -> None:
    """Have readers told a rate in frames a second. Raises OSError where the driver refuses."""
    interval = Fraction(1 / rate).limit_denominator(1001)
    seconds = (interval.numerator, interval.denominator)
    request = v4l2.PARAMETERS.pack(v4l2.TYPE_OUTPUT, 0, 0, *seconds, 0, 0)
    # The kernel goes by the roles as they were when somebody last asked for them.
    roles(node)
    fcntl.ioctl(node, v4l2.S_PARM, bytearray(request))


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
        before = _buffers(node)
        time.sleep(_until_silent(before))
        return [buffer.written for buffer in _buffers(node)] != [item.written for item in before]
    except OSError:
        return True


class _Buffer(NamedTuple):
    """flags; written: seconds, microseconds and number of the frame that is in it."""

    flags: int
    written: tuple[int, int, int]


def _until_silent(buffers: list[_Buffer]) -> float:
    """Return the seconds after which the frames in ``buffers`` are as old as nobody leaves them.

    The driver keeps the times that a writer gives, which may be of any clock and tell no age.
    """
    if any(buffer.flags & v4l2.TIME_MASK == v4l2.TIME_OF_WRITER for buffer in buffers):
        return _SILENCE
    newest = max(seconds + microseconds / 1e6 for _, (seconds, microseconds, _) in buffers)
    return min(max(newest + _SILENCE - time.monotonic(), 0.0), _SILENCE)


def _buffers(node: int) -> list[_Buffer]:
    """Return the buffers of a device, at least one. Raises OSError where it has none."""
    found: list[_Buffer] = []
    for index in range(_MOST_BUFFERS):
        raw = bytearray(v4l2.BUFFER.size)
        v4l2.BUFFER.pack_into(raw, 0, index, v4l2.TYPE_CAPTURE, *(0,) * 11)
        try:
            fcntl.ioctl(node, v4l2.QUERYBUF, raw)
        except OSError:
            if not found:
                raise
            break
        _, _, _, flags, _, seconds, microseconds, number, *_ = v4l2.BUFFER.unpack(raw)
        found.append(_Buffer(flags, (seconds, microseconds, number)))
    return found
