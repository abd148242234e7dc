"""True depth of field: the subject sharp before a background blurred by its distance."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.bokeh import Bokeh, Irises
from livedepth.compositor.canvas import Canvas
from livedepth.compositor.distances import plane_in_focus
from livedepth.compositor.kernels.blend import blend_blurred
from livedepth.compositor.kernels.tone import tone_planes
from livedepth.compositor.near import NearLayer
from livedepth.compositor.outline import Outline, presence
from livedepth.compositor.subject import SubjectMaps
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.settings import Settings

# What was chosen by hand is sharp though no subject gives a band.
_LEAST_CHOSEN_BAND = 0.06


class BlurEffect:
    """Depth of field by normalised convolution: no colour of the subject in the background."""

    def __init__(self) -> None:
        self._maps = SubjectMaps()

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""
        self._canvas = canvas
        self._outline = Outline(canvas)
        self._irises = Irises(canvas)
        self._bokeh = Bokeh(canvas, self._irises)
        self._near = NearLayer(canvas, self._irises)
        self._planes = canvas.plane(7)
        self._hidden = canvas.plane()
        self._pairs = canvas.scratch(2, 3, canvas.width)
        self._rows = canvas.scratch(9, canvas.width)
        self._ramps = np.zeros((canvas.chunks, 2, 3 * canvas.width), np.uint16)
        self._marks = np.zeros((canvas.chunks, canvas.blocks), np.uint8)

    def render(self, out: Image, image: Image, depth: SteadyDepth, settings: Settings) -> None:
        """See ``Effect``."""
        canvas, outline, near = self._canvas, self._outline, self._near
        canvas.reduce(image)
        self._irises.choose(settings.bokeh, settings.strength)
        maps = self._maps.take(depth, settings.edge_shift)
        chosen = plane_in_focus(settings.focus, depth.metric)
        present = presence(depth.focus, chosen, depth.band)
        outline.place(maps, present, settings.edge_softness)
        near_rows = self._focus(depth, chosen, settings.aperture)
        is_near = near_rows[1] > 0
        outline.refine(self._planes[:4])
        behind, hidden = self._planes[4:], outline.alpha
        if is_near:
            near.separate(outline)
            hidden = near.hidden
        if settings.edge_shift < 0.0:
            hidden = self._hide_cut(hidden, -settings.edge_shift)
        self._bokeh.blur(behind, hidden, outline.cover, outline.confusion, settings.highlights)
        if is_near:
            near.spread(behind, outline, near_rows)
        if settings.dim or settings.desaturate:
            dim, desaturate = settings.dim or 0.0, settings.desaturate or 0.0
            tone_planes(behind, np.float32(dim), np.float32(desaturate), canvas.chunks)
        self._blend(out, image)
        if is_near:
            near.lay_over(out)

    def _focus(self, depth: SteadyDepth, chosen: float | None, aperture: float) -> tuple[int, int]:
        plane, band = depth.focus, depth.band
        if chosen is not None:
            plane, band = chosen, max(band, _LEAST_CHOSEN_BAND)
        return self._outline.focus(plane, band, aperture)

    def _hide_cut(self, hidden: Map, amount: float) -> Map:
        """``hidden`` with what is cut off the subject, so that its colour is not spread either."""
        np.multiply(self._outline.sampled[2], np.float32(amount), out=self._hidden)
        return np.maximum(hidden, self._hidden, out=self._hidden)

    def _blend(self, out: Image, image: Image) -> None:
        canvas = self._canvas
        blend_blurred(
            out,
            self._pairs,
            self._rows,
            self._ramps,
            self._marks,
            image,
            self._planes,
            self._outline.cover,
            canvas.edges,
            canvas.left,
            canvas.across,
            canvas.factor,
        )

    def close(self) -> None:
        """See ``Effect``."""
