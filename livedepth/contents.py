"""What an output may show of a frame: the composed picture, its depth, or its matte."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from livedepth.compositor.compositor import Compositor
from livedepth.errors import LivedepthError
from livedepth.frame import Frame, Image
from livedepth.outputs.output import Content
from livedepth.processor import Processor
from livedepth.settings import Settings

_LOG = logging.getLogger("livedepth")


class Contents:
    """Draws each content of the frame in hand at most once, mirrored or not.

    processor: has just composed the frame. Where it concealed the picture, and where drawing the
    depth or the matte fails, those are black. The images are valid until the next ``begin``.
    """

    def __init__(self, processor: Processor, report: Callable[[str], None]) -> None:
        self._processor = processor
        self._report = report
        self._compositors: dict[Content, Compositor] = {}
        self._images: dict[Content, Image] = {}
        self._mattes: dict[bool, Image] = {}
        self._drawn: dict[tuple[Content, bool], tuple[Image, Image | None]] = {}
        self._composed: set[Content] = set()
        self._derived: dict[Content, Settings] = {}
        self._settings: Settings | None = None
        self._failed = False

    def begin(self, frame: Frame, picture: Image, settings: Settings) -> None:
        """Take up the next frame and what the processor made of it."""
        self._frame, self._picture = frame, picture
        self._drawn.clear()
        self._composed.clear()
        settings = self._processor.in_force(settings)
        if settings is not self._settings:
            self._settings = settings
            cut = {"effect": "replace", "background": "transparent"}
            self._derived = {
                "depth": settings.updated({"effect": "depth"}),
                "matte": settings.updated(cut),
            }

    def show(self, content: Content, *, mirrored: bool) -> Frame:
        """The frame with ``content`` as its image, and its cut-out where it has one."""
        key = (content, mirrored)
        if key not in self._drawn:
            self._drawn[key] = self._draw(content, mirrored)
        image, cutout = self._drawn[key]
        return replace(self._frame, image=image, cutout=cutout)

    def close(self) -> None:
        """Release everything; safe to call twice."""
        for compositor in self._compositors.values():
            compositor.close()

    def _draw(self, content: Content, mirrored: bool) -> tuple[Image, Image | None]:
        processor = self._processor
        if content == "picture":
            if mirrored:
                return processor.mirrored(), processor.mirrored_cutout()
            return self._picture, processor.cutout
        if processor.steady is None:
            return np.zeros_like(self._picture), None
        try:
            image = self._compose(content, mirrored)
        except Exception as error:
            _LOG.debug("drawing the %s failed", content, exc_info=error)
            if not self._failed:
                self._report(f"the {content} is black, since drawing it failed: {error}")
            self._failed = True
            return np.zeros_like(self._picture), None
        self._failed = False
        return image, None

    def _compose(self, content: Content, mirrored: bool) -> Image:
        steady = self._processor.steady
        assert steady is not None
        compositor = self._compositors.setdefault(content, Compositor())
        if content not in self._composed:
            compositor.settings = self._derived[content]
            self._images[content] = compositor.compose(self._frame.image, steady)
            if compositor.concealed:
                raise LivedepthError("its map is broken")
            self._composed.add(content)
        if content == "depth":
            return compositor.mirrored() if mirrored else self._images[content]
        cutout = compositor.mirrored_cutout() if mirrored else compositor.cutout
        assert cutout is not None
        grey = cv2.cvtColor(cutout[:, :, 3], cv2.COLOR_GRAY2BGR, dst=self._mattes.get(mirrored))
        self._mattes[mirrored] = np.asarray(grey, np.uint8)
        return self._mattes[mirrored]
