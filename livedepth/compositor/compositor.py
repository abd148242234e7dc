"""Composes each frame with its depth: picks the effect, owns the pictures, fails closed."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from livedepth.compositor.blur import BlurEffect
from livedepth.compositor.canvas import Canvas
from livedepth.compositor.conceal import conceal
from livedepth.compositor.depth_map import DepthEffect
from livedepth.compositor.distances import Keeper, distances, needs_metres
from livedepth.compositor.effect import Effect
from livedepth.compositor.fog import FogEffect
from livedepth.compositor.legend import Ends, Legend
from livedepth.compositor.low_light import LowLight
from livedepth.compositor.plain import PlainEffect
from livedepth.compositor.replace import ReplaceEffect
from livedepth.compositor.spotlight import SpotlightEffect
from livedepth.compositor.threads import kernels_running
from livedepth.errors import LivedepthError
from livedepth.frame import Image, Map, MetricScale, SteadyDepth, image_fault
from livedepth.settings import Settings

# Effects that low light does not touch: the plain picture is plain, and depth shows no picture.
_AS_CAPTURED = ("none", "depth")
# Effects that tell the subject from the room.
_KEEPING = ("blur", "replace", "spotlight", "fog")


def _make_effect(name: str) -> Effect:
    match name:
        case "blur":
            return BlurEffect()
        case "replace":
            return ReplaceEffect()
        case "spotlight":
            return SpotlightEffect()
        case "fog":
            return FogEffect()
        case "depth":
            return DepthEffect(overlaid=False)
        case "overlay":
            return DepthEffect(overlaid=True)
        case "none":
            return PlainEffect()
    raise LivedepthError(f"there is no effect {name!r}; see `livedepth settings show`")


class Compositor:
    """Turns a frame and its steady depth into the picture that is sent.

    settings may be assigned between frames; a change takes effect at the next ``compose``. One
    thread at a time may call. Pictures returned are buffers of the compositor's own. concealed:
    whether the last picture is blurred beyond recognition instead of composed.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.concealed = False
        self._effects: dict[str, Effect] = {}
        self._prepared: dict[str, Canvas] = {}
        self._canvas = Canvas(1, 1)
        self._out = np.zeros((1, 1, 3), np.uint8)
        self._mirrored = np.zeros((1, 1, 3), np.uint8)
        self._low_light = LowLight()
        self._keeper = Keeper()
        self._legend: Legend | None = None
        self._ends = Ends()
        self._legend_shown = False
        self._composed = False
        self._cutout: Image | None = None
        self._mirrored_cutout = np.zeros((1, 1, 4), np.uint8)

    def compose(self, image: Image, depth: SteadyDepth, at: float | None = None) -> Image:
        """Return ``image`` composed by the effect of the settings, in a buffer used again.

        image: BGR uint8 (h, w, 3), not modified. depth: of any size; where it is not finite the
        picture is concealed, whatever the effect but ``none``. at: the frame's time in seconds, on
        any clock that all frames share; None takes ``time.monotonic()``. Raises LivedepthError for
        arrays of the wrong shape, SettingsError for a background that cannot be read, and for a
        distance where ``depth`` has no metric scale.
        """
        self._cutout = None
        image = self._accept(image)
        settings = self.settings
        if settings.effect != "none" and not _is_usable(depth):
            return self.conceal(image)
        if settings.effect != "none" and depth.metric is None and distances(settings):
            raise needs_metres(settings)
        effect = self._effect(settings.effect)
        with kernels_running():
            if settings.effect != "none":
                depth = _as_kernels_take(depth)
            if settings.effect not in _AS_CAPTURED:
                image = self._lift(image, depth, at)
            if settings.effect in _KEEPING and settings.keep_within is not None:
                depth = self._keeper.widen(depth, settings.keep_within)
            self._cutout = effect.render(self._out, image, depth, settings)
        self.concealed = False
        self._legend_shown = settings.effect == "overlay"
        if self._legend_shown:
            self._draw_legend(settings.colourmap, depth.metric)
        self._composed = True
        return self._out

    def mirrored(self) -> Image:
        """Return the last picture flipped left to right, text still readable, in its own buffer.

        Raises LivedepthError where nothing has been composed.
        """
        if not self._composed:
            raise LivedepthError("there is no picture to mirror; compose one first")
        cv2.flip(self._out, 1, dst=self._mirrored)
        if self._legend_shown and self._legend is not None:
            self._legend.draw_mirrored(self._mirrored)
        return self._mirrored

    @property
    def cutout(self) -> Image | None:
        """The last picture as BGRA uint8 (h, w, 4), straight alpha, black where alpha is 0.

        In a buffer used again; None where the last picture has no transparent parts.
        """
        return self._cutout

    def mirrored_cutout(self) -> Image | None:
        """Return ``cutout`` flipped left to right, in its own buffer."""
        if self._cutout is None:
            return None
        if self._mirrored_cutout.shape != self._cutout.shape:
            self._mirrored_cutout = np.zeros_like(self._cutout)
        cv2.flip(self._cutout, 1, dst=self._mirrored_cutout)
        return self._mirrored_cutout

    def conceal(self, image: Image) -> Image:
        """Return ``image`` blurred beyond recognition, in the same buffer as ``compose``.

        Needs no depth. Raises LivedepthError for an array of the wrong shape.
        """
        self._cutout = None
        image = self._accept(image)
        with kernels_running():
            conceal(self._out, image, self._canvas)
        self.concealed = True
        self._legend_shown = False
        self._composed = True
        return self._out

    def close(self) -> None:
        """Release a background video; the compositor may be used again. Safe to call twice."""
        for effect in self._effects.values():
            effect.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self, image: Image) -> Image:
        if fault := image_fault(image):
            raise LivedepthError(f"a frame {fault}")
        if image.shape != self._out.shape:
            height, width = image.shape[:2]
            self._canvas = Canvas(width, height)
            self._out = np.zeros_like(image, order="C")
            self._mirrored = np.zeros_like(self._out)
            self._legend = None
            self._composed = False
        if image.flags.c_contiguous and image.flags.writeable:
            return image
        return np.array(image, order="C")

    def _lift(self, image: Image, depth: SteadyDepth, at: float | None) -> Image:
        now = time.monotonic() if at is None else at
        amount, chunks = self.settings.low_light, self._canvas.chunks
        return self._low_light.apply(image, depth.matte, amount, now, chunks)

    def _effect(self, name: str) -> Effect:
        if name not in self._effects:
            self._effects[name] = _make_effect(name)
        effect = self._effects[name]
        if self._prepared.get(name) is not self._canvas:
            effect.prepare(self._canvas)
            self._prepared[name] = self._canvas
        return effect

    def _draw_legend(self, colourmap: str, metric: MetricScale | None) -> None:
        ends = self._ends.update(metric)
        if self._legend is None or (self._legend.colourmap, self._legend.ends) != (colourmap, ends):
            self._legend = Legend(self._canvas.width, self._canvas.height, colourmap, ends)
        self._legend.draw(self._out)


