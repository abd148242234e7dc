"""Painted things: book spines, printed posters and the view from a window."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.randomness import hashed, noise
from livedepth.capture.raycast.records import first, second, third
from livedepth.capture.raycast.vectors import Vector, below, clamp, mix, scale, smoothstep


@function
def books(m: Any, q: Vector) -> Vector:
    """Spines on a shelf: a gap of shade above, a rounded back, a label on some."""
    code, half_height, tint = int(m.variant), m.half_height, first(m)
    slot = q[0] / 0.036 + 100.0
    cell = math.floor(slot)
    start = cell + 0.18 + 0.35 * (hashed(cell, code, 1) - 0.5)
    if slot < start:
        cell -= 1
        start = cell + 0.18 + 0.35 * (hashed(cell, code, 1) - 0.5)
    finish = cell + 1.18 + 0.35 * (hashed(cell + 1, code, 1) - 0.5)
    across = (slot - start) / (finish - start)
    up = (q[1] + half_height) / (2.0 * half_height)
    tall = 0.66 + 0.3 * hashed(cell, code, 2)
    if hashed(cell, code, 7) < 0.08 or up > tall:
        return scale(tint, 0.10)
    hue = hashed(cell, code, 3)
    light = 0.25 + 0.6 * hashed(cell, code, 4)
    colour = (
        0.36 + 0.30 * math.cos(6.2832 * (hue + 0.02)),
        0.31 + 0.20 * math.cos(6.2832 * (hue + 0.28)),
        0.28 + 0.22 * math.cos(6.2832 * (hue + 0.45)),
    )
    if hashed(cell, code, 8) < 0.25:
        colour = (0.62, 0.56, 0.46)
    round_back = math.sqrt(max(1.0 - (2.0 * across - 1.0) ** 2, 0.0))
    label = abs(up - 0.72 * tall) < 0.035 or abs(up - 0.16 * tall) < 0.012
    if label and hashed(cell, code, 5) < 0.6:
        colour = mix(colour, (0.75, 0.62, 0.36), 0.7)
    return scale(colour, light * (0.35 + 0.65 * round_back))


@function
def poster(m: Any, q: Vector, pixel: float) -> Vector:
    """A printed landscape: a sun over three ridges, inside a mount."""
    half_width, half_height, seed = m.half_width, m.half_height, m.variant
    x, y = q[0] / half_width, q[1] / half_height
    width = pixel / half_height
    if max(abs(x) * half_width - half_width, abs(y) * half_height - half_height) > -0.022:
        return 0.78, 0.76, 0.71
    sky, ink, sun = first(m), second(m), third(m)
    colour = mix(sky, (0.80, 0.74, 0.62), 0.45 * clamp(0.5 - y))
    radius = math.hypot((x - 0.5 * math.sin(seed)) * half_width / half_height, y - 0.28)
    colour = mix(colour, sun, below(radius, 0.26, width))
    for ridge in range(3):
        height = -0.05 - 0.28 * ridge
        height += 0.16 * math.sin(2.3 * x + 1.7 * seed + 2.1 * ridge)
        height += 0.06 * math.sin(5.1 * x + 3.1 * seed - ridge)
        shade = mix(mix(sky, ink, 0.45), ink, 0.5 * ridge)
        colour = mix(colour, shade, below(y, height, width))
    return colour


@function
def outdoors(m: Any, q: Vector) -> Vector:
    """A bright, hazy view: sky, far trees, near shrubs."""
    sky, haze, green = first(m), second(m), third(m)
    colour = mix(haze, sky, clamp(q[1] * 0.9 + 0.25))
    cloud = noise(q[0] * 2.2, q[1] * 4.5, 3.0)
    colour = mix(colour, (1.0, 1.0, 1.0), 0.6 * smoothstep(0.5, 0.8, cloud) * clamp(q[1] * 2.0))
    x, y = 0.8 * q[0] + 0.6 * q[1], 0.8 * q[1] - 0.6 * q[0]
    for layer in range(2):
        height = -0.10 - 0.30 * layer + 0.28 * noise(q[0] * 3.5 + 7.0 * layer, 1.0 + layer, 0.0)
        height += 0.05 * noise(x * 17.0, y * 17.0, layer * 3.0)
        leaf = 0.35 + 0.5 * noise(x * 13.0, y * 13.0, 1.0 + layer)
        leaf += 0.5 * noise(y * 29.0, x * 29.0, 5.0 + layer)
        tone = scale(mix(mix(haze, green, 0.55), green, layer * 0.8), leaf)
        colour = mix(colour, tone, below(q[1], height, 0.03))
    return colour
