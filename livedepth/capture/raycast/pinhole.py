"""Rays out of the camera, and points into its picture."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.records import place
from livedepth.capture.raycast.vectors import Vector, dot, scale, subtract


@function
def ray(camera: Any, x: float, y: float) -> tuple[Vector, float]:
    """Unit world direction through the image point (x, y), and its cosine to the optical axis."""
    right, down = (x - camera.centre_x) / camera.focal, (y - camera.centre_y) / camera.focal
    cosine = 1.0 / math.sqrt(right * right + down * down + 1.0)
    direction = (
        camera.fx + right * camera.rx + down * camera.dx,
        camera.fy + right * camera.ry + down * camera.dy,
        camera.fz + right * camera.rz + down * camera.dz,
    )
    return scale(direction, cosine), cosine


@function
def to_camera(camera: Any, p: Vector) -> Vector:
    v = subtract(p, place(camera))
    return (
        dot(v, (camera.rx, camera.ry, camera.rz)),
        dot(v, (camera.dx, camera.dy, camera.dz)),
        dot(v, (camera.fx, camera.fy, camera.fz)),
    )


@function
def project(camera: Any, p: Vector) -> tuple[float, float]:
    """The image point, in pixels, of a world point before the camera."""
    right, down, forward = to_camera(camera, p)
    return (
        camera.centre_x + camera.focal * right / forward,
        camera.centre_y + camera.focal * down / forward,
    )