def _is_usable(depth: SteadyDepth) -> bool:
    disparity, matte = depth.disparity, depth.matte
    kinds = {disparity.dtype.kind, matte.dtype.kind}
    if disparity.ndim != 2 or disparity.shape != matte.shape or not kinds <= set("fiub"):
        raise LivedepthError(
            "disparity and matte must be (height, width) and of one size; "
            f"got {disparity.dtype} {disparity.shape} and {matte.dtype} {matte.shape}"
        )
    if not disparity.size or not (math.isfinite(depth.focus) and math.isfinite(depth.band)):
        return False
    return cv2.checkRange(disparity)[0] and cv2.checkRange(matte)[0]


def _as_kernels_take(depth: SteadyDepth) -> SteadyDepth:
    """Arrays of the one type that the kernels are compiled for; nothing is copied that fits."""
    disparity, matte = _plain(depth.disparity), _plain(depth.matte)
    if disparity is depth.disparity and matte is depth.matte:
        return depth
    return replace(depth, disparity=disparity, matte=matte)


def _plain(values: Map) -> Map:
    # Kernels look levels up in tables that end at 0 and 1.
    fits = not values.size or (values.min() >= 0.0 and values.max() <= 1.0)
    if fits and values.dtype == np.float32 and values.flags.carray:
        return values
    return np.array(np.clip(values, 0.0, 1.0), np.float32, order="C")
