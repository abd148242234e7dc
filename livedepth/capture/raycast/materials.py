"""The colour of any material."""

from __future__ import annotations

from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.faces import face
from livedepth.capture.raycast.pictures import books, outdoors, poster
from livedepth.capture.raycast.records import first, second
from livedepth.capture.raycast.tables import (
    BOOKS,
    CHECKS,
    FACE,
    HAIR,
    KNIT,
    LEAF,
    OUTDOORS,
    PLAIN,
    PLANKS,
    PLASTER,
    POSTER,
    STRIPES,
    WALLPAPER,
    WOOD,
)
from livedepth.capture.raycast.textures import (
    clothing,
    fabric,
    hair_colour,
    leaf,
    planks,
    plaster,
    wallpaper,
    wood,
)
from livedepth.capture.raycast.vectors import Vector


@function
def albedo(m: Any, q: Vector, pixel: float) -> Vector:
    """Linear RGB of a material at texture point q, where a pixel covers `pixel` metres."""
    pattern, period = m.pattern, m.scale
    a, b = first(m), second(m)
    if pattern == PLAIN:
        return a
    if pattern in (STRIPES, CHECKS, KNIT):
        return clothing(pattern, a, b, q, period, pixel)
    if pattern == FACE:
        return face(m, q, pixel)
    if pattern == HAIR:
        return hair_colour(a, b, q, period, pixel)
    if pattern == WOOD:
        return wood(a, b, q, period)
    if pattern == PLANKS:
        return planks(a, b, q, pixel)
    if pattern == PLASTER:
        return plaster(a, q)
    if pattern == WALLPAPER:
        return wallpaper(a, b, q, period, pixel)
    if pattern == BOOKS:
        return books(m, q)
    if pattern == POSTER:
        return poster(m, q, pixel)
    if pattern == OUTDOORS:
        return outdoors(m, q)
    if pattern == LEAF:
        return leaf(a, b, q)
    return fabric(a, b, q, period, pixel)
