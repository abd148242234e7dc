"""The frame's geometry and the reduced picture that every effect works from."""

from __future__ import annotations

import math

import numpy as np

from livedepth.compositor.kernels.blocks import BLOCK, blocks_in
from livedepth.compositor.kernels.reduce import reduce_blocks
from livedepth.compositor.kernels.sample import sample_maps
from livedepth.compositor.threads import most_threads
from livedepth.frame import Image, Map

_SMALL_PIXELS = 45_000
_GREATEST_FACTOR = 64


class Canvas:
    """Buffers for one frame size.

    width, height: the frame in pixels. factor: whole number of pixels a side that one reduced
    pixel stands for, chosen so that the reduced picture keeps about 45,000 pixels, 256 x 144 at
    1280 x 720, whatever the frame's size. left, across: (width), for each pixel the reduced column
    before its centre and the fraction past that. rows, columns: the reduced size. guide: float32
    (3, rows, columns), the reduced picture in 0..255, planes B, G, R. blocks: how many
    ``kernels.blocks`` a row has.
    edges: int64 (blocks + 1), the first pixel of each block, and the width. chunks: how many runs
    of rows a kernel is cut into.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        ideal = round(math.sqrt(width * height / _SMALL_PIXELS))
        self.factor = min(max(1, ideal), _GREATEST_FACTOR)
        self.rows = -(-height // self.factor)
        self.columns = -(-width // self.factor)
        self.blocks = blocks_in(self.columns)
        self.chunks = most_threads()
        self.guide = np.zeros((3, self.rows, self.columns), np.float32)
        u = np.clip((np.arange(width) + 0.5) / self.factor - 0.5, 0.0, self.columns - 1.0)
        self.left = u.astype(np.uint32)
        self.across = (u - self.left).astype(np.float32)
        self.edges = np.searchsorted(self.left, np.arange(self.blocks + 1) * BLOCK)
        self.edges[-1] = width
        self._sampled_width = 0
        self._lines = np.zeros((1, 1), np.float32)
        self._left = np.zeros(self.columns, np.uint32)
        self._across = np.zeros(self.columns, np.float32)
        self._sums = np.zeros((self.chunks, 2, 3 * width), np.uint16)

    def reduce(self, image: Image) -> None:
        """Fill ``guide`` from ``image``, uint8 (height, width, 3)."""
        reduce_blocks(self.guide, self._sums, image, self.factor)

    def sample(self, dst: Map, sources: Map) -> None:
        """Stretch maps of any size over the frame, bilinearly.

        dst: float32 (n, rows, columns). sources: float32 (n, h, w).
        """
        wide = sources.shape[2]
        if wide != self._sampled_width:
            u = (np.arange(self.columns) + 0.5) * (self.factor * wide / self.width) - 0.5
            u = np.clip(u, 0.0, wide - 1.0)
            self._left = u.astype(np.uint32)
            self._across = (u - self._left).astype(np.float32)
            self._lines = self.scratch(wide)
            self._sampled_width = wide
        sample_maps(dst, self._lines, sources, self._left, self._across, self.factor, self.height)

    def scratch(self, *shape: int) -> Map:
        """Zeroed float32 scratch of ``shape`` for every chunk."""
        return np.zeros((self.chunks, *shape), np.float32)

    def plane(self, *planes: int) -> Map:
        """Zeroed float32 of the reduced size, with leading axes ``planes``."""
        return np.zeros((*planes, self.rows, self.columns), np.float32)
