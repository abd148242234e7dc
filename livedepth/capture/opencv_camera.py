"""A camera as a source, through OpenCV, where the system is not asked directly."""

from __future__ import annotations

import os
import sys
import time

# OpenCV waits ten seconds for a frame unless this is set before a camera is opened.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")

import cv2
import numpy as np

from livedepth.capture.buffers import BufferPool
from livedepth.capture.camera import CameraInfo
from livedepth.capture.controls import ADJUSTMENTS
from livedepth.capture.frame_clock import FrameClock
from livedepth.capture.guarded import GuardedSource
from livedepth.capture.modes import Request, choose
from livedepth.capture.quiet import quiet_opencv
from livedepth.capture.session import Session, granted_line
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame
from livedepth.resizing import cover
from livedepth.settings import Settings

_LINUX = sys.platform == "linux"
_STALL_SECONDS = 0.9
_FAIL_SECONDS = 0.3
_FIRST_FRAME_SECONDS = 3.0
_PAUSE = 0.05
_HIGHEST_RATE = 1000.0
_PROBED = 10


class OpenCvCamera(GuardedSource):
    """The frames of one camera, at the size and rate it was granted.

    A camera that sends nothing for a second (two and a half frames, where those last longer), or
    fails for 0.3 s, raises CameraLostError, and SourceError from then on. Frames carry the time
    at which the driver took them, where it says so. Its controls are left alone.
    """

    def __init__(self, camera: CameraInfo, session: Session) -> None:
        """Open ``camera``, ask for what the session's settings say, wait for the first frame.

        Raises SourceError when it is absent, in use, not permitted, no camera, or sends nothing.
        """
        if camera.problem:
            raise SourceError(f"cannot use the camera {camera}: {camera.problem}")
        super().__init__()
        self._camera, self._session = camera, session
        self.name, self.live = camera.name, True
        self._lost = False
        self._clock = FrameClock()
        self._capture = _opened(camera)
        try:
            self.granted, self.rate = _negotiate(self._capture, camera, session.settings)
            self._pending: Frame | None = self._first()
        except cv2.error as error:
            self._capture.release()
            raise SourceError(f"the camera {camera} refused: {error.err}") from error
        except BaseException:
            self._capture.release()
            raise
        self.adjust(session.settings)

    def adjust(self, settings: Settings) -> None:
        self._session.settings = settings
        wished = [a.key for a in ADJUSTMENTS if getattr(settings, a.key) != "keep"]
        if wished:
            self._session.tell(
                f"the camera {self.name} cannot follow {', '.join(wished)} on this system; "
                "it stays as it is"
            )

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
        return self._clock.frame(image, self._driver_time())

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
        return self._clock.frame(image, self._driver_time())

    def _driver_time(self) -> float | None:
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3 if _LINUX else None

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
    known = rate if 0 < rate <= _HIGHEST_RATE else None
    name = code.to_bytes(4, "little", signed=code < 0).decode("latin-1").strip("\0 ")
    line = granted_line(settings, (width, height), name if name.isprintable() else "", known)
    return line, known or request.rate


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
