"""The linear light of pixels: one ray each, or four where the picture has an edge."""

from __future__ import annotations

from typing import Any

from livedepth.capture.raycast.casting import nearest
from livedepth.capture.raycast.compiling import function, kernel
from livedepth.capture.raycast.pinhole import ray
from livedepth.capture.raycast.records import place
from livedepth.capture.raycast.shading import shade
from livedepth.capture.raycast.tables import Tiles, World
from livedepth.capture.raycast.tiling import tile_box
from livedepth.capture.raycast.vectors import advance


@function
def light_tile(
    colour: Any,
    depth: Any,
    hits: Any,
    world: World,
    tiles: Tiles,
    settled: int,
    reach: float,
    tile: int,
) -> None:
    top, bottom, left, right = tile_box(tile, depth.shape[0], depth.shape[1])
    camera, solids, air = world.camera[0], world.solids, world.air[0]
    eye = place(camera)
    materials, lights, occluders = world.materials, world.lights, world.occluders
    members, nearby = tiles.members[tile], tiles.nearby[tile]
    for y in range(top, bottom):
        for x in range(left, right):
            index = int(hits[y, x])
            if index < 0 or index >= settled:
                continue
            direction, cosine = ray(camera, x + 0.5, y + 0.5)
            value = shade(
                solids, materials, lights, occluders, air, members, nearby, index,
                eye, direction, depth[y, x] / cosine, cosine / camera.focal, reach,
            )  # fmt: skip
            colour[y, x, 0], colour[y, x, 1], colour[y, x, 2] = value


@kernel
def light_surfaces(
    colour: Any,
    depth: Any,
    hits: Any,
    world: World,
    tiles: Tiles,
    settled: int,
    reach: float,
    todo: Any,
) -> None:
    """Linear RGB of every hit of an index below `settled`; the others keep their colour."""
    for tile in todo:
        light_tile(colour, depth, hits, world, tiles, settled, reach, tile)


@function
def sample_tile(
    colour: Any,
    matte: Any,
    edges: Any,
    world: World,
    tiles: Tiles,
    behind: Any,
    backdrop: Any,
    reach: float,
    tile: int,
) -> None:
    top, bottom, left, right = tile_box(tile, edges.shape[0], edges.shape[1])
    camera, solids, air = world.camera[0], world.solids, world.air[0]
    eye = place(camera)
    materials, lights, occluders = world.materials, world.lights, world.occluders
    members, count, nearby = tiles.members[tile], tiles.seen[tile], tiles.nearby[tile]
    for y in range(top, bottom):
        for x in range(left, right):
            if not edges[y, x]:
                continue
            total, cover = (0.0, 0.0, 0.0), 0.0
            for corner in range(4):
                u = x + 0.125 + 0.25 * corner
                v = y + 0.125 + 0.25 * ((2 * corner + 1) % 5)
                direction, cosine = ray(camera, u, v)
                limit = behind[y, x] / cosine
                distance, index = nearest(solids, members, count, eye, direction, limit)
                value = (backdrop[y, x, 0], backdrop[y, x, 1], backdrop[y, x, 2])
                if index >= 0:
                    value = shade(
                        solids, materials, lights, occluders, air, members, nearby, index,
                        eye, direction, distance, cosine / camera.focal, reach,
                    )  # fmt: skip
                    cover += solids[index].subject
                total = advance(total, 0.25, value)
            colour[y, x, 0], colour[y, x, 1], colour[y, x, 2] = total
            matte[y, x] = 0.25 * cover


@kernel
def supersample(
    colour: Any,
    matte: Any,
    edges: Any,
    world: World,
    tiles: Tiles,
    behind: Any,
    backdrop: Any,
    reach: float,
    todo: Any,
) -> None:
    """Four rotated-grid rays for every marked pixel: mean colour, share that sees a subject."""
    for tile in todo:
        sample_tile(colour, matte, edges, world, tiles, behind, backdrop, reach, tile)
