"""Motion against the projection of moved points."""

from __future__ import annotations

import numpy as np
from raycast_support import FOCAL, HEIGHT, WIDTH, cast, rays, solid, tilted, world

from livedepth.capture.raycast.motion import move_surfaces
from livedepth.capture.raycast.tables import BOX
from livedepth.capture.raycast.tiling import bin_solids


def test_motion_is_the_projected_move() -> None:
    turned, step = tilted(0.3), np.array([0.03, -0.02, 0.05])
    scene = world(solid(BOX, (0, 0, 2.0), (0.4, 0.3, 0.2)))
    later = world(solid(BOX, tuple(np.array([0, 0, 2.0]) + step), (0.4, 0.3, 0.2), turned))
    depth, hits, _ = cast(scene)
    tiles = bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    motion = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    move_surfaces(motion, depth, hits, scene.camera, scene.solids, later.solids, 1, tiles.active)
    seen = hits == 0
    before = rays() * depth[..., None]
    after = (before - [0, 0, 2.0]) @ turned.T + [0, 0, 2.0] + step
    expected = (
        FOCAL * (after[..., :2] / after[..., 2:] - before[..., :2] / before[..., 2:]) * [1, -1]
    )
    assert np.abs(motion - expected)[seen].max() < 1e-3
    assert (motion[~seen] == 0).all()
