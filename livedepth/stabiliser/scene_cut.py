"""Telling a cut to another scene from motion within one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CHANGED = 24
_FRACTION = 0.6


def is_scene_cut(grey: NDArray[np.uint8], previous: NDArray[np.uint8]) -> bool:
    """Whether most of the picture was replaced between two frames.

    grey, previous: uint8 (height, width), blurred. A cut changes more than 60 % of the pixels by
    more than 24 levels; a person crossing the picture or waving close to the lens does not.
    """
    sample = (slice(None, None, 2), slice(None, None, 2))
    change = np.abs(grey[sample].astype(np.int16) - previous[sample])
    return float(np.mean(change > _CHANGED)) > _FRACTION
