"""What each pixel sees."""

from __future__ import annotations

from typing import Any

from livedepth.capture.raycast.compiling import function, inlined, kernel
from livedepth.capture.raycast.intersections import hit
from livedepth.capture.raycast.pinhole import ray
from livedepth.capture.raycast.records import place, to_local
from livedepth.capture.raycast.tables import NEAR, Tiles, World
from livedepth.capture.raycast.tiling import tile_box
from livedepth.capture.raycast.vectors import Vector, dot, subtract


@inlined
def nearest(
    solids: Any, members: Any, count: int, origin: Vector, direction: Vector, limit: float
) -> tuple[float, int]:
    """Distance to the first of the member solids before `limit`, and which: -1 for none."""
    best, index = limit, -1
    for m in range(count):
        i = members[m]
        solid = solids[i]
        offset = subtract(origin, place(solid))
        along = dot(offset, direction)
        bound = solid.bound
        if along * along < dot(offset, offset) - bound * bound or -along - bound > best:
            continue
        distance = hit(solid, to_local(solid, offset), to_local(solid, direction))
        if NEAR < distance < best:
            best, index = distance, i
    return best, index


@function
def cast_tile(
    depth: Any, hits: Any, matte: Any, world: World, tiles: Tiles, behind: Any, tile: int
) -> None:
    top, bottom, left, right = tile_box(tile, depth.shape[0], depth.shape[1])
    camera, solids = world.camera[0], world.solids
    eye = place(camera)
    members, count = tiles.members[tile], tiles.seen[tile]
    for y in range(top, bottom):
        for x in range(left, right):
            direction, cosine = ray(camera, x + 0.5, y + 0.5)
            limit = behind[y, x] / cosine
            distance, index = nearest(solids, members, count, eye, direction, limit)
            hits[y, x] = index
            if index >= 0:
                depth[y, x] = distance * cosine
                matte[y, x] = solids[index].subject


@kernel
def cast(
    depth: Any, hits: Any, matte: Any, world: World, tiles: Tiles, behind: Any, todo: Any
) -> None:
    """What each pixel centre sees before the depth `behind`: depth, index, matte.

    Where it sees nothing the index is -1, and depth and matte keep their values.
    """
    for tile in todo:
        cast_tile(depth, hits, matte, world, tiles, behind, tile)
