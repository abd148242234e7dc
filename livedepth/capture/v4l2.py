"""Asks Linux what video devices there are, through the ioctls of V4L2.

Numbers and layouts are those of linux/videodev2.h.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from livedepth.capture.camera import CameraInfo, Mode

_CAPTURE = 0x00000001 | 0x00001000
_OUTPUT = 0x00000002 | 0x00002000
_DEVICE_CAPS = 0x80000000
_TYPE_CAPTURE = 1
_MEMORY_MMAP = 1
_DISCRETE = 1


def _request(number: int, size: int, *, write: bool = True) -> int:
    direction = 3 if write else 2
    return direction << 30 | size << 16 | ord("V") << 8 | number


_QUERYCAP = struct.Struct("16s32s32s6I")
_FMTDESC = struct.Struct("3I32s5I")
_FRMSIZE = struct.Struct("3I6I2I")
_FRMIVAL = struct.Struct("5I6I2I")
_REQBUFS = struct.Struct("4I4B")

_VIDIOC_QUERYCAP = _request(0, _QUERYCAP.size, write=False)
_VIDIOC_ENUM_FMT = _request(2, _FMTDESC.size)
_VIDIOC_REQBUFS = _request(8, _REQBUFS.size)
_VIDIOC_ENUM_FRAMESIZES = _request(74, _FRMSIZE.size)
_VIDIOC_ENUM_FRAMEINTERVALS = _request(75, _FRMIVAL.size)


def _ioctl(device: int, request: int, layout: struct.Struct, *values: int) -> tuple[int, ...]:
    """Pass a structure that begins with ``values`` and return what the driver made of it."""
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
            yield _ioctl(device, request, layout, index, *values)
        except OSError:
            return


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", "replace")


def _rates(device: int, pixel_format: int, size: tuple[int, int]) -> tuple[float, ...]:
    intervals: list[float] = []
    for found in _enumerated(device, _VIDIOC_ENUM_FRAMEINTERVALS, _FRMIVAL, pixel_format, *size):
        pairs = [found[5:7]] if found[4] == _DISCRETE else [found[5:7], found[7:9]]
        intervals += [top / bottom for top, bottom in pairs if top and bottom]
        if found[4] != _DISCRETE:
            break
    return tuple(sorted({round(1 / interval, 3) for interval in intervals}))


def _modes(device: int) -> Iterator[Mode]:
    for description in _enumerated(device, _VIDIOC_ENUM_FMT, _FMTDESC, _TYPE_CAPTURE):
        code = description[4]
        pixel_format = code.to_bytes(4, "little").decode("latin-1")
        for found in _enumerated(device, _VIDIOC_ENUM_FRAMESIZES, _FRMSIZE, code):
            if found[2] == _DISCRETE:
                size = (found[3], found[4])
                yield Mode(pixel_format, size, size, rates=_rates(device, code, size))
                continue
            low, high = (found[3], found[6]), (found[4], found[7])
            step = (max(found[5], 1), max(found[8], 1))
            yield Mode(pixel_format, low, high, step, _rates(device, code, high))
            break


def _busy(device: int) -> bool:
    """Whether another handle streams, asked by freeing buffers that this one does not have."""
    try:
        _ioctl(device, _VIDIOC_REQBUFS, _REQBUFS, 0, _TYPE_CAPTURE, _MEMORY_MMAP)
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def holders(path: str) -> list[str]:
    """Other programs that have ``path`` open, as far as /proc lets us look."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or process.name == str(os.getpid()):
            continue
        try:
            links = {str(link.readlink()) for link in (process / "fd").iterdir()}
            name = (process / "comm").read_text().strip()
        except OSError:
            continue
        if path in links:
            found.append(f"{name} (pid {process.name})")
    return found


def _refusal(error: OSError, path: str) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "it is not permitted; run `sudo usermod -aG video $USER` and log in again"
    if error.errno == errno.EBUSY:
        return _in_use(path)
    if error.errno == errno.ENOTTY:
        return "it is not a video device"
    return os.strerror(error.errno or 0).lower()


def _in_use(path: str) -> str:
    programs = holders(path)
    by = ", ".join(programs) or "this program or one of another user"
    return f"it is in use by {by}; close it there first"


def describe(path: str) -> CameraInfo:
    """Describe one device node; what stands in the way of using it goes into ``problem``."""
    real = os.path.realpath(path)
    number = re.search(r"(\d+)$", real)
    index = int(number[1]) if number else -1
    try:
        device = os.open(real, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        name = _name_from_sysfs(real)
        return CameraInfo(name, real, index, problem=_refusal(error, real))
    try:
        data = bytearray(_QUERYCAP.size)
        fcntl.ioctl(device, _VIDIOC_QUERYCAP, data)
        driver, card, bus, _, whole, own, *_ = _QUERYCAP.unpack(data)
        capabilities = own if whole & _DEVICE_CAPS else whole
        virtual = _text(driver) == "v4l2 loopback"
        capture = bool(capabilities & _CAPTURE)
        problem = ""
        if not capture:
            only = "it only takes frames" if capabilities & _OUTPUT else "it delivers no pictures"
            problem = f"{only}; start the program that feeds it" if virtual else only
        elif not virtual and _busy(device):
            problem = _in_use(real)
        return CameraInfo(
            name=_text(card),
            path=real,
            index=index,
            bus=_text(bus),
            driver=_text(driver),
            virtual=virtual,
            capture=capture,
            modes=tuple(_modes(device)) if capture else (),
            problem=problem,
        )
    except OSError as error:
        return CameraInfo(
            Path(real).name, real, index, capture=False, problem=_refusal(error, real)
        )
    finally:
        os.close(device)


def _name_from_sysfs(path: str) -> str:
    """The name of a device that cannot be opened; its node's name where the system has none."""
    try:
        return (Path("/sys/class/video4linux") / Path(path).name / "name").read_text().strip()
    except OSError:
        return Path(path).name


def list_devices() -> list[CameraInfo]:
    """Describe every /dev/video node, by number."""
    nodes = [path for path in Path("/dev").glob("video*") if path.name[5:].isdecimal()]
    return [describe(str(path)) for path in sorted(nodes, key=lambda path: int(path.name[5:]))]
