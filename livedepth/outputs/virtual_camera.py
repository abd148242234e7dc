"""A camera that other programs see: v4l2loopback, OBS Virtual Camera or Unity Capture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from livedepth.errors import VirtualCameraError
from livedepth.frame import Frame, Image
from livedepth.outputs import loopback
from livedepth.outputs.even import EvenCrop

if TYPE_CHECKING:
    import pyvirtualcam

_OBS_ADVICE = (
    "install OBS Studio (https://obsproject.com), open it, press Start Virtual Camera once, "
    "then close it"
)


class VirtualCamera:
    """Sends frames to a virtual camera, each at once: the device does no pacing.

    The device is opened once, with one size, and held until ``close``; it shows black until the
    first frame. Frames are sent as BGR: the back ends turn them into the device's own format
    faster than OpenCV would. An odd side loses its last row or column.
    """

    def __init__(self, device: str | None, size: tuple[int, int], rate: float) -> None:
        """Open ``device``, or the first that is free, for frames of ``size`` (width, height).

        device: on Linux a path, a number or part of a label; elsewhere the camera's name. Raises
        VirtualCameraError, with the way out, when there is none or it refuses.
        """
        self._even = EvenCrop(size, "virtual camera")
        if sys.platform.startswith("linux"):
            device = loopback.ready_device(device)
        self._camera: pyvirtualcam.Camera | None = _open(device, self._even.size, rate)
        self._device = str(self._camera.device)
        width, height = self._even.size
        # A device that nobody writes to is no camera yet, and looks free to the next writer.
        try:
            self._send(np.zeros((height, width, 3), np.uint8))
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """What a person would call it, with the device."""
        return f"virtual camera {self._device}"

    def write(self, frame: Frame) -> None:
        """Send one frame. Raises VirtualCameraError when the device refuses or was closed."""
        self._send(self._even.crop(frame.image))

    def _send(self, image: Image) -> None:
        if self._camera is None:
            raise VirtualCameraError(f"{self.name} is closed; open it again to send frames")
        try:
            self._camera.send(image)
        except RuntimeError as error:
            raise VirtualCameraError(f"{self.name} refuses frames: {_one_line(error)}") from error

    def close(self) -> None:
        """Release the device; safe to call twice."""
        if self._camera is not None:
            self._camera.close()
            self._camera = None


def virtual_camera_advice() -> str:
    """Say how to get a virtual camera on this platform, in one line."""
    return loopback.advice() if sys.platform.startswith("linux") else _OBS_ADVICE


def list_virtual_cameras() -> list[loopback.LoopbackDevice]:
    """Return the virtual cameras of this machine; empty where the platform does not list them."""
    return loopback.devices() if sys.platform.startswith("linux") else []


def _open(device: str | None, size: tuple[int, int], rate: float) -> pyvirtualcam.Camera:
    try:
        import pyvirtualcam
    except ImportError as error:
        raise VirtualCameraError(
            f"the virtual camera needs pyvirtualcam ({error}); pip install pyvirtualcam"
        ) from error
    try:
        return pyvirtualcam.Camera(*size, rate, fmt=pyvirtualcam.PixelFormat.BGR, device=device)
    except RuntimeError as error:
        raise VirtualCameraError(
            f"virtual camera {device or ''} cannot be opened: {_one_line(error)}; "
            f"{virtual_camera_advice()}"
        ) from error


def _one_line(error: Exception) -> str:
    return "; ".join(line.strip().rstrip(".") for line in str(error).splitlines() if line.strip())
