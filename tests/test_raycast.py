"""The ray-casting kernels against plain NumPy and closed formulas, on odd sizes."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest

from livedepth.capture import raycast
from livedepth.capture.raycast import Table, World

WIDTH, HEIGHT, FOCAL = 161, 93, 140.0
FAR = np.float32(50.0)


def camera() -> Table:
    """At the origin, level, looking along +z, with y up."""
    axes = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0)
    return np.array([(FOCAL, WIDTH / 2, HEIGHT / 2, 0.0, 0.0, 0.0, *axes)], raycast.CAMERA)


def solid(kind: int, centre: tuple, size: tuple, rotation: np.ndarray | None = None) -> np.void:
    row = np.zeros(1, raycast.SOLID)
    row["kind"], row["subject"] = kind, 1.0
    row["x"], row["y"], row["z"] = centre
    row["a"], row["b"], row["c"] = size
    row["bound"] = 2.0 * max(size) + 0.001
    for i, j in np.ndindex(3, 3):
        row[f"r{i}{j}"] = (np.eye(3) if rotation is None else rotation)[i, j]
        row[f"w{i}{j}"] = float(i == j)
    return row[0]


def world(*solids: np.void) -> World:
    materials = np.zeros(1, raycast.MATERIAL)
    for name in ("red1", "green1", "blue1", "scale"):
        materials[name] = 0.5
    lights = np.array([(0.0, 3.0, 0.0, 9.0, 9.0, 9.0, 0.3)], raycast.LIGHT)
    air = np.array([(0.3, 0.3, 0.3, 0.2, 0.2, 0.2)], raycast.AIR)
    table = np.array(list(solids), raycast.SOLID)
    return World(camera(), table, materials, lights, np.zeros(0, raycast.OCCLUDER), air)


def tilted(angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    about_z = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    return about_z @ about_x


def cast(scene: World, todo: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth, hits and matte of the scene before FAR."""
    tiles = raycast.bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    behind = np.full((HEIGHT, WIDTH), FAR, np.float32)
    depth, hits = behind.copy(), np.full(behind.shape, -1, np.int16)
    matte = np.zeros(behind.shape, np.float32)
    work = tiles.active if todo is None else todo
    raycast.cast(depth, hits, matte, scene, tiles, behind, work)
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


def test_a_wall_has_its_planar_depth_everywhere() -> None:
    depth, hits, matte = cast(world(solid(raycast.BOX, (0, 0, 3.0), (9.0, 9.0, 0.5))))
    assert np.abs(depth - 2.5).max() < 1e-6
    assert (hits == 0).all()
    assert (matte == 1).all()


def test_a_slanted_plane_meets_its_equation() -> None:
    turned = tilted(0.4)
    depth, _, _ = cast(world(solid(raycast.BOX, (0, 0, 4.0), (20.0, 20.0, 0.5), turned)))
    normal = -turned[:, 2]
    point = np.array([0, 0, 4.0]) + 0.5 * normal
    expected = (normal @ point) / (rays() @ normal)
    assert np.abs(depth - expected).max() < 1e-4


def test_a_sphere_meets_the_quadratic() -> None:
    centre, radius = np.array([0.2, -0.1, 2.0]), 0.4
    depth, _, _ = cast(world(solid(raycast.ELLIPSOID, tuple(centre), (radius,) * 3)))
    direction = rays()
    a, b = (direction**2).sum(-1), direction @ centre
    root = b * b - a * (centre @ centre - radius**2)
    expected = np.where(root >= 0, (b - np.sqrt(np.maximum(root, 0))) / a, FAR)
    assert np.abs(depth - expected).max() < 1e-5


def test_an_ellipsoid_is_a_stretched_sphere() -> None:
    turned, radii = tilted(0.7), np.array([0.5, 0.2, 0.3])
    centre = np.array([-0.1, 0.05, 1.6])
    depth, _, _ = cast(world(solid(raycast.ELLIPSOID, tuple(centre), tuple(radii), turned)))
    direction, origin = rays() @ turned / radii, -(centre @ turned) / radii
    a, b, c = (direction**2).sum(-1), direction @ origin, origin @ origin - 1
    root = b * b - a * c
    expected = np.where(root >= 0, (-b - np.sqrt(np.maximum(root, 0))) / a, FAR)
    assert np.abs(depth - expected).max() < 1e-5


