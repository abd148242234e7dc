"""Procedural textures of cloth, timber, walls and plants: linear RGB at a texture point."""

from __future__ import annotations

import math

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.randomness import hashed, noise
from livedepth.capture.raycast.tables import KNIT, STRIPES
from livedepth.capture.raycast.vectors import Vector, below, clamp, mix, scale, smoothstep


@function
def stripes(position: float, duty: float, width: float) -> float:
    """Anti-aliased stripes of period one: 1 inside the stripe; width is the pixel in periods."""
    phase = position - math.floor(position)
    edge = abs(phase - 0.5) - 0.5 * duty
    fade = clamp(2.0 - 3.0 * width)
    return duty + (below(edge, 0.0, max(width, 0.01)) - duty) * fade


@function
def knit_relief(q: Vector, pixel: float) -> float:
    """Brightness of knitted rows about 1, fading out where a pixel covers several stitches."""
    fade = clamp(1.6 - pixel / 0.0022)
    if fade <= 0.0:
        return 1.0
    column = q[0] / 0.007
    lean = abs(column - math.floor(column) - 0.5)
    row = q[1] / 0.0062 + lean
    row -= math.floor(row)
    return 1.0 + fade * (0.8 * row * (1.0 - row) - 0.16 * (0.5 - lean) ** 2 - 0.13)


@function
def clothing(pattern: int, a: Vector, b: Vector, q: Vector, period: float, pixel: float) -> Vector:
    relief = knit_relief(q, pixel)
    if pattern == KNIT:
        return scale(a, relief)
    width = pixel / period
    level = stripes(q[1] / period, 0.42, width)
    if pattern == STRIPES:
        return scale(mix(a, b, level), relief)
    across = stripes(q[0] / period + 0.25, 0.42, width)
    thread = stripes(q[0] / period + 0.75, 0.06, width)
    colour = mix(a, b, 0.5 * (level + across))
    return scale(mix(colour, (0.8, 0.76, 0.66), 0.4 * thread), relief)


@function
def fabric(a: Vector, b: Vector, q: Vector, period: float, pixel: float) -> Vector:
    fade = clamp(1.5 - 2.0 * pixel / period)
    weave = math.sin(6.2832 * q[0] / period) * math.sin(6.2832 * (q[1] + q[2]) / period)
    return mix(a, b, 0.5 + 0.5 * weave * fade)


@function
def wallpaper(a: Vector, b: Vector, q: Vector, period: float, pixel: float) -> Vector:
    along = q[0] + q[2]
    wide = stripes(along / period, 0.5, pixel / period)
    thin = stripes(along / period + 0.25, 0.05, pixel / period)
    return mix(mix(a, b, wide), (0.8, 0.72, 0.5), 0.3 * thin)


@function
def plaster(a: Vector, q: Vector) -> Vector:
    fine = noise(q[0] * 90.0, q[1] * 90.0, q[2] * 90.0)
    broad = noise(q[0] * 2.0, q[1] * 2.0, q[2] * 2.0)
    return scale(a, 0.93 + 0.05 * fine + 0.09 * broad)


@function
def wood(a: Vector, b: Vector, q: Vector, frequency: float) -> Vector:
    s = frequency
    warp = noise(q[0] * 1.7 * s, q[1] * 6.0 * s, q[2] * 6.0 * s)
    grain = noise(q[0] * 3.0 * s, q[1] * 60.0 * s, q[2] * 60.0 * s)
    rings = 0.5 + 0.5 * math.sin(18.0 * warp + 9.0 * s * (q[1] + q[2]))
    return scale(mix(a, b, 0.75 * rings), 0.88 + 0.24 * grain)


@function
def planks(a: Vector, b: Vector, q: Vector, pixel: float) -> Vector:
    row = math.floor(q[0] / 0.14)
    along = q[2] / 1.3 + hashed(int(row), 3, 5)
    board = math.floor(along)
    tone = hashed(int(row), int(board), 11)
    seam = min(abs(q[0] / 0.14 - row - 0.5) * 2.0, 1.0)
    colour = wood(mix(a, b, 0.35 * tone), b, (q[2], q[0] + tone * 7.0, q[1]), 0.6)
    dark = 1.0 - 0.45 * smoothstep(0.93, 0.99, seam) * clamp(0.02 / pixel)
    return scale(colour, (0.85 + 0.3 * tone) * dark)


@function
def hair_colour(a: Vector, b: Vector, q: Vector, frequency: float, pixel: float) -> Vector:
    strand = noise(q[0] * 260.0 * frequency, q[1] * 30.0, q[2] * 160.0 * frequency)
    lock = math.sin(q[0] * 95.0 * frequency + 3.0 * math.sin(q[1] * 28.0) + q[2] * 60.0)
    fade = clamp(1.5 - pixel / 0.003)
    return scale(mix(a, b, 0.45 + 0.35 * lock), 0.9 + fade * 0.7 * (strand - 0.5))


@function
def leaf(a: Vector, b: Vector, q: Vector) -> Vector:
    vein = math.exp(-((q[0] / 0.004) ** 2))
    side = 0.5 + 0.5 * math.sin((q[1] - 1.2 * abs(q[0])) * 260.0)
    return mix(mix(a, b, 0.25 * side), b, 0.6 * vein)
