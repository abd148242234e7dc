"""What the tests of the ray-caster share: small worlds, a camera, rays and plain marching."""

from __future__ import annotations

import math

import numpy as np

from livedepth.capture.raycast import casting
from livedepth.capture.raycast.tables import (
    AIR,
    BOX,
    CAMERA,
    ELLIPSOID,
    FRUSTUM,
    LIGHT,
    MATERIAL,
    OCCLUDER,
    RING,
    ROUND_CONE,
    SOLID,
    Table,
    World,
)
from livedepth.capture.raycast.tiling import bin_solids

WIDTH, HEIGHT, FOCAL = 161, 93, 140.0
FAR = np.float32(50.0)


def camera() -> Table:
    """At the origin, level, looking along +z, with y up."""
    axes = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)
    return np.array([(FOCAL, WIDTH / 2, HEIGHT / 2, 0.0, 0.0, 0.0, *axes)], CAMERA)


def solid(kind: int, centre: tuple, size: tuple, rotation: np.ndarray | None = None) -> np.void:
    row = np.zeros(1, SOLID)
    row["kind"], row["subject"] = kind, 1.0
    row["x"], row["y"], row["z"] = centre
    row["a"], row["b"], row["c"] = size
    row["bound"] = 2.0 * max(size) + 0.001
    for i, j in np.ndindex(3, 3):
        row[f"r{i}{j}"] = (np.eye(3) if rotation is None else rotation)[i, j]
        row[f"w{i}{j}"] = float(i == j)
    return row[0]


def world(*solids: np.void) -> World:
    materials = np.zeros(1, MATERIAL)
    for name in ("red1", "green1", "blue1", "scale"):
        materials[name] = 0.5
    lights = np.array([(0.0, 3.0, 0.0, 9.0, 9.0, 9.0, 0.3)], LIGHT)
    air = np.array([(0.3, 0.3, 0.3, 0.2, 0.2, 0.2)], AIR)
    table = np.array(list(solids), SOLID)
    return World(camera(), table, materials, lights, np.zeros(0, OCCLUDER), air)


def tilted(angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    about_z = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    return about_z @ about_x


def cast(scene: World, todo: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth, hits and matte of the scene before FAR."""
    tiles = bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    behind = np.full((HEIGHT, WIDTH), FAR, np.float32)
    depth, hits = behind.copy(), np.full(behind.shape, -1, np.int16)
    matte = np.zeros(behind.shape, np.float32)
    work = tiles.active if todo is None else todo
    casting.cast(depth, hits, matte, scene, tiles, behind, work)
    return depth, hits, matte


def rays() -> np.ndarray:
    """Directions (h, w, 3) of depth one through the pixel centres."""
    x = (np.arange(WIDTH) + 0.5 - WIDTH / 2) / FOCAL
    y = -(np.arange(HEIGHT) + 0.5 - HEIGHT / 2) / FOCAL
    return np.stack([*np.meshgrid(x, y), np.ones((HEIGHT, WIDTH))], axis=-1)


def march(gap, steps: int = 400) -> np.ndarray:
    """Depth by walking as far as the distance function allows; FAR where it leads past 6 m."""
    direction = rays()
    length = np.linalg.norm(direction, axis=-1)
    depth = np.zeros((HEIGHT, WIDTH))
    for _ in range(steps):
        depth += np.clip(gap(direction * depth[..., None]), -0.1, None) / length
        depth = np.minimum(depth, 7.0)
    return np.where(depth < 6.0, depth, FAR)


def same_depth(found: np.ndarray, expected: np.ndarray) -> None:
    """Equal within a tenth of a millimetre, but where a ray grazes: there walking is not exact."""
    both = (found < FAR) & (expected < FAR)
    assert both.sum() > 400
    assert (np.abs(found - expected)[both] > 1e-4).mean() < 0.002
    assert ((found < FAR) != (expected < FAR)).mean() < 0.004


def scattered(count: int = 40) -> list[np.void]:
    rng = np.random.default_rng(5)
    kinds = (ELLIPSOID, BOX, ROUND_CONE, FRUSTUM, RING)
    return [
        solid(
            kinds[i % 5],
            (rng.uniform(-1.5, 1.5), rng.uniform(-1, 1), rng.uniform(0.4, 4)),
            (rng.uniform(0.2, 0.3), rng.uniform(0.05, 0.2), rng.uniform(0.05, 0.2)),
            tilted(rng.uniform(0, 6)),
        )
        for i in range(count)
    ]
