"""How steady, how prompt and how true to motion a sequence of maps is.

A sequence of maps is float32 (frames, height, width); one of greys is uint8 of the same shape.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Image, Map

Greys = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_STILL = 6
_MOVING = 12
_LARGEST_SHIFT = 3
_ROUND_TRIP = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where each pixel of a frame was in the frame before.

    origin: float32 (height, width, 2), its coordinates (x, y) there. valid: bool (height, width),
    whether the flow back and the flow forth agree within a pixel.
    """

    origin: Map
    valid: Mask


def greys_of(images: Sequence[Image], shape: tuple[int, ...]) -> Greys:
    """The pictures as blurred greys of a map's (height, width)."""
    size = (shape[1], shape[0])
    small = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images]
    greys = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in small]
    return np.stack([np.asarray(cv2.GaussianBlur(grey, (5, 5), 0), np.uint8) for grey in greys])


def still_pixels(greys: Greys) -> Mask:
    """Pixels whose grey stays within a range of 6 levels over the whole sequence."""
    return np.asarray(np.ptp(greys, axis=0) < _STILL)


def moving_pixels(greys: Greys) -> Mask:
    """(frames, height, width): pixels whose grey changes by 12 or more from or to a neighbour.

    Both neighbours count, so that the mask favours neither a lead nor a lag.
    """
    changed = np.abs(np.diff(greys.astype(np.int16), axis=0)) >= _MOVING
    none = np.zeros_like(changed[:1])
    return np.asarray(np.concatenate([none, changed]) | np.concatenate([changed, none]))


def minmax_per_frame(maps: Map) -> Map:
    """Every map stretched to 0..1 by its own extremes: what is shown without a stabiliser."""
    low = maps.min(axis=(1, 2), keepdims=True)
    span = maps.max(axis=(1, 2), keepdims=True) - low
    return np.asarray((maps - low) / np.maximum(span, 1e-12), np.float32)


def flicker(maps: Map, still: Mask) -> float:
    """Mean absolute change from frame to frame on the still pixels."""
    return float(np.mean(np.abs(np.diff(maps[:, still], axis=0))))


def lag(maps: Map, reference: Map, moving: Mask) -> float:
    """Frames by which ``maps`` trail ``reference`` on moving pixels; negative where they lead.

    The vertex of the parabola through the least mean squared difference over shifts of -3..3
    frames and its two neighbours. 0 where nothing moves.
    """
    frames = range(_LARGEST_SHIFT, len(maps) - _LARGEST_SHIFT)
    if not any(moving[frame].any() for frame in frames):
        return 0.0
    errors = []
    for shift in range(-_LARGEST_SHIFT, _LARGEST_SHIFT + 1):
        misfits = [maps[frame] - reference[frame - shift] for frame in frames]
        chosen = [misfit[moving[frame]] for frame, misfit in zip(frames, misfits, strict=True)]
        errors.append(float(np.mean(np.square(np.concatenate(chosen)))))
    best = min(max(int(np.argmin(errors)), 1), 2 * _LARGEST_SHIFT - 1)
    before, least, after = errors[best - 1 : best + 2]
    curvature = before - 2.0 * least + after
    vertex = 0.5 * (before - after) / curvature if curvature > 0.0 else 0.0
    return best - _LARGEST_SHIFT + min(max(vertex, -1.0), 1.0)


def flows_of(greys: Greys) -> list[Flow]:
    """Optical flow from every frame but the first to the one before, by DIS (Kroeger 2016)."""
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    rows, columns = greys.shape[1:]
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).astype(np.float32)
    flows = []
    for before, now in itertools.pairwise(greys):
        back = estimator.calc(now, before, None)  # type: ignore[call-overload]
        forth = estimator.calc(before, now, None)  # type: ignore[call-overload]
        origin = np.asarray(grid + back, np.float32)
        returned = _sampled(forth, origin)
        inside = ((origin >= 0) & (origin <= (columns - 1, rows - 1))).all(axis=-1)
        agreed = np.linalg.norm(back + returned, axis=-1) < _ROUND_TRIP
        flows.append(Flow(origin, np.asarray(inside & agreed)))
    return flows


def warping_error(maps: Map, flows: list[Flow]) -> float:
    """Mean absolute difference between each map and the one before it moved along the flow.

    Over the pixels with valid flow, as a share of the maps' own range between the 2nd and the
    98th percentile, so that a flatter sequence does not score better.
    """
    low, high = np.percentile(maps, (2, 98))
    errors = []
    for before, now, flow in zip(maps[:-1], maps[1:], flows, strict=True):
        moved = _sampled(before, flow.origin)
        errors.append(float(np.abs(now - moved)[flow.valid].mean()))
    return float(np.mean(errors)) / max(float(high - low), 1e-12)


def _sampled(values: Map, origin: Map) -> Map:
    x, y = np.ascontiguousarray(origin[..., 0]), np.ascontiguousarray(origin[..., 1])
    return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR), np.float32)
