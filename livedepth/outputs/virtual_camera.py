"""A camera that other programs see: v4l2loopback, OBS Virtual Camera or Unity Capture."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import numpy as np

from livedepth.errors import VirtualCameraError
from livedepth.frame import Frame, Image
from livedepth.outputs import loopback
from livedepth.outputs.even import EvenCrop
from livedepth.outputs.pixel_formats import SentFormat, converter
from livedepth.outputs.readers import Readers, Unknown, watch_readers

if TYPE_CHECKING:
    import pyvirtualcam

_OBS_ADVICE = (
    "install OBS Studio (https://obsproject.com), open it, press Start Virtual Camera once, "
    "then close it"
)

# The back end turns BGR into I420 itself, faster than OpenCV would. I420 is what the capture code
# of Chrome and of WebRTC (Firefox) asks for first among formats that need no decoding, what OBS
# and ffmpeg read as it is, and the fewest bytes.
_SENT: dict[str, SentFormat] = {"auto": "bgr", "i420": "bgr", "yuyv": "yuyv", "nv12": "nv12"}


class VirtualCamera:
    """Sends frames to a virtual camera, each at once.

    The device is opened once, with one size and pixel format, and held until ``close``; it shows
    black until the first frame. An odd side loses its last row or column. Readers may come, go,
    stall and ask for other formats: the driver overwrites what they did not take, and a write
    waits for nobody.

    Frames are not paced. A reader has each 0.3 ms after it was written, so its intervals are those
    of the writer (a standard deviation of 4.6 ms where 4.8 ms were written). Holding frames for a
    few milliseconds would halve small deviations and leave large ones, and on a screen of 60 Hz
    neither shows.
    """

    def __init__(
        self, device: str | None, size: tuple[int, int], rate: float, sent_format: str = "auto"
    ) -> None:
        """Open ``device``, or the first that is free, for frames of ``size`` (width, height).

        device: on Linux a path, a number or part of a label; elsewhere the camera's name.
        sent_format: as the setting; on Linux only, the other systems' cameras have one of their
        own. Raises VirtualCameraError, with the way out, when there is none or it refuses.
        """
        self._even = EvenCrop(size, "virtual camera")
        self._readers: Readers = Unknown()
        self._camera: pyvirtualcam.Camera | None = None
        self._claim = -1
        self._note = ""
        sent: SentFormat = "bgr"
        linux = sys.platform.startswith("linux")
        try:
            if linux:
                sent = _SENT[sent_format]
                device = loopback.ready_device(device)
                # Two streams that start together both find it free, and one gets the claim.
                self._claim = loopback.claim(device)
                self._announce(device, rate)
            self._convert = converter(sent, self._even.size)
            self._camera = _open(device, self._even.size, rate, sent)
            self._device = str(self._camera.device)
            # A device that nobody writes to is no camera yet, and looks free to other writers.
            width, height = self._even.size
            self._send(np.zeros((height, width, 3), np.uint8))
            if linux:
                loopback.check_geometry(self._device, self._even.size)
                self._readers = watch_readers(self._device)
        except BaseException:
            self.close()
            raise

    def _announce(self, device: str, rate: float) -> None:
        loopback.announce_rate(device, rate)
        if loopback.hidden_from_chrome(device):
            self._note = (
                " (hidden from Chrome, exclusive_caps=0; `livedepth doctor` has the way out)"
            )

    @property
    def name(self) -> str:
        """What a person would call it, with the device."""
        return f"virtual camera {self._device}{self._note}"

    @property
    def watched(self) -> bool:
        """Whether a program reads the camera; True where that cannot be known."""
        return self._readers.present()

    def write(self, frame: Frame) -> None:
        """Send one frame. Raises VirtualCameraError when the device refuses or was closed."""
        self._send(self._even.crop(frame.image))

    def _send(self, image: Image) -> None:
        if self._camera is None:
            raise VirtualCameraError(f"{self.name} is closed; open it again to send frames")
        try:
            self._camera.send(self._convert(image))
        except RuntimeError as error:
            raise VirtualCameraError(f"{self.name} refuses frames: {_one_line(error)}") from error

    def close(self) -> None:
        """Release the device; safe to call twice."""
        self._readers.close()
        if self._claim >= 0:
            os.close(self._claim)
            self._claim = -1
        if self._camera is not None:
            self._camera.close()
            self._camera = None


def virtual_camera_advice() -> str:
    """Say how to get a virtual camera on this platform, in one line."""
    return loopback.advice() if sys.platform.startswith("linux") else _OBS_ADVICE


def list_virtual_cameras() -> list[loopback.LoopbackDevice]:
    """Return the virtual cameras of this machine; empty where the platform does not list them."""
    return loopback.devices() if sys.platform.startswith("linux") else []


def _open(
    device: str | None, size: tuple[int, int], rate: float, sent: SentFormat
) -> pyvirtualcam.Camera:
    try:
        import pyvirtualcam
    except ImportError as error:
        raise VirtualCameraError(
            f"the virtual camera needs pyvirtualcam ({error}); pip install pyvirtualcam"
        ) from error
    try:
        pixel_format = pyvirtualcam.PixelFormat[sent.upper()]
        return pyvirtualcam.Camera(*size, rate, fmt=pixel_format, device=device)
    except RuntimeError as error:
        raise VirtualCameraError(
            f"virtual camera {device or ''} cannot be opened: {_one_line(error)}; "
            f"{virtual_camera_advice()}"
        ) from error


def _one_line(error: Exception) -> str:
    return "; ".join(line.strip().rstrip(".") for line in str(error).splitlines() if line.strip())
