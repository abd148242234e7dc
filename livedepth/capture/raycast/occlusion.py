"""What keeps light from a point: spheres that stand for people, and near solids."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.records import place, to_local
from livedepth.capture.raycast.surfaces import gap
from livedepth.capture.raycast.vectors import Vector, advance, clamp, dot, smoothstep, subtract


@function
def sphere_occlusion(occluders: Any, owner: int, p: Vector, n: Vector) -> float:
    """Share of the hemisphere over p that stays open past the occluding spheres."""
    visible = 1.0
    for k in range(occluders.shape[0]):
        sphere = occluders[k]
        if sphere.owner == owner:
            continue
        to = subtract(place(sphere), p)
        square = dot(to, to)
        radius = sphere.radius
        if square > 36.0 * radius * radius:
            continue
        lean = clamp(0.5 + 0.5 * dot(n, to) / math.sqrt(square))
        visible *= 1.0 - 0.9 * lean * clamp(radius * radius / square)
    return visible


@function
def sphere_shadow(occluders: Any, owner: int, p: Vector, towards: Vector) -> float:
    """How much of a broad light in the unit direction `towards` reaches p."""
    visible = 1.0
    for k in range(occluders.shape[0]):
        sphere = occluders[k]
        if sphere.owner == owner:
            continue
        to = subtract(place(sphere), p)
        along = dot(to, towards)
        if along <= 0.0:
            continue
        miss = math.sqrt(max(dot(to, to) - along * along, 0.0)) - sphere.radius
        visible *= 0.25 + 0.75 * smoothstep(-0.35, 0.45, miss / (0.02 + along))
    return visible


@function
def contact(solids: Any, p: Vector, n: Vector, reach: float) -> float:
    """Ambient occlusion by nearby solids: how much nearer they come than the open half space."""
    near, far = advance(p, 0.25 * reach, n), advance(p, reach, n)
    closed_near, closed_far = 0.25 * reach, reach
    for i in range(solids.shape[0]):
        solid = solids[i]
        offset = subtract(far, place(solid))
        limit = solid.bound + reach
        if dot(offset, offset) > limit * limit:
            continue
        closed_far = min(closed_far, gap(solid, to_local(solid, offset)))
        offset = subtract(near, place(solid))
        closed_near = min(closed_near, gap(solid, to_local(solid, offset)))
    open_near = clamp(closed_near / (0.25 * reach))
    return (0.45 + 0.55 * open_near) * (0.35 + 0.65 * clamp(closed_far / reach))
