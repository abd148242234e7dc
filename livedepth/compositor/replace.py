"""The subject over another background."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.background import Background, open_background
from livedepth.compositor.canvas import Canvas
from livedepth.compositor.disc import disc
from livedepth.compositor.kernels.bokeh import disc_sums
from livedepth.compositor.kernels.replace import blend_replaced, layer_colours, layer_prefix
from livedepth.compositor.outline import Outline
from livedepth.compositor.subject import SubjectMaps
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings

_NEAR, _FAR = disc(3.0), disc(12.0)
_CHOKE = 0.2
_PAD = int(_FAR.reach.max()) + 1


class ReplaceEffect:
    """Puts a colour, a picture or a video behind the subject and what the subject holds."""

    def __init__(self) -> None:
        self._maps = SubjectMaps()
        self._name: str | None = None
        self._background: Background | None = None

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""
        self._canvas = canvas
        self._outline = Outline(canvas, choke=_CHOKE)
        self._planes = canvas.plane(10)
        rows, columns = canvas.rows, canvas.columns
        self._prefix = np.zeros((rows, 8, columns + 2 * _PAD + 1), np.float32)
        self._near = np.zeros((rows, 8, columns), np.float32)
        self._far = np.zeros((rows, 8, columns), np.float32)
        self._pairs = canvas.scratch(2, 10, canvas.width)
        self._mixed = canvas.scratch(10, canvas.width)
        self._alphas = canvas.scratch(canvas.width)
        self._scene = np.zeros((canvas.height, canvas.width, 3), np.uint8)

    def render(self, out: Image, image: Image, depth: SteadyDepth, settings: Settings) -> None:
        """See ``Effect``."""
        self._open(settings.background).fill(self._scene)
        canvas, chunks = self._canvas, self._canvas.chunks
        canvas.reduce(image)
        self._outline.place(self._maps.take_with_held(depth))
        self._outline.refine(self._planes[:4])
        layer_prefix(self._prefix, canvas.guide, self._outline.alpha, _PAD, chunks)
        disc_sums(self._near, self._prefix, _NEAR.reach, _NEAR.fraction, _PAD, chunks)
        disc_sums(self._far, self._prefix, _FAR.reach, _FAR.fraction, _PAD, chunks)
        layer_colours(self._planes[4:], self._near, self._far, chunks)
        blend_replaced(
            out,
            self._pairs,
            self._mixed,
            self._alphas,
            image,
            self._scene,
            self._planes,
            canvas.left,
            canvas.across,
            canvas.factor,
        )

    def _open(self, name: str) -> Background:
        if self._background is None or name != self._name:
            self.close()
            self._background = open_background(name)
            self._name = name
        return self._background

    def close(self) -> None:
        """See ``Effect``."""
        background, self._background = self._background, None
        if background is not None:
            background.close()
