"""Rotation matrices (3, 3) that carry a solid's own axes into the world's."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from livedepth.capture.scene.colours import Triple

Floats = NDArray[np.float64]
UPRIGHT: Floats = np.eye(3)


def turn_x(angle: float) -> Floats:
    """Rotation by `angle` radians about x: y towards z."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])


def turn_y(angle: float) -> Floats:
    """Rotation by `angle` radians about y: z towards x."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])


def turn_z(angle: float) -> Floats:
    """Rotation by `angle` radians about z: x towards y."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def aim(along: Floats, front: Floats) -> Floats:
    """Rotation whose y axis is `along` and whose z axis leans towards `front`."""
    y = along / np.linalg.norm(along)
    z = front - y * float(front @ y)
    z = z / np.linalg.norm(z)
    return np.stack((np.cross(y, z), y, z), axis=1)


def rotation_along(start: Triple, end: Triple) -> tuple[Floats, float]:
    """Rotation that carries +y from start towards end, and how far apart they are."""
    axis = np.subtract(end, start)
    length = float(np.linalg.norm(axis))
    upright = abs(axis[2]) > 0.95 * length
    return aim(axis, np.array((0.0, 1.0, 0.0) if upright else (0.0, 0.0, 1.0))), length
