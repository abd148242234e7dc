"""Frame-sized buffers that are used again once nobody holds them."""

from __future__ import annotations

import sys
from collections import deque

import numpy as np

from livedepth.frame import Image

_FEWEST = 4
_MOST = 16


class BufferPool:
    """Images of one size, handed out again when the last reference to them is gone.

    Holding an image, or any view of it, keeps it from being written again. At least four images
    take turns, so one that is only borrowed by address lasts for three further calls too. Used by
    one thread; what it hands out may be dropped on any other.
    """

    def __init__(self, width: int, height: int) -> None:
        self._shape = (height, width, 3)
        self._buffers = deque([np.empty(self._shape, np.uint8)])
        self._references_when_free = sys.getrefcount(self._buffers[-1])

    def take(self) -> Image:
        """Return BGR uint8 (height, width, 3), C-contiguous, of undefined content."""
        if len(self._buffers) >= _FEWEST:
            for _ in range(len(self._buffers)):
                self._buffers.rotate(-1)
                if sys.getrefcount(self._buffers[-1]) == self._references_when_free:
                    return self._buffers[-1]
        fresh = np.empty(self._shape, np.uint8)
        if len(self._buffers) < _MOST:
            self._buffers.append(fresh)
        return fresh
