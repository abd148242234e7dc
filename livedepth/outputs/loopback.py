"""The devices of v4l2loopback on Linux: which there are, and making one ready for a writer.

What speaks to the kernel is imported where it is used, for other systems have no such module.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from livedepth.errors import VirtualCameraError
from livedepth.outputs import secure_boot

MODPROBE = "sudo modprobe v4l2loopback devices=1 video_nr=10 card_label=livedepth exclusive_caps=1"

MODPROBE_TWO = (
    "sudo modprobe v4l2loopback devices=2 video_nr=10,11 "
    "card_label=livedepth,livedepth-depth exclusive_caps=1,1"
)

UNLOAD = "sudo modprobe -r v4l2loopback"

JOIN_GROUP = "sudo usermod -aG video $USER, then log out and in"

_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")
_MODULES = Path("/lib/modules")
_MODULE = Path("/sys/module/v4l2loopback")

# Seconds that who only asks whether a device is claimed may hold the claim.
_PROBE = 0.05


@dataclass(frozen=True, slots=True)
class LoopbackDevice:
    """device: its path; label: the name under which programs list it."""

    device: str
    label: str


def devices() -> list[LoopbackDevice]:
    """Return the devices of v4l2loopback, in the order of their numbers; nothing is opened."""
    found = []
    for node in _nodes():
        # A device that is removed meanwhile is none.
        with contextlib.suppress(OSError):
            label = (node / "name").read_text().strip()
            found.append(LoopbackDevice(str(_DEV / node.name), label))
    return [item for item in found if Path(item.device).exists()]


def _nodes() -> list[Path]:
    # The attribute max_openers is this driver's alone, and needs no permission to be seen.
    nodes = [path.parent for path in _SYSFS.glob("video*/max_openers")]
    return sorted(nodes, key=lambda node: int(node.name.removeprefix("video")))


def hidden_from_chrome(device: str) -> bool:
    """Whether ``device`` was made without exclusive_caps, which Chrome needs."""
    from livedepth.outputs import loopback_node

    try:
        node = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # Version 0.13 shows both roles as well while a reader waits for the next writer.
        return loopback_node.roles(node) == loopback_node.BOTH and (
            not _held_format(device) or _loaded_with(device) in ("N", "0")
        )
    except (OSError, VirtualCameraError):
        return False
    finally:
        os.close(node)


def _loaded_with(device: str) -> str | None:
    """Return the module's own exclusive_caps for ``device``, None where it has none.

    Both parameters are lists, in the order of the devices that were made at load; a device that
    was made later, or that the kernel numbered, is not in them. Raises OSError.
    """
    numbers, capabilities = (
        (_MODULE / "parameters" / name).read_text().strip().split(",")
        for name in ("video_nr", "exclusive_caps")
    )
    number = Path(device).resolve().name.removeprefix("video")
    return dict(zip(numbers, capabilities, strict=False)).get(number)


def advice() -> str:
    """Say how to get a virtual camera, in one line."""
    release = platform.release()
    if unreachable := [node.name for node in _nodes() if not (_DEV / node.name).exists()]:
        return (
            f"the kernel has one that is not in {_DEV}: start this container with "
            f"--device {_DEV / unreachable[0]}"
        )
    if _MODULE.exists():
        return f"v4l2loopback is loaded without a device: {UNLOAD}, then: {MODPROBE}"
    if not any((_MODULES / release).rglob("v4l2loopback.ko*")):
        return (
            f"install the package v4l2loopback-dkms (and the headers of kernel {release}), "
            f"then: {MODPROBE}{_signing()}"
        )
    return MODPROBE + _signing()


def _signing() -> str:
    if not secure_boot.only_signed_modules():
        return ""
    return (
        "; Secure Boot is on: if that says `Key was rejected by service`, first "
        f"{secure_boot.enrol_key()}"
    )


def announce_rate(device: str, rate: float) -> None:
    """Have readers told that ``device`` gives ``rate`` frames a second, not the driver's 30.

    Some drivers only take it from a writer; then readers are told 30, and frames come no less.
    """
    from livedepth.outputs import loopback_node

    with contextlib.suppress(OSError):
        node = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        try:
            loopback_node.set_rate(node, rate)
        finally:
            os.close(node)


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
    does. Up to version 0.12, after a writer has left, it stays a camera if a reader is still
    there and is neither otherwise, and no writer can open it until somebody asks for STREAMON,
    which it refuses. Version 0.13 shows both roles while such a reader is there.
    """
    from livedepth.outputs import loopback_node

    try:
        node = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise VirtualCameraError(_refusal(device, error)) from error
    try:
        roles = loopback_node.roles(node)
        if roles is None:
            raise VirtualCameraError(f"{device} is not a virtual camera; {_choice()}")
        held = roles == loopback_node.BOTH and _held_format(device)
        taken = held or roles == loopback_node.CAPTURE
        if taken and (loopback_node.claimed(node) or loopback_node.is_written(node)):
            raise VirtualCameraError(_in_use(device))
        if not roles & loopback_node.OUTPUT:
            loopback_node.wake(node)
    except OSError as error:
        raise VirtualCameraError(f"{device} is not a virtual camera; {_choice()}") from error
    finally:
        os.close(node)


def claim(device: str) -> int:
    """Lock ``device`` against other writers of this kind; return the descriptor that keeps it.

    A stream that pauses writes nothing, so others could not see that it is there. Raises
    VirtualCameraError where the device cannot be opened, or another has claimed it.
    """
    from livedepth.outputs import loopback_node

    try:
        node = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise VirtualCameraError(_refusal(device, error)) from error
    if loopback_node.lock(node):
        return node
    time.sleep(_PROBE)
    if loopback_node.lock(node):
        return node
    os.close(node)
    raise VirtualCameraError(_in_use(device))


def check_geometry(device: str, size: tuple[int, int]) -> None:
    """Raise VirtualCameraError when ``device`` is held at another size than (width, height).

    A program that still reads what an earlier writer sent keeps that size, and the driver tells
    the next writer nothing of it. Also raised when the device is gone.
    """
    held = _held_format(device)
    width, height = size
    if held and f":{width}x{height}@" not in held:
        taken = held.partition(":")[2].partition("@")[0]
        raise VirtualCameraError(
            f"virtual camera {device} is held at {taken} by a program that reads it, and frames "
            f"are {width}x{height}; close the camera in that program, then start again"
        )


def _in_use(device: str) -> str:
    another = f"make two: {UNLOAD}, then: {MODPROBE_TWO}"
    if len(devices()) > 1:
        another = "choose another with --output virtual-camera:DEVICE"
    return f"virtual camera {device} is in use by another program; close that, or {another}"


def _held_format(device: str) -> str:
    """Return code, size and rate of what is in the device, such as YU12:640x480@30, or nothing.

    Raises VirtualCameraError when the device goes meanwhile.
    """
    attribute = _SYSFS / Path(device).resolve().name / "format"
    try:
        return attribute.read_text().strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise VirtualCameraError(
            f"virtual camera {device} is gone ({error.strerror}); {_choice()}"
        ) from error


def _refusal(device: str, error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"virtual camera {device} may not be opened by this user; add the user to the group: "
            f"{JOIN_GROUP}"
        )
    if error.errno == errno.EBUSY:
        return f"virtual camera {device} is in use by too many programs; close one"
    return f"virtual camera {device} cannot be opened: {error.strerror}; {_choice()}"
