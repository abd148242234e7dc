"""Keeps successive depth maps steady without making them lag."""

from __future__ import annotations

import math

import cv2
import numpy as np

from livedepth.errors import LivedepthError
from livedepth.frame import Image, Map, Prediction, SteadyDepth, image_fault
from livedepth.resizing import shrink
from livedepth.stabiliser.alignment import Alignment, align, align_to_range
from livedepth.stabiliser.kernels import gated_filter, motion_gate
from livedepth.stabiliser.scene_cut import is_scene_cut
from livedepth.stabiliser.subject import SubjectTracker, find_subject, matte_from_disparity

_RANGE_SECONDS = 3.0
_MATTE_SHARE = 0.3
_LONGEST_GAP = 1.0
_WORST_RESIDUAL = 0.15
_DISPARITY_JUMP, _MATTE_JUMP = 0.12, 0.4
_NOISE_PERCENTILE, _MOST_NOISE = 20, 4.0
_NO_SHIFT = Alignment(1.0, 0.0)


class Stabiliser:
    """Turns predictions of unknown scale and shift into steady disparity in 0..1.

    Every prediction is aligned to the running map on what did not move, then a low-pass filter
    per pixel holds still regions and lets moving ones through. A cut, or a gap of more than a
    second, starts afresh.

    smoothing: time constant in seconds of the filter where nothing moves; 0 switches it off.
    Not for use by several threads at once.
    """

    def __init__(self, smoothing: float = 0.5) -> None:
        self.smoothing = smoothing
        self._tracker = SubjectTracker()
        self._alignment = _NO_SHIFT
        self._allocate(0, 0)

    def reset(self) -> None:
        """Forget everything seen; the next map starts afresh."""
        self._time = -math.inf

    def update(self, prediction: Prediction, image: Image, captured_at: float) -> SteadyDepth:
        """Add the prediction made of ``image``, captured at ``captured_at`` seconds of any clock.

        prediction: maps of one shape. image: BGR uint8, any size. The maps returned belong to the
        caller. Time must not run backwards: it then counts as a gap. Raises LivedepthError for
        maps or pictures of another shape.
        """
        _check(prediction, image)
        if prediction.depth.shape != self._grey.shape:
            self._allocate(*prediction.depth.shape)
        self._look(image)
        elapsed = captured_at - self._time
        fresh = not 0.0 <= elapsed <= _LONGEST_GAP or is_scene_cut(self._grey, self._previous)
        if not fresh:
            fresh = not self._advance(prediction, elapsed)
        if fresh:
            self._restart(prediction)
            elapsed = 0.0
        np.copyto(self._previous, self._grey)
        self._time = captured_at
        disparity = np.clip(self._disparity, 0.0, 1.0)
        matte = self._matte.copy()
        subject = self._tracker.update(find_subject(disparity, matte), elapsed)
        return SteadyDepth(disparity, matte, subject.focus, subject.band)

    def _allocate(self, rows: int, columns: int) -> None:
        self._small = np.empty((rows, columns, 3), np.uint8)
        self._halfway = np.empty((2 * rows, 2 * columns, 3), np.uint8)
        self._grey = np.empty((rows, columns), np.uint8)
        self._previous = np.empty((rows, columns), np.uint8)
        self._gate: Map = np.empty((rows, columns), np.float32)
        self._disparity: Map = np.empty((rows, columns), np.float32)
        self._matte: Map = np.empty((rows, columns), np.float32)
        self._time = -math.inf

    def _look(self, image: Image) -> None:
        shrink(image, self._small, self._halfway)
        cv2.cvtColor(self._small, cv2.COLOR_BGR2GRAY, dst=self._grey)
        cv2.GaussianBlur(self._grey, (3, 3), 0, dst=self._grey)

    def _restart(self, prediction: Prediction) -> None:
        alignment = align_to_range(prediction.depth)
        np.multiply(prediction.depth, np.float32(alignment.scale), out=self._disparity)
        np.add(self._disparity, np.float32(alignment.shift), out=self._disparity)
        np.copyto(self._matte, self._matte_of(prediction, alignment))
        self._alignment = alignment
        self._tracker.reset()

    def _advance(self, prediction: Prediction, elapsed: float) -> bool:
        """Filter one map in; False where it does not belong to the scene held so far."""
        self._find_motion()
        alignment = align(prediction.depth, self._disparity, 1.0 - self._gate, self._alignment)
        if alignment is None:
            alignment = self._alignment
        if alignment.residual > _WORST_RESIDUAL:
            return False
        self._alignment = alignment
        self._filter(self._disparity, prediction.depth, alignment, elapsed, 1.0, _DISPARITY_JUMP)
        matte = self._matte_of(prediction, alignment)
        self._filter(self._matte, matte, _NO_SHIFT, elapsed, _MATTE_SHARE, _MATTE_JUMP)
        self._follow_range(elapsed)
        return True

    def _find_motion(self) -> None:
        # A low percentile is the sensor's noise even while most of the picture moves.
        change = cv2.absdiff(self._grey, self._previous)[::2, ::2]
        noise = min(float(np.percentile(change, _NOISE_PERCENTILE)), _MOST_NOISE)
        quiet = 3.0 + 3.0 * noise
        motion_gate(self._gate, self._grey, self._previous, quiet, quiet + 6.0)
        cv2.dilate(self._gate, np.ones((5, 5), np.uint8), dst=self._gate)
        cv2.blur(self._gate, (5, 5), dst=self._gate)

    def _filter(
        self,
        state: Map,
        measured: Map,
        alignment: Alignment,
        elapsed: float,
        share: float,
        jump: float,
    ) -> None:
        constant = self.smoothing * share
        still = -math.expm1(-elapsed / constant) if constant > 0.0 else 1.0
        gated_filter(
            state, state, measured, self._gate, alignment.scale, alignment.shift, still, jump
        )

    def _matte_of(self, prediction: Prediction, alignment: Alignment) -> Map:
        if prediction.matte is not None:
            return prediction.matte
        disparity = prediction.depth * np.float32(alignment.scale) + np.float32(alignment.shift)
        return matte_from_disparity(disparity)

    def _follow_range(self, elapsed: float) -> None:
        """Pull the 1st and 99th percentiles slowly to 0 and 1: near and far keep their meaning."""
        low, high = np.percentile(self._disparity[::2, ::2], (1, 99))
        pull = -math.expm1(-elapsed / _RANGE_SECONDS)
        bottom, top = pull * low, 1.0 + pull * (high - 1.0)
        span = top - bottom
        if span > 0.1:
            np.subtract(self._disparity, np.float32(bottom), out=self._disparity)
            np.multiply(self._disparity, np.float32(1.0 / span), out=self._disparity)
            held = self._alignment
            self._alignment = Alignment(held.scale / span, (held.shift - bottom) / span)


def _check(prediction: Prediction, image: Image) -> None:
    depth, matte = prediction.depth, prediction.matte
    if depth.ndim != 2 or not depth.size or (matte is not None and matte.shape != depth.shape):
        shapes = f"{depth.shape} and {None if matte is None else matte.shape}"
        raise LivedepthError(
            f"depth and matte must be (height, width) and of one size; got {shapes}"
        )
    if fault := image_fault(image):
        raise LivedepthError(f"a picture {fault}")
