"""Tiles lose nothing, and a frame divided among threads is the undivided one."""

from __future__ import annotations

import numpy as np
from raycast_support import FAR, HEIGHT, WIDTH, cast, scattered, world

from livedepth.capture.raycast.tables import TILE
from livedepth.capture.raycast.tiling import bin_solids


def test_sorting_into_tiles_loses_nothing() -> None:
    scene = world(*scattered())
    depth, hits, _ = cast(scene)
    nearest, index = np.full_like(depth, FAR), np.full_like(hits, -1)
    for i, single in enumerate(scene.solids):
        one = cast(world(single))[0]
        index[one < nearest] = i
        nearest = np.minimum(nearest, one)
    assert np.array_equal(depth, nearest)
    assert (hits != index).mean() < 1e-3, "but for ties"


def test_a_shared_frame_is_the_same_as_an_undivided_one() -> None:
    scene = world(*scattered())
    whole = cast(scene)
    tiles = bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    for part in (tiles.active[0::3], tiles.active[1::3]):
        for found, expected in zip(cast(scene, part.copy()), whole, strict=True):
            inside = np.zeros((HEIGHT + 8, WIDTH + 8), bool)
            across = -(-WIDTH // TILE)
            for tile in part:
                y, x = tile // across * TILE, tile % across * TILE
                inside[y : y + TILE, x : x + TILE] = True
            inside = inside[:HEIGHT, :WIDTH]
            assert np.array_equal(found[inside], expected[inside])
    assert sorted(set(tiles.active)) == sorted(tiles.active)
