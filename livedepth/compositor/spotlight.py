"""The subject in the light: the room behind stays sharp, but dark and grey."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.dither import thresholds
from livedepth.compositor.kernels.veil import blend_veiled
from livedepth.compositor.layers import Layers
from livedepth.compositor.subject import SubjectMaps
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings

_DIM, _DESATURATE = 0.6, 0.8
# So that this effect never sends a plain background.
_LEAST_DIM = 0.1


class SpotlightEffect:
    """Darkens and greys whatever the subject is not and does not hold."""

    def __init__(self) -> None:
        self._maps = SubjectMaps()

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""
        self._canvas = canvas
        self._layers = Layers(canvas)
        self._thresholds = thresholds(canvas.width)
        self._black = np.zeros(3, np.float32)

    def render(self, out: Image, image: Image, depth: SteadyDepth, settings: Settings) -> None:
        """See ``Effect``."""
        canvas, layers = self._canvas, self._layers
        maps = self._maps.take_with_held(depth, settings.edge_shift)
        layers.split(image, maps, settings)
        dim = _DIM if settings.dim is None else max(settings.dim, _LEAST_DIM)
        desaturate = _DESATURATE if settings.desaturate is None else settings.desaturate
        blend_veiled(
            out,
            layers.scratch,
            layers.kinds,
            image,
            layers.planes,
            layers.outline.cover,
            canvas.edges,
            self._black,
            np.array((dim, desaturate), np.float32),
            self._thresholds,
            canvas.left,
            canvas.across,
            canvas.factor,
        )

    def close(self) -> None:
        """See ``Effect``."""
