"""Disparity as colours, alone or over the picture with a legend."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.guided_filter import GuidedFilter
from livedepth.compositor.kernels.colours import blend_colours
from livedepth.compositor.outline import Outline
from livedepth.compositor.subject import SubjectMaps
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings


@cache
def colour_table(name: str) -> Image:
    """The 256 colours of a colour map, far first; uint8 (256, 3) BGR.

    turbo: A. Mikhailov, Google 2019; inferno: N. Smith, S. van der Walt, matplotlib 2015.
    """
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    if name == "grey":
        return np.ascontiguousarray(np.repeat(ramp, 3, axis=1))
    code = {"turbo": cv2.COLORMAP_TURBO, "inferno": cv2.COLORMAP_INFERNO}[name]
    return np.ascontiguousarray(cv2.applyColorMap(ramp, code)[:, 0])


class DepthEffect:
    """Colours of the disparity, its edges fitted to the frame's.

    A network's disparity is a wide ramp about the subject. So the subject's disparity and the
    background's are each carried on past the outline, and the refined alpha chooses.

    overlaid: laid over the picture with the opacity of the settings, or shown alone.
    """

    def __init__(self, *, overlaid: bool) -> None:
        self._overlaid = overlaid
        self._maps = SubjectMaps()

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""
        self._canvas = canvas
        self._outline = Outline(canvas, maps=4)
        self._filter = GuidedFilter(canvas, radius=3, epsilon=20.0)
        self._disparity = canvas.plane()
        self._unscaled = canvas.plane() + np.float32(1.0)
        self._no_offset = canvas.plane()
        self._planes = canvas.plane(4)
        self._pairs = canvas.scratch(2, 4, canvas.width)
        self._values = canvas.scratch(canvas.width)
        self._colours = np.zeros((canvas.chunks, 3 * canvas.width), np.uint8)

    def render(self, out: Image, image: Image, depth: SteadyDepth, settings: Settings) -> None:
        """See ``Effect``."""
        canvas = self._canvas
        canvas.reduce(image)
        outline, disparity = self._outline, self._disparity
        maps = self._maps.take_layers(depth, settings.edge_shift)
        outline.place(maps, softness=settings.edge_softness)
        outline.refine(self._planes)
        far, near = outline.sampled[0], outline.sampled[3]
        np.subtract(near, far, out=disparity)
        disparity *= outline.alpha
        disparity += far
        self._filter.solve(self._planes, disparity, self._unscaled, self._no_offset)
        opacity = np.float32(settings.opacity if self._overlaid else 1.0)
        table = colour_table(settings.colourmap)
        blend_colours(
            out,
            self._pairs,
            self._values,
            self._colours,
            image,
            self._planes,
            table,
            opacity,
            canvas.left,
            canvas.across,
            canvas.factor,
        )

    def close(self) -> None:
        """See ``Effect``."""
