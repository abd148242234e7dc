"""Pixels that need more than one ray."""

from __future__ import annotations

from typing import Any

from livedepth.capture.raycast.compiling import function, kernel
from livedepth.capture.raycast.tiling import tile_box


@function
def differs(
    depth: Any, hits: Any, solids: Any, settled: int, y: int, x: int, v: int, u: int
) -> bool:
    """Whether two pixels do not see one smooth surface, and not both what is settled already."""
    here, there = hits[y, x], hits[v, u]
    if here == there:
        return False
    if here < 0 or there < 0:
        return bool(0 <= max(here, there) < settled)
    if min(here, there) >= settled:
        return False
    one, other = solids[here], solids[there]
    if one.blend == 0 or one.blend != other.blend or one.material != other.material:
        return True
    return bool(abs(depth[v, u] - depth[y, x]) > 0.006)


@function
def mark_tile(edges: Any, depth: Any, hits: Any, solids: Any, settled: int, tile: int) -> None:
    height, width = edges.shape
    top, bottom, left, right = tile_box(tile, height, width)
    for y in range(top, bottom):
        for x in range(left, right):
            edges[y, x] = (
                (y > 0 and differs(depth, hits, solids, settled, y, x, y - 1, x))
                or (x > 0 and differs(depth, hits, solids, settled, y, x, y, x - 1))
                or (y + 1 < height and differs(depth, hits, solids, settled, y, x, y + 1, x))
                or (x + 1 < width and differs(depth, hits, solids, settled, y, x, y, x + 1))
            )


@kernel
def find_edges(edges: Any, depth: Any, hits: Any, solids: Any, settled: int, todo: Any) -> None:
    """1 where a pixel and a neighbour, one of an index below `settled`, see no one surface."""
    for tile in todo:
        mark_tile(edges, depth, hits, solids, settled, tile)
