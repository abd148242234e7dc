"""Telling a cut to another scene from motion within one, and from a light switched on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_CHANGED = 24
_FRACTION = 0.6
_DETAIL = 15
_LIKENESS = 0.5


def is_scene_cut(grey: NDArray[np.uint8], previous: NDArray[np.uint8]) -> bool:
    """Whether most of the picture was replaced between two frames.

    grey, previous: uint8 (height, width), blurred. A cut changes more than 60 % of the pixels by
    more than 24 levels, and the picture's detail with them; a person crossing the picture or
    waving close to the lens changes fewer, another light or exposure leaves the detail in place.
    """
    _, changed = cv2.threshold(cv2.absdiff(grey, previous), _CHANGED, 1, cv2.THRESH_BINARY)
    if cv2.countNonZero(changed) <= _FRACTION * grey.size:
        return False
    first, second = _detail(grey), _detail(previous)
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return norm <= 0.0 or float(np.vdot(first, second)) < _LIKENESS * norm


def _detail(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What is left when the mean over a neighbourhood is taken away."""
    levels = grey.astype(np.float32)
    return np.asarray(levels - cv2.blur(levels, (_DETAIL, _DETAIL)), np.float32)