def test_a_round_cone_is_what_its_distance_function_says() -> None:
    turned, (length, first, last) = tilted(0.6), (0.5, 0.30, 0.12)
    centre = np.array([0.1, -0.3, 2.0])
    scene = world(solid(raycast.ROUND_CONE, tuple(centre), (length, first, last), turned))

    def gap(p: np.ndarray) -> np.ndarray:
        local = (p - centre) @ turned
        across = np.hypot(local[..., 0], local[..., 2])
        sine = (first - last) / length
        cosine = math.sqrt(1 - sine * sine)
        k = cosine * local[..., 1] - sine * across
        side = across * cosine + local[..., 1] * sine - first
        low = np.hypot(across, local[..., 1]) - first
        high = np.hypot(across, local[..., 1] - length) - last
        return np.where(k < 0, low, np.where(k > cosine * length, high, side))

    same_depth(cast(scene)[0], march(gap))


def test_a_frustum_is_the_part_of_a_cone_between_two_planes() -> None:
    turned, (bottom, half, top) = tilted(0.5), (0.4, 0.3, 0.2)
    centre = np.array([0.0, 0.1, 2.0])
    scene = world(solid(raycast.FRUSTUM, tuple(centre), (bottom, half, top), turned))
    slope = (top - bottom) / (2 * half)

    def gap(p: np.ndarray) -> np.ndarray:
        local = (p - centre) @ turned
        radius = 0.5 * (top + bottom) + slope * local[..., 1]
        side = (np.hypot(local[..., 0], local[..., 2]) - radius) / math.hypot(1, slope)
        return np.maximum(side, np.abs(local[..., 1]) - half)

    same_depth(cast(scene)[0], march(gap))


