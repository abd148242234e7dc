"""What is put behind the subject: a colour, a picture or a looping video."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from livedepth.errors import SettingsError
from livedepth.frame import Image
from livedepth.resizing import cover
from livedepth.settings import colour_levels

_WAY_OUT = "give a colour #rrggbb, a picture or a video file, blur, or transparent"


class Background(Protocol):
    """Fills a frame."""

    def fill(self, dst: Image, *, afresh: bool = False) -> bool:
        """Write the background of this moment into ``dst``, uint8 (h, w, 3), where it changed.

        The same ``dst`` is passed at every call until its size changes. afresh: write it in any
        case. Returns whether it was written.
        """
        ...

    def close(self) -> None:
        """Release the file; safe to call twice."""
        ...


class Still:
    """A colour or a picture."""

    def __init__(self, picture: Image) -> None:
        self._picture = picture
        self._filled: Image | None = None

    def fill(self, dst: Image, *, afresh: bool = False) -> bool:
        """See ``Background``."""
        if self._filled is dst and not afresh:
            return False
        cover(dst, self._picture)
        self._filled = dst
        return True

    def close(self) -> None:
        """See ``Background``."""


def open_background(text: str) -> Background:
    """Open what the setting ``background`` names.

    Raises SettingsError naming it and the way out.
    """
    colour = colour_levels(text)
    if colour is not None:
        return Still(np.full((1, 1, 3), colour, np.uint8))
    path = Path(text).expanduser()
    if not path.is_file():
        what = "is not a colour" if text.startswith("#") else "is not there"
        raise SettingsError(f"background {text!r} {what}; {_WAY_OUT}")
    try:
        data = np.fromfile(path, np.uint8) if cv2.haveImageReader(str(path)) else None
    except OSError as error:
        raise SettingsError(
            f"background {text!r} cannot be read: {error.strerror}; {_WAY_OUT}"
        ) from error
    try:
        picture = None if data is None or not data.size else cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error as error:
        reason = str(error.err).split(";")[0] or "it is too large"
        raise SettingsError(f"background {text!r} cannot be read: {reason}; {_WAY_OUT}") from error
    if picture is not None:
        return Still(np.asarray(picture, np.uint8))
    from livedepth.compositor.background_video import BackgroundVideo, UnreadableVideoError

    try:
        return BackgroundVideo(path)
    except UnreadableVideoError as error:
        raise SettingsError(f"background {text!r} cannot be read: {error}; {_WAY_OUT}") from error
