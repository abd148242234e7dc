"""Keeps successive depth maps steady without making them lag."""

from __future__ import annotations

import math

import numpy as np

from livedepth.errors import LivedepthError
from livedepth.frame import Image, Map, Prediction, SteadyDepth, as_map, image_fault
from livedepth.stabiliser.alignment import Alignment, align, align_to_range
from livedepth.stabiliser.cast import Cast
from livedepth.stabiliser.matte import MatteFromDepth
from livedepth.stabiliser.metric import MetricTracker, align_inverse_to_range, inverse_metres
from livedepth.stabiliser.motion import MotionDetector
from livedepth.stabiliser.subject import SubjectTracker
from livedepth.stabiliser.temporal_filter import TemporalFilter

_RANGE_SECONDS = 3.0
_RANGE_SLACK = 0.04
_LONGEST_GAP = 1.0
_WORST_RESIDUAL = 0.15
_FEWEST_STILL = 0.05
_DISPARITY_JUMP, _DISPARITY_LEAN = 0.12, 0.03
_MATTE_JUMP, _MATTE_LEAN = 0.4, 0.05
_NO_SHIFT = Alignment(1.0, 0.0)


class Stabiliser:
    """Turns predictions of unknown scale and shift into steady disparity in 0..1.

    Every prediction is aligned to the running map on what did not move, then a filter per pixel
    holds still regions, the firmer the longer they rest, and lets moving ones through. A cut, or
    a gap of more than a second, starts afresh. Where something moves the map is taken as it is:
    filtering it there against the map before, moved by optical flow, lowers the warping error by
    a tenth, but doubles the matte's error where background is uncovered and costs a third of
    all the rest again.

    Of a metric model the reciprocal of its metres is what is kept steady, so that every alignment
    also says what the steady map is in metres.

    smoothing: seconds; the filter's time constant grows with the time that a pixel has been at
    rest, up to four times ``smoothing``. 0 switches the filter off.
    Not for use by several threads at once.
    """

    def __init__(self, smoothing: float = 0.5) -> None:
        self.smoothing = smoothing
        self._people = Cast()
        self._tracker = SubjectTracker()
        self._metric = MetricTracker()
        self._knows_metres = False
        self._alignment = _NO_SHIFT
        self._allocate(0, 0)

    def reset(self) -> None:
        """Forget everything seen; the next map starts afresh."""
        self._time = -math.inf

    def update(self, prediction: Prediction, image: Image, captured_at: float) -> SteadyDepth:
        """Add the prediction made of ``image``, captured at ``captured_at`` seconds of any clock.

        prediction: maps of one shape. image: BGR uint8, any size. The maps returned belong to the
        caller; the metric scale is given where the prediction has metres. Time must not run
        backwards: it then counts as a gap. Raises LivedepthError for maps or pictures of another
        shape.
        """
        prediction = _accepted(prediction, image)
        if prediction.depth.shape != self._motion.shape:
            self._allocate(*prediction.depth.shape)
        self._motion.look(image)
        elapsed = captured_at - self._time
        fresh = not 0.0 <= elapsed <= _LONGEST_GAP or self._motion.is_cut()
        fresh |= self._knows_metres != (prediction.metres is not None)
        if not fresh:
            fresh = not self._advance(prediction, elapsed)
        if fresh:
            self._restart(prediction)
            elapsed = 0.0
        self._time = captured_at
        disparity = np.clip(self._disparity.state, 0.0, 1.0)
        measured, matte = self._people.update(disparity, self._matte.state, elapsed)
        if matte is self._matte.state:
            matte = matte.copy()
        subject = self._tracker.update(measured, elapsed)
        metric = self._metric.follow(self._alignment, elapsed) if self._knows_metres else None
        return SteadyDepth(disparity, matte, subject.focus, subject.band, metric)

    def _allocate(self, rows: int, columns: int) -> None:
        self._motion = MotionDetector(rows, columns)
        self._disparity = TemporalFilter(rows, columns, _DISPARITY_JUMP, _DISPARITY_LEAN)
        self._matte = TemporalFilter(rows, columns, _MATTE_JUMP, _MATTE_LEAN)
        self._derived = MatteFromDepth()
        self._time = -math.inf

    def _restart(self, prediction: Prediction) -> None:
        self._knows_metres = prediction.metres is not None
        to_range = align_inverse_to_range if self._knows_metres else align_to_range
        self._alignment = to_range(prediction.depth)
        self._metric.forget()
        self._disparity.restart(prediction.depth, self._alignment)
        self._derived.restart()
        self._matte.restart(self._matte_of(prediction, 0.0), _NO_SHIFT)
        self._people.reset()
        self._tracker.reset()

    def _advance(self, prediction: Prediction, elapsed: float) -> bool:
        """Filter one map in; False where it does not belong to the scene held so far."""
        motion = self._motion.find()
        still = 1.0 - motion.gate
        if float(still.mean()) < _FEWEST_STILL:
            still.fill(1.0)
        depth, held = prediction.depth, self._disparity.state
        pull = elapsed / (self.smoothing + elapsed) if elapsed > 0.0 else 1.0
        alignment = align(depth, held, still, self._alignment, pull / (2.0 - pull))
        if alignment is None:
            alignment = self._alignment
        if alignment.residual > _WORST_RESIDUAL:
            return False
        self._alignment = alignment
        self._disparity.update(prediction.depth, alignment, motion, elapsed, self.smoothing)
        self._follow_range(elapsed)
        matte = self._matte_of(prediction, elapsed)
        self._matte.update(matte, _NO_SHIFT, motion, elapsed, self.smoothing)
        return True

    def _matte_of(self, prediction: Prediction, elapsed: float) -> Map:
        if prediction.matte is not None:
            return prediction.matte
        return self._derived.update(self._disparity.state, elapsed, self.smoothing)

    def _follow_range(self, elapsed: float) -> None:
        """Pull the 1st and 99th percentiles slowly to 0 and 1: near and far keep their meaning.

        Within a little slack nothing is pulled, since it would move every still pixel at once.
        """
        disparity = self._disparity.state
        low, high = (float(v) for v in np.percentile(disparity[::3, ::3], (1, 99)))
        pull = -math.expm1(-elapsed / _RANGE_SECONDS)
        bottom = pull * _beyond(low, _RANGE_SLACK)
        span = 1.0 + pull * _beyond(high - 1.0, _RANGE_SLACK) - bottom
        if span > 0.1 and (bottom, span) != (0.0, 1.0):
            np.subtract(disparity, np.float32(bottom), out=disparity)
            np.multiply(disparity, np.float32(1.0 / span), out=disparity)
            self._metric.rescale(bottom, span)
            held = self._alignment
            self._alignment = Alignment(held.scale / span, (held.shift - bottom) / span)


def _beyond(value: float, slack: float) -> float:
    """How far ``value`` lies outside -slack..slack, with its sign."""
    return math.copysign(max(abs(value) - slack, 0.0), value)


def _accepted(prediction: Prediction, image: Image) -> Prediction:
    depth, matte, metres = prediction.depth, prediction.matte, prediction.metres
    if depth.ndim != 2 or not depth.size or (matte is not None and matte.shape != depth.shape):
        shapes = f"{depth.shape} and {None if matte is None else matte.shape}"
        raise LivedepthError(
            f"depth and matte must be (height, width) and of one size; got {shapes}"
        )
    if fault := image_fault(image):
        raise LivedepthError(f"a picture {fault}")
    if matte is not None:
        matte = np.clip(as_map(matte, "matte"), 0.0, 1.0)
    if metres is None:
        return Prediction(as_map(depth, "depth"), matte)
    if metres.shape != depth.shape:
        raise LivedepthError(
            f"metres and depth must be of one size; got {metres.shape} and {depth.shape}"
        )
    metres = as_map(metres, "metres")
    return Prediction(inverse_metres(metres), matte, metres)
