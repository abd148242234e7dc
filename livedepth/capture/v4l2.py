"""Asks Linux what video devices there are and what they offer, through the ioctls of V4L2."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from livedepth import v4l2_ioctl as v4l2
from livedepth.capture.access import in_use, refusal
from livedepth.capture.camera import CameraInfo, Control
from livedepth.capture.modes import Mode

_SYSFS = Path("/sys/class/video4linux")
_LINKS = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))
_LOOPBACK = "v4l2 loopback"
_VIRTUAL = "/sys/devices/virtual/"
_KNOWN_LAYOUTS = sys.maxsize > 2**32


def ioctl(device: int, request: int, layout: struct.Struct, *values: int) -> tuple[int, ...]:
    """Pass a structure that begins with ``values`` and return what the driver made of it.

    ``layout`` begins with as many 32-bit numbers. Raises OSError.
    """
    data = bytearray(layout.size)
    struct.pack_into(f"{len(values)}I", data, 0, *values)
    fcntl.ioctl(device, request, data)
    return layout.unpack(data)


def _enumerated(
    device: int, request: int, layout: struct.Struct, *values: int
) -> Iterator[tuple[int, ...]]:
    """Every structure of an enumeration, up to the end the driver reports."""
    for index in range(256):
        try:
            yield ioctl(device, request, layout, index, *values)
        except OSError:
            return


def _rates(device: int, pixel_format: int, size: tuple[int, int]) -> tuple[float, ...]:
    intervals: list[float] = []
    found = _enumerated(device, v4l2.ENUM_FRAMEINTERVALS, v4l2.FRAME_INTERVAL, pixel_format, *size)
    for entry in found:
        discrete = entry[4] == v4l2.DISCRETE
        pairs = [entry[5:7]] if discrete else [entry[5:7], entry[7:9]]
        intervals += [top / bottom for top, bottom in pairs if top and bottom]
        if not discrete:
            break
    return tuple(sorted({round(1 / interval, 3) for interval in intervals}))


def _modes(device: int) -> Iterator[Mode]:
    for description in _enumerated(
        device, v4l2.ENUM_FMT, v4l2.FORMAT_DESCRIPTION, v4l2.TYPE_CAPTURE
    ):
        code = description[4]
        pixel_format = code.to_bytes(4, "little").decode("latin-1")
        for found in _enumerated(device, v4l2.ENUM_FRAMESIZES, v4l2.FRAME_SIZE, code):
            if found[2] == v4l2.DISCRETE:
                size = (found[3], found[4])
                yield Mode(pixel_format, size, size, rates=_rates(device, code, size))
                continue
            low, high = (found[3], found[6]), (found[4], found[7])
            step = (max(found[5], 1), max(found[8], 1))
            yield Mode(pixel_format, low, high, step, _rates(device, code, high))
            break


def menu_entry(device: int, identifier: int, value: int, kind: int) -> str | None:
    """Return what a menu shows for ``value``, None where it offers no such choice."""
    data = bytearray(v4l2.MENU_QUERY.size)
    struct.pack_into("=2I", data, 0, identifier, value)
    try:
        fcntl.ioctl(device, v4l2.QUERYMENU, data)
    except OSError:
        return None
    _, _, shown, _ = v4l2.MENU_QUERY.unpack(data)
    if kind == v4l2.MENU_OF_NUMBERS:
        return str(int.from_bytes(shown[:8], "little", signed=True))
    return v4l2.text(shown)


def _controls(device: int) -> Iterator[Control]:
    identifier = 0
    while True:
        data = bytearray(v4l2.CONTROL_QUERY.size)
        struct.pack_into("I", data, 0, identifier | v4l2.NEXT_CONTROL)
        try:
            fcntl.ioctl(device, v4l2.QUERYCTRL, data)
        except OSError:
            return
        identifier, kind, name, low, high, step, default, flags, *_ = v4l2.CONTROL_QUERY.unpack(
            data
        )
        hidden = flags & (v4l2.CONTROL_DISABLED | v4l2.CONTROL_WRITE_ONLY)
        if hidden or kind not in v4l2.CONTROL_KINDS:
            continue
        try:
            value = ioctl(device, v4l2.G_CTRL, v4l2.CONTROL, identifier)[1]
        except OSError:
            continue
        if kind == v4l2.BITS:
            low, high, default, value = (n & 0xFFFFFFFF for n in (low, high, default, value))
        choices = []
        if kind in (v4l2.MENU, v4l2.MENU_OF_NUMBERS):
            shown = ((n, menu_entry(device, identifier, n, kind)) for n in range(low, high + 1))
            choices = [f"{number}: {entry}" for number, entry in shown if entry is not None]
        yield Control(
            name=re.sub(r"[^a-z0-9]+", "_", v4l2.text(name).lower()).strip("_"),
            kind=v4l2.CONTROL_KINDS[kind],
            minimum=low,
            maximum=high,
            step=step,
            default=default,
            value=value,
            choices=tuple(choices),
            active=not flags & v4l2.CONTROL_INACTIVE,
            read_only=bool(flags & v4l2.CONTROL_READ_ONLY),
        )


def _busy(device: int) -> bool:
    """Whether another handle streams, asked by freeing buffers that this one does not have."""
    try:
        ioctl(device, v4l2.REQBUFS, v4l2.REQUEST_BUFFERS, 0, v4l2.TYPE_CAPTURE, v4l2.MEMORY_MAPPED)
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def _sysfs(path: str, attribute: str) -> str:
    """What the system knows of a node without opening it; empty where it does not."""
    try:
        return (_SYSFS / Path(path).name / attribute).read_text().strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    """The link to a node that udev named after the device, else after where it is plugged in."""
    for folder in _LINKS:
        try:
            for link in sorted(folder.iterdir()):
                if os.path.realpath(link) == path:
                    return str(link)
        except OSError:
            continue
    return ""


def describe(path: str, *, details: bool = True) -> CameraInfo:
    """Describe one device node; what stands in the way of using it goes into ``problem``.

    details: with modes and controls.
    """
    real = os.path.realpath(path)
    number = re.search(r"(\d+)$", real)
    index = int(number[1]) if number else -1
    name = _sysfs(real, "name") or Path(real).name
    node = int(_sysfs(real, "index") or 0)
    link = _link(real)
    try:
        device = os.open(real, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return CameraInfo(
            name,
            real,
            index,
            problem=refusal(error, real),
            identity=link,
            node=node,
            native=_KNOWN_LAYOUTS,
        )
    try:
        data = bytearray(v4l2.CAPABILITY.size)
        fcntl.ioctl(device, v4l2.QUERYCAP, data)
        driver, card, bus, _, whole, own, *_ = v4l2.CAPABILITY.unpack(data)
        name, place = v4l2.text(card), v4l2.text(bus)
        capabilities = own if whole & v4l2.DEVICE_CAPABILITIES else whole
        system = os.path.realpath(_SYSFS / Path(real).name)
        virtual = v4l2.text(driver) == _LOOPBACK or system.startswith(_VIRTUAL)
        capture = bool(capabilities & (v4l2.CAPTURE | v4l2.CAPTURE_PLANES))
        problem = ""
        if not capture:
            takes = capabilities & (v4l2.OUTPUT | v4l2.OUTPUT_PLANES)
            only = "it only takes frames" if takes else "it delivers no pictures"
            problem = f"{only}; start the program that feeds it" if virtual else only
        elif not virtual and _busy(device):
            problem = in_use(real)
        return CameraInfo(
            name=name,
            path=real,
            index=index,
            bus=place,
            driver=v4l2.text(driver),
            virtual=virtual,
            capture=capture,
            modes=tuple(_modes(device)) if capture and details else (),
            problem=problem,
            identity=link or f"{place} {name}" + (f" {node}" if node else ""),
            node=node,
            native=_KNOWN_LAYOUTS
            and bool(capabilities & v4l2.CAPTURE and capabilities & v4l2.STREAMING),
            controls=tuple(_controls(device)) if capture and details else (),
        )
    except OSError as error:
        return CameraInfo(name, real, index, capture=False, problem=refusal(error, real))
    finally:
        os.close(device)


def list_devices(*, details: bool = True) -> list[CameraInfo]:
    """Describe every /dev/video node, by number."""
    nodes = [path for path in Path("/dev").glob("video*") if path.name[5:].isdecimal()]
    return [
        describe(str(path), details=details)
        for path in sorted(nodes, key=lambda path: int(path.name[5:]))
    ]
