"""Which cameras there are, and which one a text means."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from livedepth.capture.modes import Mode
from livedepth.errors import CameraLostError, SourceError


@dataclass(frozen=True, slots=True)
class Control:
    """Something a camera lets programs adjust, such as its exposure.

    kind: integer, switch, menu, menu of numbers, or bits. choices: what a menu offers, as
    "value: name". active: whether it acts now; not while an automatic one does its work.
    """

    name: str
    kind: str
    minimum: int
    maximum: int
    step: int
    default: int
    value: int
    choices: tuple[str, ...] = ()
    active: bool = True
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A video device as its driver describes it.

    index: its number, as in /dev/video2. bus: where it is plugged in; the same after plugging it
    in again at the same place. virtual: fed by a program instead of a lens. capture: whether it
    delivers frames now. problem: why it cannot be used, as a clause, or empty. identity: a name
    that stays the same when the number changes: the link that udev made (by-id, else by-path),
    else bus and name; empty where nothing is known. node: which of the video nodes of its device
    it is. native: whether it is read through V4L2, and not through OpenCV.
    """

    name: str
    path: str
    index: int
    bus: str = ""
    driver: str = ""
    virtual: bool = False
    capture: bool = True
    modes: tuple[Mode, ...] = ()
    problem: str = ""
    identity: str = ""
    node: int = 0
    native: bool = False
    controls: tuple[Control, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.path})"

    @property
    def place(self) -> tuple[str, int]:
        """Tells it from every other camera that is plugged in, by where it is."""
        return self.bus or self.path, self.node


def list_cameras(*, details: bool = True) -> list[CameraInfo]:
    """Return every video device by number, also those that cannot be used, with the reason.

    details: with modes and controls, which not every driver tells quickly.
    """
    if sys.platform == "linux":
        from livedepth.capture import v4l2

        return v4l2.list_devices(details=details)
    from livedepth.capture.opencv_camera import probe_indices

    return probe_indices()


def describe(camera: CameraInfo) -> CameraInfo:
    """Return what is at the camera's path now, with modes and controls."""
    if not camera.native:
        return camera
    from livedepth.capture import v4l2

    return v4l2.describe(camera.path)


def unmoved(camera: CameraInfo) -> CameraInfo | None:
    """Return the camera as it is now if it has the number it had, quickly; None if not."""
    if not camera.native:
        return None if sys.platform == "linux" else camera
    from livedepth.capture import v4l2

    now = v4l2.describe(camera.path, details=False)
    known = (camera.name, camera.place, camera.identity)
    return now if now.capture and (now.name, now.place, now.identity) == known else None


def find_camera(text: str, cameras: Sequence[CameraInfo]) -> CameraInfo:
    """Return the camera that ``text`` means: auto, a number, a path, an identity or a name.

    A part of the name will do, in either case. auto is never a virtual camera, which may be the
    very one that is written to. Otherwise a real camera comes before a virtual one, and one that
    can be used before one that cannot. Raises SourceError, listing the cameras there are, when
    none or more than one fits.
    """
    usable = sorted(
        (camera for camera in cameras if camera.capture),
        key=lambda camera: (bool(camera.problem), camera.virtual, camera.index),
    )
    if text == "auto":
        real = [camera for camera in usable if not camera.virtual]
        if not real:
            also = f", or name a virtual one ({usable[0].name})" if usable else ""
            raise SourceError(f"no camera found; plug one in{also}, or use --source demo")
        return real[0]
    path = os.path.realpath(text) if text.startswith("/") else text
    for camera in cameras:
        if path == camera.path or text in (camera.identity, str(camera.index)):
            return camera
    fitting = (
        [camera for camera in usable if camera.name == text]
        or [camera for camera in usable if text.casefold() in camera.name.casefold()]
        or [camera for camera in cameras if camera.name == text]
    )
    devices = {camera.bus or camera.path: camera for camera in reversed(fitting)}
    if len(devices) == 1:
        return next(iter(devices.values()))
    known = "; ".join(f"{c.index} {c}" for c in usable) or "none"
    if not fitting:
        raise SourceError(f"there is no camera {text!r}; cameras here: {known}")
    ids = "; ".join(f"{c.index} = {c.identity or c.path}" for c in reversed(devices.values()))
    raise SourceError(f"more than one camera fits {text!r}; take a number or an identity: {ids}")


def find_again(camera: CameraInfo, cameras: Sequence[CameraInfo]) -> CameraInfo:
    """Return the same camera under the number it has now: by identity, by place, then by name.

    Raises CameraLostError when it is not there.
    """
    here = [other for other in cameras if other.capture]
    named = [other for other in here if other.name == camera.name]
    found = (
        [other for other in here if camera.identity and other.identity == camera.identity]
        or [other for other in named if other.place == camera.place]
        or [other for other in named if other.node == camera.node]
    )
    if not found:
        idle = [other for other in cameras if other.place == camera.place and other.problem]
        why = f": {idle[0].problem}" if idle else " is not connected"
        raise CameraLostError(f"{camera.name}{why}")
    return found[0]
