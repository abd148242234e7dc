"""The light that a ray brings back from where it hits."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function, inlined
from livedepth.capture.raycast.materials import albedo
from livedepth.capture.raycast.occlusion import contact, sphere_occlusion, sphere_shadow
from livedepth.capture.raycast.records import first, place, second, to_local, to_texture, to_world
from livedepth.capture.raycast.surfaces import gap, normal
from livedepth.capture.raycast.tables import RING
from livedepth.capture.raycast.vectors import (
    Vector,
    advance,
    dot,
    mix,
    multiply,
    normalise,
    scale,
    subtract,
)


@function
def highlight(n: Vector, towards: Vector, view: Vector) -> float:
    """A broad and a tight mirrored lobe: powers 12 and 48 of the half-angle cosine."""
    peak = max(dot(n, normalise(subtract(towards, view))), 0.0) ** 2
    broad = (peak * peak * peak) ** 2
    return 0.15 * broad + 0.85 * broad**4


@inlined
def radiance(
    m: Any,
    lights: Any,
    air: Any,
    p: Vector,
    n: Vector,
    view: Vector,
    ambient: float,
    key: float,
) -> tuple[Vector, float]:
    """Diffuse light that arrives at p, and the mirrored highlight, for one material."""
    total = scale(mix(second(air), first(air), 0.5 + 0.5 * n[1]), ambient)
    shine, share = 0.0, 1.0 / (1.0 + m.wrap)
    bounced = 0.35 + 0.65 * ambient
    for k in range(lights.shape[0]):
        light = lights[k]
        to = subtract(place(light), p)
        square = dot(to, to)
        root, faded = math.sqrt(square), square + light.radius**2
        cosine = dot(n, to) + m.wrap * root
        if cosine <= 0.0:
            continue
        inverse = (key if k == 0 else bounced) / (root * faded)
        colour = (light.red, light.green, light.blue)
        total = advance(total, cosine * share * inverse, colour)
        if m.gloss > 0.0:
            lobe = highlight(n, scale(to, 1.0 / root), view)
            shine += m.gloss * inverse * root * light.green * lobe
    edge = 1.0 - abs(dot(n, view))
    return advance(total, 0.55 * ambient * edge * edge * edge, first(air)), shine


@inlined
def smooth_normal(solids: Any, members: Any, count: int, index: int, p: Vector) -> Vector:
    """Normal at p of solid `index`, melted into those of its blend group."""
    solid = solids[index]
    local = to_local(solid, subtract(p, place(solid)))
    total = to_world(solid, normal(solid, local))
    if solid.blend == 0:
        return total
    for m in range(count):
        i = members[m]
        other = solids[i]
        if i == index or other.blend != solid.blend:
            continue
        offset = subtract(p, place(other))
        limit = other.bound + solid.melt
        if dot(offset, offset) > limit * limit:
            continue
        local = to_local(other, offset)
        weight = 1.0 - abs(gap(other, local)) / solid.melt
        if weight > 0.0:
            total = advance(total, weight * weight, to_world(other, normal(other, local)))
    return normalise(total)


@inlined
def shade(
    solids: Any,
    materials: Any,
    lights: Any,
    occluders: Any,
    air: Any,
    members: Any,
    count: int,
    index: int,
    origin: Vector,
    direction: Vector,
    distance: float,
    pixel: float,
    reach: float,
) -> Vector:
    """Linear RGB seen along a ray that hits solid `index`; reach > 0 adds contact shade."""
    solid = solids[index]
    material = materials[solid.material]
    p = advance(origin, distance, direction)
    q = to_texture(solid, to_local(solid, subtract(p, place(solid))))
    colour = albedo(material, q, pixel * distance)
    n = smooth_normal(solids, members, count, index, p)
    if material.glow > 0.0:
        return scale(colour, material.glow * (0.45 + 0.55 * abs(dot(n, direction))))
    if solid.kind == RING and dot(n, direction) > 0.0:
        n = scale(n, -1.0)
    ambient = sphere_occlusion(occluders, solid.blend, p, n)
    if reach > 0.0:
        ambient *= contact(solids, p, n, reach)
    key_light = normalise(subtract(place(lights[0]), p))
    key = sphere_shadow(occluders, solid.blend, p, key_light)
    light, shine = radiance(material, lights, air, p, n, direction, ambient, key)
    return advance((shine, shine, shine), 1.0, multiply(colour, light))
