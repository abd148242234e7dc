"""Light and coverage of pixels at and inside an outline."""

from __future__ import annotations

import math

import numpy as np
import pytest
from raycast_support import FAR, FOCAL, HEIGHT, WIDTH, cast, solid, world

from livedepth.capture.raycast.edges import find_edges
from livedepth.capture.raycast.painting import light_surfaces, supersample
from livedepth.capture.raycast.tables import ELLIPSOID
from livedepth.capture.raycast.tiling import bin_solids


def test_edges_are_soft_and_the_inside_is_not() -> None:
    scene = world(solid(ELLIPSOID, (0, 0, 2.0), (0.4, 0.4, 0.4)))
    depth, hits, matte = cast(scene)
    tiles = bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    edges = np.zeros((HEIGHT, WIDTH), np.uint8)
    find_edges(edges, depth, hits, scene.solids, 1, tiles.active)
    colour = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    backdrop = np.full_like(colour, 0.25)
    behind = np.full((HEIGHT, WIDTH), FAR, np.float32)
    light_surfaces(colour, depth, hits, scene, tiles, 1, 0.0, tiles.active)
    assert (colour[hits == 0] > 0).all()
    supersample(colour, matte, edges, scene, tiles, behind, backdrop, 0.0, tiles.active)
    assert set(np.unique(matte)) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    assert (matte[(hits == 0) & (edges == 0)] == 1).all()
    radius = FOCAL / math.sqrt((2.0 / 0.4) ** 2 - 1)
    assert matte.sum() == pytest.approx(math.pi * radius**2, rel=0.005)
