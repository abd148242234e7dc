"""A camera as a source, through V4L2."""

from __future__ import annotations

import errno
import math
import os
import time

from livedepth.capture.access import refusal
from livedepth.capture.buffers import BufferPool
from livedepth.capture.camera import CameraInfo
from livedepth.capture.controls import CameraControls
from livedepth.capture.frame_clock import FrameClock
from livedepth.capture.guarded import GuardedSource
from livedepth.capture.modes import Request, choose
from livedepth.capture.pixels import Bytes, decoder
from livedepth.capture.session import Session, granted_line
from livedepth.capture.starvation import Starvation
from livedepth.capture.v4l2_panel import V4l2Panel
from livedepth.capture.v4l2_stream import FormatChangedError, V4l2Stream
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame
from livedepth.settings import Settings

_STALL_SECONDS = 0.8
_FIRST_FRAME_SECONDS = 3.0
_SLICE = 0.1
_GONE = (errno.ENODEV, errno.ENXIO, errno.ENOENT)


class V4l2Camera(GuardedSource):
    """The frames of one camera, at the size and rate it was granted, with the driver's times.

    A camera that is gone, fails, sends nothing but damage for 0.8 s (two and a half frames, where
    those last longer), starves, or changes its pictures, raises CameraLostError, and SourceError
    from then on. Damaged pictures, of which USB cameras send bursts, are left out. Its controls
    follow the settings and are left as they were found.
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
        try:
            self._stream = V4l2Stream(camera.path)
        except OSError as error:
            raise self._refused(error) from error
        self._controls = CameraControls(V4l2Panel(self._stream.device), camera.name, session.tell)
        try:
            self._start(session.settings)
            self._pending: Frame | None = self._first()
        except OSError as error:
            self._release()
            raise self._refused(error) from error
        except BaseException:
            self._release()
            raise

    def _refused(self, error: OSError) -> SourceError:
        why = refusal(error, os.path.realpath(self._camera.path))
        return SourceError(f"cannot use the camera {self._camera}: {why}")

    def _start(self, settings: Settings) -> None:
        request = choose(
            self._camera.modes, settings.width, settings.height, settings.rate,
            settings.pixel_format,
        ) or Request("", settings.width, settings.height, settings.rate)  # fmt: skip
        layout, rate = self._stream.negotiate(request)
        decode = decoder(layout)
        if decode is None:
            raise SourceError(
                f"the camera {self._camera} only sends {layout.pixel_format} pictures, which "
                "livedepth cannot read; choose another camera (`livedepth devices`)"
            )
        self._decode = decode
        self.size = (layout.width, layout.height)
        self.rate = rate or request.rate
        self.granted = granted_line(settings, self.size, layout.pixel_format, rate)
        self._patience = max(_STALL_SECONDS, 2.5 / self.rate)
        self._starvation = Starvation(self.rate)
        self._pool = BufferPool(*self.size)
        self._applied = settings
        self._controls.apply(settings)
        self._stream.start()

    def _first(self) -> Frame:
        try:
            frame = self._next(_FIRST_FRAME_SECONDS)
        except FormatChangedError as error:
            raise SourceError(f"the camera {self._camera} changes its pictures") from error
        if frame is None:
            raise SourceError(
                f"the camera {self._camera} is open but sends no picture; plug it in again"
            )
        return frame

    def adjust(self, settings: Settings) -> None:
        self._session.settings = settings

    def _read(self) -> Frame | None:
        if self._lost:
            raise SourceError(f"the camera {self._camera} was lost; open it again")
        if self._applied is not self._session.settings:
            self._applied = self._session.settings
            self._controls.apply(self._applied)
        frame, self._pending = self._pending, None
        if frame is not None:
            return frame
        try:
            frame = self._next(self._patience)
        except FormatChangedError as error:
            raise self._loss("has changed the format of its pictures") from error
        except OSError as error:
            gone = error.errno in _GONE
            what = "is gone" if gone else f"failed ({os.strerror(error.errno or 0).lower()})"
            raise self._loss(what) from error
        if frame is None and not self._interrupted.is_set():
            raise self._loss("sends no pictures any more")
        return frame

    def _loss(self, what: str) -> CameraLostError:
        self._lost = True
        return CameraLostError(f"the camera {self._camera} {what}")

    def _next(self, patience: float) -> Frame | None:
        """The next good picture; None when none came in time or after an interrupt.

        Time is counted in turns of waiting, and in damaged pictures, which last as long as the
        rate says: no jump of the clock can shorten either.
        """
        waited = 0.0
        turns, pictures = math.ceil(patience / _SLICE), math.ceil(patience * self.rate)
        while turns and pictures and not self._interrupted.is_set():
            began = time.monotonic()
            ready = self._stream.wait(_SLICE)
            waited += min(time.monotonic() - began, _SLICE)
            if not ready:
                turns -= 1
                continue
            pictures -= 1
            frame = self._taken()
            if frame is not None:
                self._judge(waited)
                return frame
        return None

    def _taken(self) -> Frame | None:
        image = self._pool.take()

        def decode(raw: Bytes) -> bool:
            return self._decode(raw, image)

        good, stamp = self._stream.take(decode)
        return self._clock.frame(image, stamp) if good else None

    def _judge(self, waited: float) -> None:
        """Give a starving camera up once; one that starves again is used as it is."""
        rate = self._starvation.waited(waited)
        if rate is None:
            return
        if not self._session.starved:
            self._session.starved = True
            raise self._loss(f"sends only {rate:.1f} of {self.rate:g} frames a second")
        self._session.tell(
            f"the camera {self._camera} sends few of {self.rate:g} frames a second, also after "
            "it was opened again; give it more light, or another USB port"
        )

    def _release(self) -> None:
        try:
            self._controls.restore()
        finally:
            self._stream.close()
