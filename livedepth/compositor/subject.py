"""From steady depth to the maps the effects need, at the depth's own size."""

from __future__ import annotations

import math

import cv2
import numpy as np

from livedepth.compositor.kernels.confusion import clear_rim, include_held, mask_background
from livedepth.frame import Map, SteadyDepth

Structure = cv2.typing.MatLike

_RIM = 0.02
_REACH = 0.12
_SHIFT = 0.01


def _disc(radius: int) -> Structure:
    size = 2 * radius + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


class SubjectMaps:
    """What one depth map says of the subject, in reused buffers.

    maps: float32 (3, h, w) of the depth's size: disparity with the subject's smear past its
    outline taken back, the matte, and the matte dilated.
    """

    def __init__(self) -> None:
        self._allocate((1, 1))

    def _allocate(self, shape: tuple[int, int]) -> None:
        self.maps = np.zeros((3, *shape), np.float32)
        self._layers = np.zeros((4, *shape), np.float32)
        self._nowhere = np.zeros(shape, np.float32)
        self._outside = np.zeros(shape, np.float32)
        self._weighted = np.zeros(shape, np.float32)
        self._weight = np.zeros(shape, np.float32)
        rim = max(1, round(_RIM * max(shape)))
        self._disc = _disc(rim)
        self._beyond = (6 * rim + 1, 6 * rim + 1)
        reach = max(1, round(_REACH * max(shape)))
        self._reach = (2 * reach + 1, 2 * reach + 1)

    def take(self, depth: SteadyDepth, shift: float = 0.0) -> Map:
        """Fill and return ``maps``.

        shift: -1..1, draws the subject's outline in or out, by 1 % of the maps' mean side at most.
        """
        if depth.disparity.shape != self.maps.shape[1:]:
            self._allocate(depth.disparity.shape)
        clean, matte, dilated = self.maps
        np.clip(depth.matte, 0.0, 1.0, out=matte)
        cv2.dilate(matte, self._disc, dst=dilated)
        if shift:
            self._shift(matte, shift)
        mask_background(self._weighted, self._weight, depth.disparity, dilated)
        cv2.blur(self._weighted, self._beyond, dst=self._weighted)
        cv2.blur(self._weight, self._beyond, dst=self._weight)
        clear_rim(clean, depth.disparity, matte, dilated, self._weighted, self._weight)
        return self.maps

    def _shift(self, matte: Map, shift: float) -> None:
        """Dilate or erode ``matte`` in place, by a radius that need not be whole."""
        radius = abs(shift) * max(1.0, _SHIFT * math.sqrt(matte.size))
        move = cv2.dilate if shift > 0.0 else cv2.erode
        whole = int(radius)
        if whole:
            move(matte, _disc(whole), dst=matte)
        if radius > whole:
            further = move(matte, _disc(1))
            cv2.addWeighted(matte, 1.0 - (radius - whole), further, radius - whole, 0.0, dst=matte)

    def take_layers(self, depth: SteadyDepth, shift: float = 0.0) -> Map:
        """Return four maps: ``maps`` with the background's disparity behind the subject as well,
        and the subject's own disparity, carried on past its outline."""
        self.take(depth, shift)
        far, matte, dilated, near = self._layers[0], *self.maps[1:], self._layers[3]
        self._layers[1:3] = self.maps[1:]
        self._carry_on(far, depth.disparity, dilated)
        np.subtract(np.float32(1.0), matte, out=near)
        cv2.dilate(near, self._disc, dst=self._outside)
        self._carry_on(near, depth.disparity, self._outside)
        return self._layers

    def _carry_on(self, dst: Map, disparity: Map, unknown: Map) -> None:
        """Replace ``disparity`` where it is ``unknown`` by its average nearby where it is known."""
        mask_background(self._weighted, self._weight, disparity, unknown)
        cv2.blur(self._weighted, self._beyond, dst=self._weighted)
        cv2.blur(self._weight, self._beyond, dst=self._weight)
        clear_rim(dst, disparity, self._nowhere, unknown, self._weighted, self._weight)

    def take_with_held(self, depth: SteadyDepth, shift: float = 0.0) -> Map:
        """Fill and return ``maps``, the mattes widened to what the subject holds."""
        self.take(depth, shift)
        clean, matte, dilated = self.maps
        cv2.blur(matte, self._reach, dst=self._weight)
        focus, band = np.float32(depth.focus), np.float32(depth.band)
        include_held(matte, clean, matte, self._weight, focus, band)
        cv2.dilate(matte, self._disc, dst=dilated)
        return self.maps
