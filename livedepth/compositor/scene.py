"""What stands behind the subject, at the frame's size, and the light it throws."""

from __future__ import annotations

import cv2
import numpy as np

from livedepth.compositor.background import Background, open_background
from livedepth.compositor.canvas import Canvas
from livedepth.compositor.kernels.tone import tone_picture
from livedepth.frame import Map
from livedepth.settings import Settings

_SHRINK = 4
_SPREAD = 2.5


class Scene:
    """A background opened, toned and blurred only where it changed.

    picture: uint8 (height, width, 3). light: float32 (3, rows, columns) in 0..255, the picture
    blurred, at the canvas's reduced size.
    """

    def __init__(self) -> None:
        self._name: str | None = None
        self._background: Background | None = None
        self._tone = 0.0, 0.0
        self._stale = True

    def prepare(self, canvas: Canvas) -> None:
        """Make buffers for frames of ``canvas``'s size."""
        self._canvas = canvas
        self.picture = np.zeros((canvas.height, canvas.width, 3), np.uint8)
        self.light: Map = canvas.plane(3)
        self._small = max(1, canvas.columns // _SHRINK), max(1, canvas.rows // _SHRINK)
        self._stale = True

    def update(self, settings: Settings) -> None:
        """Bring both up to this moment. Raises SettingsError for a background without a picture."""
        background = self._open(settings.background)
        tone = settings.dim or 0.0, settings.desaturate or 0.0
        stale = self._stale or tone != self._tone
        self._stale = True
        if background.fill(self.picture, afresh=stale):
            self._finish(*tone)
        self._tone = tone
        self._stale = False

    def _open(self, name: str) -> Background:
        if self._background is None or name != self._name:
            self.close()
            self._background = open_background(name)
            self._name = name
        return self._background

    def _finish(self, dim: float, desaturate: float) -> None:
        canvas = self._canvas
        if dim or desaturate:
            tone_picture(self.picture, np.float32(dim), np.float32(desaturate), canvas.chunks)
        small = cv2.resize(self.picture, self._small, interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(small, (0, 0), _SPREAD, borderType=cv2.BORDER_REPLICATE)
        large = cv2.resize(blurred, (canvas.columns, canvas.rows), interpolation=cv2.INTER_LINEAR)
        np.copyto(self.light, large.transpose(2, 0, 1))

    def close(self) -> None:
        """Release the file; safe to call twice."""
        background, self._background = self._background, None
        self._stale = True
        if background is not None:
            background.close()
