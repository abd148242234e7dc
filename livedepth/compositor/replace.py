"""The subject over another background, or cut out."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.kernels.cutout import cut_out
from livedepth.compositor.kernels.replace import blend_replaced, wrap_light
from livedepth.compositor.layers import Layers
from livedepth.compositor.room import Room
from livedepth.compositor.scene import Scene
from livedepth.compositor.subject import SubjectMaps
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings

_CHROMA_GREEN = (0x40, 0xB1, 0x00)


class ReplaceEffect:
    """Keeps the subject and what it holds, and changes what is behind.

    Behind it comes a colour, a picture, a video or the room blurred; or nothing, which is a cut-out
    for outputs that can carry one and chroma green, #00b140, for the others.
    """

    def __init__(self) -> None:
        self._maps = SubjectMaps()
        self._scene = Scene()
        self._room: Room | None = None
        self._cutout: Image | None = None

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""
        self._canvas = canvas
        self._layers = Layers(canvas, more=4)
        self._scene.prepare(canvas)
        self._room = None
        self._cutout = None
        self._key = np.array(_CHROMA_GREEN, np.float32)

    def render(
        self, out: Image, image: Image, depth: SteadyDepth, settings: Settings
    ) -> Image | None:
        """See ``Effect``."""
        canvas, layers, scene = self._canvas, self._layers, self._scene
        maps = self._maps.take_with_held(depth, settings.edge_shift)
        layers.split(image, maps, settings)
        if settings.background == "transparent":
            return self._cut_out(out, image)
        if settings.background == "blur":
            self._blur_room(settings)
        else:
            scene.update(settings)
            layers.planes[11:] = scene.light
        # The room's own light already falls on the subject.
        wrap = 0.0 if settings.background == "blur" else settings.light_wrap
        layers.room_nearby(layers.planes[10])
        wrap_light(layers.planes[10], layers.outline.cover, np.float32(wrap), canvas.chunks)
        blend_replaced(
            out,
            layers.scratch,
            layers.kinds,
            image,
            scene.picture,
            layers.planes,
            layers.outline.cover,
            canvas.edges,
            canvas.left,
            canvas.across,
            canvas.factor,
        )
        return None

    def _blur_room(self, settings: Settings) -> None:
        if self._room is None:
            self._room = Room(self._canvas)
        self._scene.close()
        self._room.paint(
            self._scene.picture,
            self._layers.weights[1],
            settings.strength,
            settings.dim or 0.0,
            settings.desaturate or 0.0,
        )

    def _cut_out(self, out: Image, image: Image) -> Image:
        canvas, layers = self._canvas, self._layers
        self._scene.close()
        if self._cutout is None:
            self._cutout = np.zeros((canvas.height, canvas.width, 4), np.uint8)
        cut_out(
            out,
            self._cutout,
            layers.scratch,
            layers.kinds,
            image,
            layers.planes,
            layers.outline.cover,
            canvas.edges,
            self._key,
            canvas.left,
            canvas.across,
            canvas.factor,
        )
        return self._cutout

    def close(self) -> None:
        """See ``Effect``."""
        self._scene.close()
