"""Which solids may be seen in which tile of the picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livedepth.capture.raycast.compiling import function, kernel
from livedepth.capture.raycast.pinhole import to_camera
from livedepth.capture.raycast.records import extent, place, to_world
from livedepth.capture.raycast.tables import (
    ELLIPSOID,
    FAR,
    FRUSTUM,
    NEAR,
    RING,
    ROUND_CONE,
    TILE,
    Tiles,
)
from livedepth.capture.raycast.vectors import Vector, advance


@function
def tile_box(tile: int, height: int, width: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right pixel limits of a tile."""
    across = (width + TILE - 1) // TILE
    top, left = tile // across * TILE, tile % across * TILE
    return top, min(top + TILE, height), left, min(left + TILE, width)


@function
def grow(bounds: Any, i: int, camera: Any, centre: Vector, a: Vector, b: Vector, c: Vector) -> None:
    """Widen the pixel bounds left, top, right, bottom of solid i by an ellipsoid.

    centre and the half axes a, b, c are in the camera's frame. A view plane through the eye that
    touches the ellipsoid has a slope which solves a quadratic; too near an eye there is none.
    """
    deep = a[2] ** 2 + b[2] ** 2 + c[2] ** 2
    square = centre[2] ** 2 - deep
    if centre[2] < math.sqrt(deep) + NEAR:
        bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3] = -FAR, -FAR, FAR, FAR
        return
    for axis in range(2):
        wide = a[axis] ** 2 + b[axis] ** 2 + c[axis] ** 2
        cross = a[axis] * a[2] + b[axis] * b[2] + c[axis] * c[2]
        half = centre[axis] * centre[2] - cross
        root = math.sqrt(max(half * half - square * (centre[axis] ** 2 - wide), 0.0))
        origin = camera.centre_x if axis == 0 else camera.centre_y
        low, high = (half - root) / square, (half + root) / square
        bounds[i, axis] = min(bounds[i, axis], origin + camera.focal * low)
        bounds[i, axis + 2] = max(bounds[i, axis + 2], origin + camera.focal * high)


@function
def grow_ball(bounds: Any, i: int, camera: Any, p: Vector, radius: float) -> None:
    right, down, forward = (radius, 0.0, 0.0), (0.0, radius, 0.0), (0.0, 0.0, radius)
    grow(bounds, i, camera, to_camera(camera, p), right, down, forward)


@function
def half_axis(camera: Any, solid: Any, v: Vector) -> Vector:
    """A vector of the solid's frame in the camera's."""
    return to_camera(camera, advance(place(camera), 1.0, to_world(solid, v)))


@kernel
def screen_bounds(camera: Any, solids: Any, melted: float) -> NDArray[np.float64]:
    """Pixel rectangle (n, 4) that surely holds each solid, grown by `melted` of its melt."""
    bounds = np.empty((solids.shape[0], 4))
    for i in range(solids.shape[0]):
        solid = solids[i]
        bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3] = FAR, FAR, -FAR, -FAR
        centre, size, kind = place(solid), extent(solid), solid.kind
        margin = melted * solid.melt
        if kind == ROUND_CONE:
            tip = to_world(solid, (0.0, size[0], 0.0))
            grow_ball(bounds, i, camera, centre, size[1] + margin)
            grow_ball(bounds, i, camera, advance(centre, 1.0, tip), size[2] + margin)
        elif kind == ELLIPSOID:
            a = half_axis(camera, solid, (size[0] + margin, 0.0, 0.0))
            b = half_axis(camera, solid, (0.0, size[1] + margin, 0.0))
            c = half_axis(camera, solid, (0.0, 0.0, size[2] + margin))
            grow(bounds, i, camera, to_camera(camera, centre), a, b, c)
        else:
            wide = max(size[0], size[2])
            half = size
            if kind == FRUSTUM:
                half = (wide, size[1], wide)
            elif kind == RING:
                half = (size[0], size[1], 0.0)
            for corner in range(8):
                x = half[0] if corner & 1 else -half[0]
                y = half[1] if corner & 2 else -half[1]
                z = half[2] if corner & 4 else -half[2]
                reach = to_world(solid, (x, y, z))
                grow_ball(bounds, i, camera, advance(centre, 1.0, reach), 0.0)
    return bounds


@function
def enlist(members: Any, filled: Any, needed: Any, bounds: Any, height: int, width: int) -> None:
    """Append each solid to the tiles its bounds touch: those with `needed`, once."""
    across = (width + TILE - 1) // TILE
    for i in range(bounds.shape[0]):
        left, top = max(bounds[i, 0] - 1.0, 0.0), max(bounds[i, 1] - 1.0, 0.0)
        right, bottom = min(bounds[i, 2] + 1.0, width - 0.5), min(bounds[i, 3] + 1.0, height - 0.5)
        if right <= left or bottom <= top:
            continue
        for row in range(int(top) // TILE, int(bottom) // TILE + 1):
            for column in range(int(left) // TILE, int(right) // TILE + 1):
                tile = row * across + column
                known = needed[tile] == 0
                for m in range(filled[tile]):
                    known = known or members[tile, m] == i
                if not known:
                    members[tile, filled[tile]] = i
                    filled[tile] += 1


@kernel
def bin_solids(cameras: Any, solids: Any, settled: int, height: int, width: int) -> Tiles:
    """The solids of each tile of a picture; active are those with an index below `settled`."""
    camera = cameras[0]
    total = ((height + TILE - 1) // TILE) * ((width + TILE - 1) // TILE)
    members = np.empty((total, solids.shape[0]), np.int16)
    count = np.zeros(total, np.int64)
    everywhere = np.ones(total, np.int64)
    enlist(members, count, everywhere, screen_bounds(camera, solids, 0.0), height, width)
    nearby = count.copy()
    enlist(members, nearby, count, screen_bounds(camera, solids, 1.0), height, width)
    active = [tile for tile in range(total) if count[tile] > 0 and members[tile, 0] < settled]
    return Tiles(np.array(active, np.int64), count, nearby, members)
