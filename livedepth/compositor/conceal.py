"""The fail-closed picture: the frame's colours, nothing of its content."""

from __future__ import annotations

import cv2
import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.frame import Image

_MOST_CELLS = 10
_LEAST_CELL = 16
_SMOOTH = 16


def conceal(dst: Image, image: Image, canvas: Canvas) -> None:
    """Blur ``image``, of the size of ``canvas``, beyond recognition; dst: uint8 of its shape.

    At most ten by ten mean colours survive, none of fewer than 16 x 16 pixels, smoothly joined.
    """
    width, height = canvas.width, canvas.height
    canvas.reduce(image)
    cells = _cells(width), _cells(height)
    means = [cv2.resize(plane, cells, interpolation=cv2.INTER_AREA) for plane in canvas.guide]
    size = min(width, cells[0] * _SMOOTH), min(height, cells[1] * _SMOOTH)
    smooth = cv2.resize(np.dstack(means), size, interpolation=cv2.INTER_LINEAR)
    smooth = cv2.GaussianBlur(smooth, (0, 0), 0.6 * _SMOOTH, borderType=cv2.BORDER_REPLICATE)
    levels = np.rint(smooth).clip(0, 255).astype(np.uint8)
    cv2.resize(levels, (width, height), dst=dst, interpolation=cv2.INTER_LINEAR)


def _cells(length: int) -> int:
    return max(1, min(_MOST_CELLS, length // _LEAST_CELL))
