"""Distance along a unit ray to a primitive in its own frame, FAR for a miss."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.records import extent
from livedepth.capture.raycast.tables import BOX, ELLIPSOID, FAR, FRUSTUM, NEAR, ROUND_CONE
from livedepth.capture.raycast.vectors import Vector, dot, multiply


@function
def hit_ellipsoid(origin: Vector, direction: Vector, radii: Vector) -> float:
    inverse = (1.0 / radii[0], 1.0 / radii[1], 1.0 / radii[2])
    o = multiply(origin, inverse)
    d = multiply(direction, inverse)
    a, b, c = dot(d, d), dot(o, d), dot(o, o) - 1.0
    discriminant = b * b - a * c
    if discriminant < 0.0:
        return FAR
    return (-b - math.sqrt(discriminant)) / a


@function
def hit_box(origin: Vector, direction: Vector, half: Vector) -> float:
    enter, leave = -FAR, FAR
    for axis in range(3):
        d = direction[axis]
        if abs(d) < 1e-12:
            d = 1e-12
        middle = -origin[axis] / d
        reach = half[axis] / abs(d)
        enter = max(enter, middle - reach)
        leave = min(leave, middle + reach)
    if enter > leave:
        return FAR
    return enter


@function
def hit_round_cone(origin: Vector, direction: Vector, size: Vector) -> float:
    length, first, last = size
    end = (origin[0], origin[1] - length, origin[2])
    taper = first - last
    square = length * length - taper * taper
    along, slope = length * origin[1], length * direction[1]
    to_first, to_last = dot(direction, origin), dot(direction, end)
    k2 = square - slope * slope
    k1 = square * to_first - along * slope + slope * taper * first
    k0 = square * dot(origin, origin) - along * along
    k0 += (2.0 * along * taper - length * length * first) * first
    discriminant = k1 * k1 - k0 * k2
    if discriminant < 0.0:
        return FAR
    distance = (-math.sqrt(discriminant) - k1) / k2
    height = along - first * taper + distance * slope
    if 0.0 < height < square:
        return distance
    best = FAR
    cap = to_first * to_first - dot(origin, origin) + first * first
    if cap > 0.0:
        best = -to_first - math.sqrt(cap)
    cap = to_last * to_last - dot(end, end) + last * last
    if cap > 0.0:
        best = min(best, -to_last - math.sqrt(cap))
    return best


@function
def hit_frustum(origin: Vector, direction: Vector, size: Vector) -> float:
    bottom, half, top = size
    slope = (top - bottom) / (2.0 * half)
    radius = 0.5 * (top + bottom) + slope * origin[1]
    climb = slope * direction[1]
    a = direction[0] ** 2 + direction[2] ** 2 - climb * climb
    b = origin[0] * direction[0] + origin[2] * direction[2] - radius * climb
    c = origin[0] ** 2 + origin[2] ** 2 - radius * radius
    best = FAR
    discriminant = b * b - a * c
    if discriminant > 0.0 and abs(a) > 1e-12:
        root = math.sqrt(discriminant)
        for distance in ((-b - root) / a, (-b + root) / a):
            y = origin[1] + distance * direction[1]
            if NEAR < distance < best and abs(y) < half and radius + distance * climb > 0.0:
                best = distance
    if abs(direction[1]) > 1e-9:
        for cap in (-half, half):
            distance = (cap - origin[1]) / direction[1]
            x, z = origin[0] + distance * direction[0], origin[2] + distance * direction[2]
            limit = bottom if cap < 0.0 else top
            if NEAR < distance < best and x * x + z * z < limit * limit:
                best = distance
    return best


@function
def hit_ring(origin: Vector, direction: Vector, size: Vector) -> float:
    if abs(direction[2]) < 1e-9:
        return FAR
    distance = -origin[2] / direction[2]
    x = (origin[0] + distance * direction[0]) / size[0]
    y = (origin[1] + distance * direction[1]) / size[1]
    radius = math.sqrt(math.sqrt(x**4 + y**4))
    if size[2] < radius < 1.0:
        return distance
    return FAR


@function
def hit(solid: Any, origin: Vector, direction: Vector) -> float:
    kind, size = solid.kind, extent(solid)
    if kind == ELLIPSOID:
        return hit_ellipsoid(origin, direction, size)
    if kind == ROUND_CONE:
        return hit_round_cone(origin, direction, size)
    if kind == BOX:
        return hit_box(origin, direction, size)
    if kind == FRUSTUM:
        return hit_frustum(origin, direction, size)
    return hit_ring(origin, direction, size)
