"""The calls of V4L2 that livedepth makes: numbers and layouts of linux/videodev2.h (64 bit).

A layout names the fields that are read or written, in order; the rest of a structure is padding.
"""

from __future__ import annotations

import struct

CAPTURE, CAPTURE_PLANES = 0x00000001, 0x00001000
OUTPUT, OUTPUT_PLANES = 0x00000002, 0x00002000
STREAMING = 0x04000000
DEVICE_CAPABILITIES = 0x80000000

TYPE_CAPTURE, TYPE_OUTPUT = 1, 2
MEMORY_MAPPED = 1
DISCRETE = 1
FRAME_DAMAGED = 0x40
TIME_MASK, TIME_MONOTONIC, TIME_OF_WRITER = 0xE000, 0x2000, 0x4000
EVENT_SOURCE_CHANGE, EVENT_PRIVATE = 5, 0x08000000
EVENT_SEND_INITIAL = 1

NEXT_CONTROL = 0x80000000
CONTROL_DISABLED, CONTROL_READ_ONLY, CONTROL_INACTIVE, CONTROL_WRITE_ONLY = 0x1, 0x4, 0x10, 0x40
CONTROL_KINDS = {1: "integer", 2: "switch", 3: "menu", 8: "bits", 9: "menu of numbers"}
MENU, BITS, MENU_OF_NUMBERS = 3, 8, 9

CAPABILITY = struct.Struct("16s32s32s6I")
"""driver, card, bus, version, capabilities of the whole device, of this node, ..."""
FORMAT_DESCRIPTION = struct.Struct("3I32s5I")
"""index, type, flags, description, pixel format, ..."""
FRAME_SIZE = struct.Struct("3I6I2I")
"""index, pixel format, type, (width, height) or (low, high, step) of each, ..."""
FRAME_INTERVAL = struct.Struct("5I6I2I")
"""index, pixel format, width, height, type, fraction or (low, high, step) of fractions, ..."""
FORMAT = struct.Struct("14I152x")
"""type, (padding), width, height, pixel format, field, bytes per line, bytes per picture, ..."""
PARAMETERS = struct.Struct("@I6I176x")
"""type, capability, mode, numerator, denominator of the interval, ..."""
REQUEST_BUFFERS = struct.Struct("4I4x")
"""count, type, memory, ..."""
BUFFER = struct.Struct("@5I2l16x2IL3I0L")
"""index, type, bytes used, flags, field, seconds, microseconds, sequence, memory, offset, length,
..."""
CONTROL = struct.Struct("Ii")
"""identifier, value"""
CONTROL_QUERY = struct.Struct("2I32s4i3I")
"""identifier, type, name, minimum, maximum, step, default, flags, ..."""
MENU_QUERY = struct.Struct("=2I32sI")
"""identifier, index, name or 64-bit number, ..."""
EVENT_SUBSCRIPTION = struct.Struct("8I")
"""type, identifier, flags, ..."""
EVENT = struct.Struct("@I0LI60x2I2lI32x0L")
"""type, first word of what it tells, further events, sequence, seconds, nanoseconds, identifier"""
STREAM_TYPE = struct.Struct("i")


def _call(number: int, layout: struct.Struct, *, reads: bool = True, writes: bool = True) -> int:
    return (2 * reads + writes) << 30 | layout.size << 16 | ord("V") << 8 | number


QUERYCAP = _call(0, CAPABILITY, writes=False)
ENUM_FMT = _call(2, FORMAT_DESCRIPTION)
G_FMT = _call(4, FORMAT)
S_FMT = _call(5, FORMAT)
REQBUFS = _call(8, REQUEST_BUFFERS)
QUERYBUF = _call(9, BUFFER)
QBUF = _call(15, BUFFER)
DQBUF = _call(17, BUFFER)
STREAMON = _call(18, STREAM_TYPE, reads=False)
STREAMOFF = _call(19, STREAM_TYPE, reads=False)
S_PARM = _call(22, PARAMETERS)
G_CTRL = _call(27, CONTROL)
S_CTRL = _call(28, CONTROL)
QUERYCTRL = _call(36, CONTROL_QUERY)
QUERYMENU = _call(37, MENU_QUERY)
ENUM_FRAMESIZES = _call(74, FRAME_SIZE)
ENUM_FRAMEINTERVALS = _call(75, FRAME_INTERVAL)
DQEVENT = _call(89, EVENT, writes=False)
SUBSCRIBE_EVENT = _call(90, EVENT_SUBSCRIPTION, reads=False)


def text(raw: bytes) -> str:
    """Return a text of fixed size without its padding."""
    return raw.split(b"\0")[0].decode("utf-8", "replace")