def test_a_ring_is_hollow() -> None:
    depth, hits, _ = cast(world(solid(raycast.RING, (0, 0, 2.0), (0.5, 0.4, 0.8))))
    assert hits[HEIGHT // 2, WIDTH // 2] == -1
    assert np.abs(depth[hits == 0] - 2.0).max() < 1e-6
    norm = ((rays()[..., 0] * 2 / 0.5) ** 4 + (rays()[..., 1] * 2 / 0.4) ** 4) ** 0.25
    assert ((hits == 0) == ((norm > 0.8) & (norm < 1))).all()


def scattered(count: int = 40) -> list[np.void]:
    rng = np.random.default_rng(5)
    kinds = (raycast.ELLIPSOID, raycast.BOX, raycast.ROUND_CONE, raycast.FRUSTUM, raycast.RING)
    return [
        solid(
            kinds[i % 5],
            (rng.uniform(-1.5, 1.5), rng.uniform(-1, 1), rng.uniform(0.4, 4)),
            (rng.uniform(0.2, 0.3), rng.uniform(0.05, 0.2), rng.uniform(0.05, 0.2)),
            tilted(rng.uniform(0, 6)),
        )
        for i in range(count)
    ]


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
    tiles = raycast.bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    for part in (tiles.active[0::3], tiles.active[1::3]):
        for found, expected in zip(cast(scene, part.copy()), whole, strict=True):
            inside = np.zeros((HEIGHT + 8, WIDTH + 8), bool)
            across = -(-WIDTH // raycast.TILE)
            for tile in part:
                y, x = tile // across * raycast.TILE, tile % across * raycast.TILE
                inside[y : y + raycast.TILE, x : x + raycast.TILE] = True
            inside = inside[:HEIGHT, :WIDTH]
            assert np.array_equal(found[inside], expected[inside])
    assert sorted(set(tiles.active)) == sorted(tiles.active)


def test_motion_is_the_projected_move() -> None:
    turned, step = tilted(0.3), np.array([0.03, -0.02, 0.05])
    scene = world(solid(raycast.BOX, (0, 0, 2.0), (0.4, 0.3, 0.2)))
    later = world(solid(raycast.BOX, tuple(np.array([0, 0, 2.0]) + step), (0.4, 0.3, 0.2), turned))
    depth, hits, _ = cast(scene)
    tiles = raycast.bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    motion = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    raycast.move_surfaces(
        motion, depth, hits, scene.camera, scene.solids, later.solids, 1, tiles.active
    )
    seen = hits == 0
    before = rays() * depth[..., None]
    after = (before - [0, 0, 2.0]) @ turned.T + [0, 0, 2.0] + step
    expected = (
        FOCAL * (after[..., :2] / after[..., 2:] - before[..., :2] / before[..., 2:]) * [1, -1]
    )
    assert np.abs(motion - expected)[seen].max() < 1e-3
    assert (motion[~seen] == 0).all()


def test_edges_are_soft_and_the_inside_is_not() -> None:
    scene = world(solid(raycast.ELLIPSOID, (0, 0, 2.0), (0.4, 0.4, 0.4)))
    depth, hits, matte = cast(scene)
    tiles = raycast.bin_solids(scene.camera, scene.solids, len(scene.solids), HEIGHT, WIDTH)
    edges = np.zeros((HEIGHT, WIDTH), np.uint8)
    raycast.find_edges(edges, depth, hits, scene.solids, 1, tiles.active)
    colour = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    backdrop = np.full_like(colour, 0.25)
    behind = np.full((HEIGHT, WIDTH), FAR, np.float32)
    raycast.light_surfaces(colour, depth, hits, scene, tiles, 1, 0.0, tiles.active)
    assert (colour[hits == 0] > 0).all()
    raycast.supersample(colour, matte, edges, scene, tiles, behind, backdrop, 0.0, tiles.active)
    assert set(np.unique(matte)) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    assert (matte[(hits == 0) & (edges == 0)] == 1).all()
    radius = FOCAL / math.sqrt((2.0 / 0.4) ** 2 - 1)
    assert matte.sum() == pytest.approx(math.pi * radius**2, rel=0.005)


def test_only_what_is_new_is_developed() -> None:
    image = np.full((HEIGHT, WIDTH, 3), 7, np.uint8)
    hits, edges = np.full((HEIGHT, WIDTH), -1, np.int16), np.zeros((HEIGHT, WIDTH), np.uint8)
    hits[10:20, 10:20], hits[30:40, 30:40], edges[50, 50] = 0, 1, 1
    colour = np.tile(np.array([4.0, 1.0, 0.0], np.float32), (HEIGHT, WIDTH, 1))
    curve = np.arange(256).astype(np.uint8)
    every = np.arange(-(-HEIGHT // raycast.TILE) * -(-WIDTH // raycast.TILE))
    raycast.develop(image, colour, edges, hits, 1, curve, every)
    changed = (image != 7).any(axis=2)
    assert np.array_equal(changed, ((hits == 0) | (edges == 1)))
    blue, green, red = image[50, 50]
    assert blue == 0 < green < red


def test_noise_keeps_the_mean_and_has_the_strength_asked_for() -> None:
    image = np.full((200, 201, 3), 128, np.uint8)
    other, again = image.copy(), image.copy()
    raycast.add_noise(image, 0.02, 5, np.arange(200))
    raycast.add_noise(again, 0.02, 5, np.arange(200))
    raycast.add_noise(other, 0.02, 6, np.arange(200))
    assert np.array_equal(image, again)
    assert not np.array_equal(image, other)
    assert image.mean() == pytest.approx(128, abs=0.1)
    assert image.std() == pytest.approx(0.02 * 255, rel=0.05)
    assert abs(np.corrcoef(image.ravel()[1:], image.ravel()[:-1])[0, 1]) < 0.02


def test_no_compiled_function_is_longer_than_sixty_lines() -> None:
    tree = ast.parse(Path(raycast.__file__).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(functions) > 50
    for node in functions:
        assert node.end_lineno - node.lineno < 60, node.name
