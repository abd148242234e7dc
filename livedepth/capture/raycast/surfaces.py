"""The outward normal at a surface point, and the signed distance of any point."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.records import extent
from livedepth.capture.raycast.tables import BOX, ELLIPSOID, FAR, FRUSTUM, ROUND_CONE
from livedepth.capture.raycast.vectors import Vector, dot, multiply, normalise


@function
def box_normal(p: Vector, half: Vector) -> Vector:
    x, y, z = abs(p[0]) - half[0], abs(p[1]) - half[1], abs(p[2]) - half[2]
    if x >= y and x >= z:
        return math.copysign(1.0, p[0]), 0.0, 0.0
    if y >= z:
        return 0.0, math.copysign(1.0, p[1]), 0.0
    return 0.0, 0.0, math.copysign(1.0, p[2])


@function
def round_cone_normal(p: Vector, size: Vector) -> Vector:
    length, first, last = size
    taper = first - last
    square = length * length - taper * taper
    height = min(max(length * p[1] - first * taper, 0.0), square)
    return normalise((p[0], p[1] - length * height / square, p[2]))


@function
def frustum_normal(p: Vector, size: Vector) -> Vector:
    bottom, half, top = size
    slope = (top - bottom) / (2.0 * half)
    across = math.sqrt(p[0] * p[0] + p[2] * p[2])
    outside = across - (0.5 * (top + bottom) + slope * p[1])
    if abs(p[1]) - half > outside:
        return 0.0, math.copysign(1.0, p[1]), 0.0
    return normalise((p[0], -slope * across, p[2]))


@function
def normal(solid: Any, p: Vector) -> Vector:
    """Unit normal of the solid at, or seen from, the local point p."""
    kind, size = solid.kind, extent(solid)
    if kind == ELLIPSOID:
        inverse = (1.0 / size[0], 1.0 / size[1], 1.0 / size[2])
        return normalise(multiply(multiply(p, inverse), inverse))
    if kind == ROUND_CONE:
        return round_cone_normal(p, size)
    if kind == BOX:
        return box_normal(p, size)
    if kind == FRUSTUM:
        return frustum_normal(p, size)
    return 0.0, 0.0, -1.0


@function
def ellipsoid_gap(p: Vector, radii: Vector) -> float:
    """Distance along the line to the centre, which stays sound for radii that differ much."""
    q = multiply(p, (1.0 / radii[0], 1.0 / radii[1], 1.0 / radii[2]))
    return math.sqrt(dot(p, p)) * (1.0 - 1.0 / (math.sqrt(dot(q, q)) + 1e-9))


@function
def box_gap(p: Vector, half: Vector) -> float:
    x, y, z = abs(p[0]) - half[0], abs(p[1]) - half[1], abs(p[2]) - half[2]
    ox, oy, oz = max(x, 0.0), max(y, 0.0), max(z, 0.0)
    return math.sqrt(ox * ox + oy * oy + oz * oz) + min(max(x, max(y, z)), 0.0)


@function
def round_cone_gap(p: Vector, size: Vector) -> float:
    length, first, last = size
    sine = (first - last) / length
    cosine = math.sqrt(max(1.0 - sine * sine, 0.0))
    across = math.sqrt(p[0] * p[0] + p[2] * p[2])
    k = cosine * p[1] - sine * across
    if k < 0.0:
        return math.sqrt(across * across + p[1] * p[1]) - first
    if k > cosine * length:
        return math.sqrt(across * across + (p[1] - length) ** 2) - last
    return across * cosine + p[1] * sine - first


@function
def gap(solid: Any, p: Vector) -> float:
    """Signed distance of the local point p to the solid: exact, or of the right order."""
    kind, size = solid.kind, extent(solid)
    if kind == ELLIPSOID:
        return ellipsoid_gap(p, size)
    if kind == ROUND_CONE:
        return round_cone_gap(p, size)
    if kind == BOX:
        return box_gap(p, size)
    if kind == FRUSTUM:
        across = math.sqrt(p[0] * p[0] + p[2] * p[2])
        radius = 0.5 * (size[0] + size[2]) + (size[2] - size[0]) * 0.5 * p[1] / size[1]
        x, y = across - radius, abs(p[1]) - size[1]
        return math.hypot(max(x, 0.0), max(y, 0.0)) + min(max(x, y), 0.0)
    return FAR
