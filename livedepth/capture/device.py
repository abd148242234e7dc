"""A camera as a source, through OpenCV; opened again by itself when it is lost."""

from __future__ import annotations

import os
import sys
import time

# OpenCV waits ten seconds for a frame unless this is set before a camera is opened.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")

import cv2
import numpy as np

from livedepth.capture.buffers import BufferPool
from livedepth.capture.camera import (
    CameraInfo,
    Request,
    choose,
    find_again,
    find_camera,
    list_cameras,
)
from livedepth.capture.guarded import GuardedSource
from livedepth.capture.quiet import quiet_opencv
from livedepth.capture.reconnecting import ReconnectingSource
from livedepth.capture.source import Source
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame, Image
from livedepth.resizing import cover
from livedepth.settings import Settings

_LINUX = sys.platform == "linux"
_STALL_SECONDS = 0.9
_FAIL_SECONDS = 0.3
_FIRST_FRAME_SECONDS = 3.0
_PAUSE = 0.05
_OLDEST = 5.0
_HIGHEST_RATE = 1000.0
_PROBED = 10


class CameraSource(GuardedSource):
    """The frames of one camera, at the size and rate it was granted.

    A camera that sends nothing for a second (two and a half frames, where those last longer), or
    fails for 0.3 s, raises CameraLostError, and SourceError from then on. Frames carry the time
    at which the driver took them, where it says so.
    """

    def __init__(self, camera: CameraInfo, settings: Settings) -> None:
        """Open ``camera``, ask for what ``settings`` say and wait for the first frame.

        Raises SourceError when it is absent, in use, not permitted, no camera, or sends nothing.
        """
        if camera.problem:
            raise SourceError(f"cannot use the camera {camera}: {camera.problem}")
        super().__init__()
        self._camera = camera
        self.name, self.live = camera.name, True
        self._lost = False
        self._index = 0
        self._taken_at = 0.0
        self._began: float | None = None
        self._capture = _opened(camera)
        try:
            self.granted, self.rate = _negotiate(self._capture, camera, settings)
            self._pending: Frame | None = self._first()
        except cv2.error as error:
            self._capture.release()
            raise SourceError(f"the camera {camera} refused: {error.err}") from error
        except BaseException:
            self._capture.release()
            raise

    def _first(self) -> Frame:
        deadline = time.monotonic() + _FIRST_FRAME_SECONDS
        while True:
            with quiet_opencv():
                ok, picture = self._capture.read()
            if ok:
                break
            if time.monotonic() > deadline:
                raise SourceError(f"the camera {self._camera} is open but sends no picture")
            time.sleep(_PAUSE)
        image = np.ascontiguousarray(picture, np.uint8)
        height, width = image.shape[:2]
        self.size = (width, height)
        self._pool = BufferPool(width, height)
        return self._frame(image)

    def _read(self) -> Frame | None:
        if self._lost:
            raise SourceError(f"the camera {self._camera} was lost; open it again")
        frame, self._pending = self._pending, None
        failing_since: float | None = None
        while frame is None:
            if self._interrupted.is_set():
                return None
            started = time.monotonic()
            frame = self._grabbed()
            if frame is not None:
                break
            failing_since = failing_since or started
            failing = time.monotonic() - failing_since
            stalled = time.monotonic() - started > _PAUSE
            if failing > (max(_STALL_SECONDS, 2.5 / self.rate) if stalled else _FAIL_SECONDS):
                self._lost = True
                what = "sends no pictures any more" if stalled else "is gone"
                raise CameraLostError(f"the camera {self._camera} {what}")
            self._interrupted.wait(_PAUSE)
        return frame

    def _grabbed(self) -> Frame | None:
        """Wait for the next picture the driver has, in OpenCV, for up to a second."""
        image = self._pool.take()
        try:
            with quiet_opencv():
                if not self._capture.grab():
                    return None
                ok, picture = self._capture.retrieve(image)
        except cv2.error:
            return None
        if not ok:
            return None
        if picture is not image:
            cover(image, np.asarray(picture, np.uint8))
        return self._frame(image)

    def _frame(self, image: Image) -> Frame:
        taken = self._time_taken()
        self._began = taken if self._began is None else self._began
        self._index += 1
        return Frame(image, self._index - 1, taken, taken - self._began)

    def _time_taken(self) -> float:
        """When the driver took the picture, in monotonic seconds; now, where it does not say."""
        now = time.monotonic()
        stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3 if _LINUX else now
        taken = stamp if now - _OLDEST < stamp <= now else now
        self._taken_at = max(self._taken_at, taken)
        return self._taken_at

    def _release(self) -> None:
        with quiet_opencv():
            self._capture.release()


def _opened(camera: CameraInfo) -> cv2.VideoCapture:
    with quiet_opencv():
        if _LINUX:
            capture = cv2.VideoCapture(camera.path, cv2.CAP_V4L2)
        else:
            capture = cv2.VideoCapture(camera.index)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"the camera {camera} cannot be opened; is another program using it?")
    return capture


def _negotiate(
    capture: cv2.VideoCapture, camera: CameraInfo, settings: Settings
) -> tuple[str, float]:
    """Ask for the best mode; return what was asked and granted as a line, and the rate."""
    request = choose(
        camera.modes, settings.width, settings.height, settings.rate, settings.pixel_format
    ) or Request("", settings.width, settings.height, settings.rate)
    with quiet_opencv():
        if request.pixel_format:
            code = cv2.VideoWriter.fourcc(*request.pixel_format)
            capture.set(cv2.CAP_PROP_FOURCC, code)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, request.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, request.height)
        capture.set(cv2.CAP_PROP_FPS, request.rate)
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = capture.get(cv2.CAP_PROP_FPS)
        code = int(capture.get(cv2.CAP_PROP_FOURCC))
    known = 0 < rate <= _HIGHEST_RATE
    wish = "" if settings.pixel_format == "auto" else f" {settings.pixel_format.upper()}"
    name = code.to_bytes(4, "little", signed=code < 0).decode("latin-1").strip("\0 ")
    line = (
        f"asked {settings.width}x{settings.height}{wish} at {settings.rate:g} fps; "
        f"granted {width}x{height} {name if name.isprintable() else ''}".rstrip()
        + (f" at {rate:g} fps" if known else "")
    )
    return line, rate if known else request.rate


def open_camera(text: str, settings: Settings) -> Source:
    """Open the camera that ``text`` means (see ``find_camera``) so that it comes back when lost.

    After a loss it is looked up by name and bus, since its number may have changed; a second
    camera of the same name that was there from the start is never taken for it. Raises
    SourceError.
    """
    cameras = list_cameras()
    camera = find_camera(text, cameras)
    others = {other.bus or other.path for other in cameras if other.path != camera.path}

    def open_again() -> CameraSource:
        here = [found for found in list_cameras() if (found.bus or found.path) not in others]
        return CameraSource(find_again(camera, here), settings)

    return ReconnectingSource(open_again, CameraSource(camera, settings))


def probe_indices() -> list[CameraInfo]:
    """Return the cameras that OpenCV opens by number, where the system gives no list."""
    found = []
    for index in range(_PROBED):
        with quiet_opencv():
            capture = cv2.VideoCapture(index)
            opened = capture.isOpened()
            capture.release()
        if opened:
            found.append(CameraInfo(f"camera {index}", str(index), index))
    return found
