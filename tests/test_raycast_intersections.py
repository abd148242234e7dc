"""Every primitive against plain NumPy and closed formulas, on an odd size."""

from __future__ import annotations

import math

import numpy as np
from raycast_support import FAR, HEIGHT, WIDTH, cast, march, rays, same_depth, solid, tilted, world

from livedepth.capture.raycast.tables import BOX, ELLIPSOID, FRUSTUM, RING, ROUND_CONE


def test_a_wall_has_its_planar_depth_everywhere() -> None:
    depth, hits, matte = cast(world(solid(BOX, (0, 0, 3.0), (9.0, 9.0, 0.5))))
    assert np.abs(depth - 2.5).max() < 1e-6
    assert (hits == 0).all()
    assert (matte == 1).all()


def test_a_slanted_plane_meets_its_equation() -> None:
    turned = tilted(0.4)
    depth, _, _ = cast(world(solid(BOX, (0, 0, 4.0), (20.0, 20.0, 0.5), turned)))
    normal = -turned[:, 2]
    point = np.array([0, 0, 4.0]) + 0.5 * normal
    expected = (normal @ point) / (rays() @ normal)
    assert np.abs(depth - expected).max() < 1e-4


def test_a_sphere_meets_the_quadratic() -> None:
    centre, radius = np.array([0.2, -0.1, 2.0]), 0.4
    depth, _, _ = cast(world(solid(ELLIPSOID, tuple(centre), (radius,) * 3)))
    direction = rays()
    a, b = (direction**2).sum(-1), direction @ centre
    root = b * b - a * (centre @ centre - radius**2)
    expected = np.where(root >= 0, (b - np.sqrt(np.maximum(root, 0))) / a, FAR)
    assert np.abs(depth - expected).max() < 1e-5


def test_an_ellipsoid_is_a_stretched_sphere() -> None:
    turned, radii = tilted(0.7), np.array([0.5, 0.2, 0.3])
    centre = np.array([-0.1, 0.05, 1.6])
    depth, _, _ = cast(world(solid(ELLIPSOID, tuple(centre), tuple(radii), turned)))
    direction, origin = rays() @ turned / radii, -(centre @ turned) / radii
    a, b, c = (direction**2).sum(-1), direction @ origin, origin @ origin - 1
    root = b * b - a * c
    expected = np.where(root >= 0, (-b - np.sqrt(np.maximum(root, 0))) / a, FAR)
    assert np.abs(depth - expected).max() < 1e-5


def test_a_round_cone_is_what_its_distance_function_says() -> None:
    turned, (length, first, last) = tilted(0.6), (0.5, 0.30, 0.12)
    centre = np.array([0.1, -0.3, 2.0])
    scene = world(solid(ROUND_CONE, tuple(centre), (length, first, last), turned))

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
    scene = world(solid(FRUSTUM, tuple(centre), (bottom, half, top), turned))
    slope = (top - bottom) / (2 * half)

    def gap(p: np.ndarray) -> np.ndarray:
        local = (p - centre) @ turned
        radius = 0.5 * (top + bottom) + slope * local[..., 1]
        side = (np.hypot(local[..., 0], local[..., 2]) - radius) / math.hypot(1, slope)
        return np.maximum(side, np.abs(local[..., 1]) - half)

    same_depth(cast(scene)[0], march(gap))


def test_a_ring_is_hollow() -> None:
    depth, hits, _ = cast(world(solid(RING, (0, 0, 2.0), (0.5, 0.4, 0.8))))
    assert hits[HEIGHT // 2, WIDTH // 2] == -1
    assert np.abs(depth[hits == 0] - 2.0).max() < 1e-6
    norm = ((rays()[..., 0] * 2 / 0.5) ** 4 + (rays()[..., 1] * 2 / 0.4) ** 4) ** 0.25
    assert ((hits == 0) == ((norm > 0.8) & (norm < 1))).all()
