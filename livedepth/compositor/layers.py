"""The subject and the room behind it, each with its own colours."""

from __future__ import annotations

import cv2
import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.kernels.layers import layer_colours, weigh_layers
from livedepth.compositor.outline import Outline
from livedepth.frame import Image, Map
from livedepth.settings import Settings

_NEAR, _FAR = 5, 13
_CHOKE = 0.1


class Layers:
    """Refined alpha and both layers' smooth colours at the reduced size, in reused buffers.

    outline: where the subject is. planes: float32 (10 + more, rows, columns): guided-filter
    coefficients, the subject's colours, the room's colours, and ``more`` planes for the caller.
    weights: float32 (2, ceil(rows / 2), ceil(columns / 2), 4): what surely is subject, and what
    surely is room, times its colour, and that weight. scratch, kinds: of the blending kernels,
    see ``kernels.veil.blend_veiled``.
    """

    def __init__(self, canvas: Canvas, maps: int = 3, more: int = 0) -> None:
        self._canvas = canvas
        self.outline = Outline(canvas, maps, _CHOKE)
        self.planes = canvas.plane(10 + more)
        halved = -(-canvas.rows // 2), -(-canvas.columns // 2)
        self.weights = np.zeros((2, *halved, 4), np.float32)
        self._near = np.zeros((2, *halved, 4), np.float32)
        self._far = np.zeros((*halved, 4), np.float32)
        self._colours = np.zeros((3, *halved), np.float32)
        self.scratch = canvas.scratch(10, canvas.width + 2)
        self.kinds = np.zeros((canvas.chunks, canvas.blocks), np.uint8)

    def split(self, image: Image, maps: Map, settings: Settings) -> None:
        """Fill ``planes`` but for the caller's.

        image: uint8 (height, width, 3). maps: see ``SubjectMaps``. settings: say how soft the
        outline is.
        """
        canvas, outline = self._canvas, self.outline
        canvas.reduce(image)
        outline.place(maps, softness=settings.edge_softness)
        outline.refine(self.planes[:4])
        weigh_layers(self.weights, canvas.guide, outline.alpha, canvas.chunks)
        for layer in range(2):
            weights, near, far = self.weights[layer], self._near[layer], self._far
            cv2.blur(weights, (_NEAR, _NEAR), dst=near)
            cv2.blur(near, (_FAR, _FAR), dst=far)
            layer_colours(self._colours, near, far, np.array(cv2.mean(weights), np.float32))
            for plane in range(3):
                self._enlarge(self.planes[4 + 3 * layer + plane], self._colours[plane])

    def room_nearby(self, dst: Map) -> None:
        """Share of the room in a small window round each pixel; dst: float32 (rows, columns)."""
        self._enlarge(dst, np.ascontiguousarray(self._near[1, ..., 3]))

    def _enlarge(self, dst: Map, plane: Map) -> None:
        size = self._canvas.columns, self._canvas.rows
        cv2.resize(plane, size, dst=dst, interpolation=cv2.INTER_LINEAR)
