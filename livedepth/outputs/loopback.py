"""The devices of v4l2loopback on Linux: which there are, and making one ready for a writer.

Numbers and layouts are those of linux/videodev2.h.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import struct
from dataclasses import dataclass
from pathlib import Path

from livedepth.errors import VirtualCameraError

MODPROBE = "sudo modprobe v4l2loopback devices=1 video_nr=10 card_label=livedepth exclusive_caps=1"

JOIN_GROUP = "sudo usermod -aG video $USER, then log out and in"

_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")
_MODULES = Path("/lib/modules")
_EXCLUSIVE_CAPS = Path("/sys/module/v4l2loopback/parameters/exclusive_caps")

_VIDIOC_QUERYCAP = 0x80685600
_VIDIOC_STREAMON = 0x40045612
_TYPE_OUTPUT = 2
_CAPTURE, _OUTPUT = 0x1, 0x2
_CAPABILITY = struct.Struct("16s32s32s6I")


@dataclass(frozen=True, slots=True)
class LoopbackDevice:
    """device: its path; label: the name under which programs list it."""

    device: str
    label: str


def devices() -> list[LoopbackDevice]:
    """Return the devices of v4l2loopback, in the order of their numbers; nothing is opened."""
    # The attribute max_openers is this driver's alone, and needs no permission to be seen.
    nodes = [path.parent for path in _SYSFS.glob("video*/max_openers")]
    nodes.sort(key=lambda node: int(node.name.removeprefix("video")))
    found = [
        LoopbackDevice(str(_DEV / node.name), (node / "name").read_text().strip()) for node in nodes
    ]
    return [item for item in found if Path(item.device).exists()]


def hidden_from_chrome() -> bool:
    """Whether the module was loaded without exclusive_caps, which Chrome needs."""
    return _EXCLUSIVE_CAPS.exists() and not _EXCLUSIVE_CAPS.read_text().startswith(("Y", "1"))


def advice() -> str:
    """Say how to get a virtual camera, in one line."""
    release = platform.release()
    if any((_MODULES / release).rglob("v4l2loopback.ko*")):
        return MODPROBE
    return (
        f"install the package v4l2loopback-dkms (and the headers of kernel {release}), "
        f"then: {MODPROBE}"
    )


def ready_device(wanted: str | None) -> str:
    """Return the path of a device that is ready for a writer.

    wanted: a path, a number or part of a label; None is the first that is free. Raises
    VirtualCameraError when there is none, or it is in use, not permitted or not of this driver.
    """
    known = devices()
    if wanted is not None:
        device = _resolve(wanted, known)
        _make_ready(device)
        return device
    if not known:
        raise VirtualCameraError(f"there is no virtual camera; {advice()}")
    refusals = []
    for item in known:
        try:
            _make_ready(item.device)
        except VirtualCameraError as error:
            refusals.append(error)
        else:
            return item.device
    raise refusals[0]


def _resolve(wanted: str, known: list[LoopbackDevice]) -> str:
    path = str(_DEV / f"video{wanted}") if wanted.isdecimal() else wanted
    if Path(path).exists():
        return path
    for item in known:
        if "/" not in wanted and wanted.casefold() in item.label.casefold():
            return item.device
    raise VirtualCameraError(f"there is no virtual camera {wanted}; {_choice()}")


def _choice() -> str:
    known = devices()
    if not known:
        return advice()
    return "there is " + ", ".join(f"{item.device} ({item.label})" for item in known)


def _make_ready(device: str) -> None:
    """Raise VirtualCameraError unless ``device`` takes a writer; wake it where it must be.

    With exclusive_caps=1 a device is an output while nobody writes and a camera while somebody
    does. Up to version 0.12 it is neither after a writer has left, and no writer can open it
    until somebody asks for STREAMON, which it refuses.
    """
    import fcntl

    try:
        node = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise VirtualCameraError(_refusal(device, error)) from error
    try:
        raw = bytearray(_CAPABILITY.size)
        fcntl.ioctl(node, _VIDIOC_QUERYCAP, raw)
        driver, *_, roles, _, _, _ = _CAPABILITY.unpack(raw)
        if driver.rstrip(b"\0") != b"v4l2 loopback":
            raise VirtualCameraError(f"{device} is not a virtual camera; {_choice()}")
        if not roles & (_CAPTURE | _OUTPUT):
            with contextlib.suppress(OSError):
                fcntl.ioctl(node, _VIDIOC_STREAMON, struct.pack("i", _TYPE_OUTPUT))
        elif not roles & _OUTPUT or _has_writer(device):
            raise VirtualCameraError(
                f"virtual camera {device} is in use by another program; close that, "
                "or choose another with --output virtual-camera:DEVICE"
            )
    except OSError as error:
        raise VirtualCameraError(f"{device} is not a virtual camera; {_choice()}") from error
    finally:
        os.close(node)


def _has_writer(device: str) -> bool:
    """Whether frames are being written; asked where exclusive_caps=0 lets several write at once."""
    attribute = _SYSFS / Path(device).resolve().name / "format"
    return attribute.exists() and bool(attribute.read_text().strip())


def _refusal(device: str, error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"virtual camera {device} may not be opened by this user; add the user to the group: "
            f"{JOIN_GROUP}"
        )
    if error.errno == errno.EBUSY:
        return f"virtual camera {device} is in use by too many programs; close one"
    return f"virtual camera {device} cannot be opened: {error.strerror}; {_choice()}"
