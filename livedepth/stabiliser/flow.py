"""Optical flow from frame to frame, and where the flows of many frames lead together."""

from __future__ import annotations

import math

import cv2
import numpy as np

from livedepth.frame import Image, Map

_PIXELS = 17_000
_LEAST_SIDE = 16
_PATCH_STRIDE = 5


def working_size(width: int, height: int) -> tuple[int, int]:
    """(columns, rows) of the size that flow is found at: the picture's shape, 17,000 pixels."""
    scale = math.sqrt(_PIXELS / (width * height))
    columns = max(_LEAST_SIDE, min(round(width * scale), _PIXELS // _LEAST_SIDE))
    rows = max(_LEAST_SIDE, min(round(height * scale), _PIXELS // _LEAST_SIDE))
    return columns, rows


def make_flow() -> cv2.DISOpticalFlow:
    """Dense inverse search (Kroeger et al. 2016), down to the finest scale of a small picture."""
    engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    engine.setFinestScale(0)
    engine.setPatchStride(_PATCH_STRIDE)
    return engine


def backward_flow(engine: cv2.DISOpticalFlow, image: Image, previous: Image) -> Map:
    """Flow float32 (rows, columns, 2), new: from each pixel of ``image`` to ``previous``.

    image, previous: uint8 (rows, columns), 16 pixels or more each way.
    """
    start = np.zeros((*image.shape, 2), np.float32)
    return np.asarray(engine.calc(image, previous, start), np.float32)


def standstill(columns: int, rows: int) -> Map:
    """Positions float32 (rows, columns, 2) of pixels that did not move: their own (x, y)."""
    positions = np.empty((rows, columns, 2), np.float32)
    positions[..., 0] = np.arange(columns, dtype=np.float32)
    positions[..., 1] = np.arange(rows, dtype=np.float32)[:, None]
    return positions


def follow(positions: Map, flow: Map, still: Map) -> Map:
    """Positions one frame on: where each pixel was, in the frame that ``positions`` lead to.

    positions, flow, still: float32 (rows, columns, 2). flow leads from each pixel of this frame
    to the one before, still is ``standstill``; the result is new.
    """
    return sample(positions, still + flow)


def sample(values: Map, positions: Map) -> Map:
    """``values`` (rows, columns) or (rows, columns, n) at ``positions``, linear, edges repeated."""
    result: Map = cv2.remap(  # type: ignore[call-overload]
        values, positions, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return result


def stretch(positions: Map, columns: int, rows: int) -> Map:
    """Positions for maps of ``columns`` x ``rows`` pixels, in those pixels."""
    height, width = positions.shape[:2]
    if (columns, rows) == (width, height):
        return positions
    scale = np.array((columns / width, rows / height), np.float32)
    # Motion is resized rather than position, so that the edge pixels keep their places.
    motion = cv2.resize(positions - standstill(width, height), (columns, rows))
    result: Map = standstill(columns, rows) + motion.reshape(rows, columns, 2) * scale
    return result
