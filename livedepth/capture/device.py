"""Opens the camera that is meant, and opens the same one again when it is lost or was paused."""

from __future__ import annotations

from dataclasses import replace

from livedepth.capture.camera import (
    CameraInfo,
    describe,
    find_again,
    find_camera,
    list_cameras,
    unmoved,
)
from livedepth.capture.reconnecting import ReconnectingSource
from livedepth.capture.session import Session
from livedepth.capture.source import Source
from livedepth.settings import Settings


class ReconnectingCamera(ReconnectingSource):
    """A camera that comes back when it is lost, by what it is and not by its number.

    It is looked for where it was, then by identity, place and name; a second camera of the same
    name that was there from the start is never taken for it.
    """

    def __init__(self, text: str, settings: Settings) -> None:
        """Open the camera that ``text`` means (see ``find_camera``); raises SourceError."""
        cameras = list_cameras(details=False)
        camera = find_camera(text, cameras)
        self._camera = camera if camera.problem else describe(camera)
        self._others = {c.place for c in cameras if c.place != camera.place}
        self._session = Session(settings)
        super().__init__(self._open_again, _opened(self._camera, self._session))

    def _open_again(self) -> Source:
        now = unmoved(self._camera)
        if now is None:
            here = [c for c in list_cameras(details=False) if c.place not in self._others]
            now = find_again(self._camera, here)
        # The modes are those of the model, and asking for them takes a camera's time.
        return _opened(replace(now, modes=self._camera.modes), self._session)

    def adjust(self, settings: Settings) -> None:
        self._session.settings = settings
        super().adjust(settings)


def _opened(camera: CameraInfo, session: Session) -> Source:
    if camera.native:
        from livedepth.capture.v4l2_camera import V4l2Camera

        return V4l2Camera(camera, session)
    from livedepth.capture.opencv_camera import OpenCvCamera

    return OpenCvCamera(camera, session)


def open_camera(text: str, settings: Settings) -> Source:
    """Open the camera that ``text`` means so that it comes back when lost; raises SourceError."""
    return ReconnectingCamera(text, settings)
