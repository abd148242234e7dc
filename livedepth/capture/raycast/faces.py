"""A face painted on a head: eyes, brows, mouth, cheeks and beard."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.randomness import noise
from livedepth.capture.raycast.records import first, second, third
from livedepth.capture.raycast.vectors import Vector, below, clamp, mix, scale, smoothstep


@function
def eyes(m: Any, q: Vector, skin: Vector, pixel: float) -> Vector:
    """The eye region on either side, over the skin colour: lids, white, iris, lash line."""
    side = math.copysign(1.0, q[0])
    size, openness, iris = m.eye_size, m.openness, third(m)
    x = (abs(q[0]) - 0.0325) / (0.0172 * size)
    y = (q[1] - 0.001 - 0.0012 * x) / (0.0098 * size)
    arc = max(1.0 - x * x, 0.0)
    width = pixel / (0.0098 * size)
    upper, lower = arc * (1.75 * openness - 0.75) + 0.05, -0.72 * math.sqrt(arc) * arc**0.25
    socket = math.exp(-(x * x) * 0.55 - (y - 0.55) ** 2 * 0.35)
    colour = scale(skin, 1.0 - 0.20 * socket)
    crease = math.exp(-(((y - upper - 0.42) / 0.16) ** 2)) * clamp(1.4 * arc)
    colour = scale(colour, 1.0 - 0.28 * crease)
    inside = below(y, upper, width) * below(lower, y, width) * below(abs(x), 1.0, width)
    if inside > 0.0:
        gx = x * 1.755 - (m.gaze_x * side)
        gy = y - 0.12 - m.gaze_y
        radius = math.hypot(gx, gy)
        white = scale((0.80, 0.77, 0.75), 1.0 - 0.45 * clamp(1.2 - (upper - y) * 1.6))
        ball = mix(white, scale(iris, 0.35), below(radius, 0.86, width))
        ball = mix(ball, scale(iris, 0.75 + 0.9 * clamp(-gy)), below(radius, 0.74, width))
        ball = mix(ball, (0.006, 0.006, 0.008), below(radius, 0.36, width))
        glint = math.hypot(gx * side + 0.26, gy - 0.30)
        ball = mix(ball, (1.5, 1.5, 1.5), below(glint, 0.17, width))
        colour = mix(colour, ball, inside)
    lash = below(abs(y - upper - 0.10), 0.17, width) * below(abs(x), 1.06, 0.15)
    colour = mix(colour, (0.02, 0.013, 0.011), 0.92 * lash)
    under = below(abs(y - lower + 0.03), 0.06, width) * below(abs(x), 0.95, 0.2)
    return mix(colour, scale(skin, 0.42), 0.6 * under)


@function
def brow(m: Any, q: Vector, colour: Vector, pixel: float) -> Vector:
    x = (abs(q[0]) - 0.034) / 0.0215
    middle = 0.0235 + m.brow_lift + 0.0035 * (1.0 - (x - 0.25) ** 2)
    thick = 0.0036 * (1.05 - 0.55 * smoothstep(-0.2, 1.1, x)) * m.brow_weight
    mask = below(abs(q[1] - middle), thick, pixel + 0.0016) * below(abs(x), 1.0, 0.25)
    return mix(colour, scale(second(m), 0.55), 0.85 * mask)


@function
def mouth(m: Any, q: Vector, skin: Vector, lip: Vector, pixel: float) -> Vector:
    """Lips, and teeth and tongue as far as the mouth is open."""
    opening, smile = m.opening, m.smile
    half = 0.0245 - 0.004 * opening
    x = q[0] / half
    arc = max(1.0 - x * x, 0.0)
    y = q[1] + 0.0660 - 0.0055 * smile * (x * x - 0.25)
    gap_top, gap_bottom = 0.0022 * opening * arc, -0.0125 * opening * arc
    bow = 1.0 - 0.22 * math.exp(-((x / 0.16) ** 2))
    top = gap_top + 0.0062 * bow * arc**0.75
    bottom = gap_bottom - 0.0078 * arc**0.8
    width = pixel + 0.0006
    shade = 1.0 - 0.20 * math.exp(-(((y - bottom + 0.004) / 0.004) ** 2)) * arc
    colour = scale(skin, shade)
    lips = below(y, top, width) * below(bottom, y, width)
    light = 0.80 + 0.35 * clamp((gap_bottom - y) / 0.008) if y < gap_bottom else 0.78
    colour = mix(colour, scale(lip, light), 0.85 * lips)
    open_mask = below(y, gap_top, width) * below(gap_bottom, y, width) * below(0.0, arc, 0.1)
    teeth = below(gap_top - 0.0048, y, width)
    inside = mix((0.10, 0.018, 0.018), (0.72, 0.69, 0.64), teeth)
    colour = mix(colour, inside, open_mask * clamp(opening * 6.0))
    seam = math.exp(-((y - gap_bottom) ** 2) / 1.1e-6) * below(abs(x), 1.03, 0.1)
    return scale(colour, 1.0 - 0.62 * seam * (1.0 - clamp(opening * 4.0)))


@function
def face(m: Any, q: Vector, pixel: float) -> Vector:
    """A painted face in head coordinates, looking to -z; colours: skin, hair, iris."""
    skin, hair = first(m), second(m)
    if q[2] > -0.02:
        return skin
    lip = mix((skin[0] * 0.86, skin[1] * 0.50, skin[2] * 0.50), (0.45, 0.10, 0.10), 0.30)
    cheek = math.exp(-((abs(q[0]) - 0.043) ** 2 + (q[1] + 0.034) ** 2) / 4.0e-4)
    warm = (skin[0], skin[1] * 0.72, skin[2] * 0.70)
    colour = mix(skin, warm, m.blush * cheek)
    tip = math.exp(-((q[0] / 0.014) ** 2) - ((q[1] + 0.036) / 0.012) ** 2)
    colour = mix(colour, warm, 0.35 * tip)
    if m.beard > 0.0:
        jaw = smoothstep(-0.030, -0.058, q[1] - 0.9 * max(abs(q[0]) - 0.02, 0.0))
        lip_gap = math.exp(-((q[0] / 0.021) ** 4) - ((q[1] + 0.0675) / 0.009) ** 4)
        grain = 0.75 + 0.5 * noise(q[0] * 500.0, q[1] * 300.0, q[2] * 300.0)
        beard = clamp(m.beard * jaw * (1.0 - lip_gap) * grain)
        colour = mix(colour, scale(hair, 0.8), beard)
    if -0.1 < q[1] < -0.04 and abs(q[0]) < 0.034:
        return mouth(m, q, colour, lip, pixel)
    if abs(q[1]) < 0.05:
        return brow(m, q, eyes(m, q, colour, pixel), pixel)
    return colour
