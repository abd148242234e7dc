"""Three-vectors as tuples of floats, and ramps between two levels."""

from __future__ import annotations

import math

from livedepth.capture.raycast.compiling import function

Vector = tuple[float, float, float]


@function
def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@function
def subtract(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


@function
def advance(a: Vector, step: float, b: Vector) -> Vector:
    return a[0] + step * b[0], a[1] + step * b[1], a[2] + step * b[2]


@function
def scale(a: Vector, factor: float) -> Vector:
    return a[0] * factor, a[1] * factor, a[2] * factor


@function
def multiply(a: Vector, b: Vector) -> Vector:
    return a[0] * b[0], a[1] * b[1], a[2] * b[2]


@function
def normalise(a: Vector) -> Vector:
    return scale(a, 1.0 / math.sqrt(dot(a, a) + 1e-30))


@function
def mix(a: Vector, b: Vector, weight: float) -> Vector:
    return (
        a[0] + weight * (b[0] - a[0]),
        a[1] + weight * (b[1] - a[1]),
        a[2] + weight * (b[2] - a[2]),
    )


@function
def clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@function
def smoothstep(low: float, high: float, value: float) -> float:
    t = clamp((value - low) / (high - low))
    return t * t * (3.0 - 2.0 * t)


@function
def below(value: float, edge: float, width: float) -> float:
    """1 where value < edge, 0 above, with a ramp of the given width between."""
    return clamp((edge - value) / width + 0.5)
