"""Rounding that keeps smooth gradients smooth."""

from __future__ import annotations

import numpy as np

from livedepth.frame import Map


def thresholds(width: int) -> Map:
    """Share of a level from which a pixel is rounded up; float32 (8, width) in 0..1, tiled.

    Ordered dither by B. Bayer's 8 x 8 matrix ("An optimum method for two-level rendition of
    continuous-tone pictures", ICC 1973). A whole level is left as it is.
    """
    matrix = np.zeros((1, 1))
    for _ in range(3):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    tiled: Map = np.tile((matrix + 0.5) / 64, (1, -(-width // 8)))[:, :width].astype(np.float32)
    return np.ascontiguousarray(tiled)
