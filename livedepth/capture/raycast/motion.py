"""How far each visible point moves in the picture."""

from __future__ import annotations

from typing import Any

from livedepth.capture.raycast.compiling import function, kernel
from livedepth.capture.raycast.pinhole import project, ray
from livedepth.capture.raycast.records import place, to_local, to_world
from livedepth.capture.raycast.tiling import tile_box
from livedepth.capture.raycast.vectors import advance, subtract


@function
def move_tile(
    motion: Any,
    depth: Any,
    hits: Any,
    cameras: Any,
    solids: Any,
    later: Any,
    settled: int,
    tile: int,
) -> None:
    camera = cameras[0]
    eye = place(camera)
    top, bottom, left, right = tile_box(tile, depth.shape[0], depth.shape[1])
    for y in range(top, bottom):
        for x in range(left, right):
            i = hits[y, x]
            if i < 0 or i >= settled:
                continue
            direction, cosine = ray(camera, x + 0.5, y + 0.5)
            p = advance(eye, depth[y, x] / cosine, direction)
            local = to_local(solids[i], subtract(p, place(solids[i])))
            moved = advance(place(later[i]), 1.0, to_world(later[i], local))
            u, v = project(camera, moved)
            motion[y, x, 0] = u - x - 0.5
            motion[y, x, 1] = v - y - 0.5


@kernel
def move_surfaces(
    motion: Any,
    depth: Any,
    hits: Any,
    cameras: Any,
    solids: Any,
    later: Any,
    settled: int,
    todo: Any,
) -> None:
    """Pixels from each hit of an index below `settled` to where its solid carries it."""
    for tile in todo:
        move_tile(motion, depth, hits, cameras, solids, later, settled, tile)
