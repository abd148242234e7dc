"""Growing hair: guides are combed over a head, bend with gravity, and strands follow them.

Guides start on the scalp, leave it along a field of directions and keep off the head, neck and
shoulders; every strand mixes its three nearest guides and strays a little. It all grows in the
rest pose, metres, Z up, facing -Y.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rendering.hair import ALONG, POINTS, Hair

Array = NDArray[np.float64]


def scatter(
    rng: np.random.Generator, vertices: Array, faces: NDArray[np.int64], count: int
) -> tuple[Array, Array, NDArray[np.int64], Array]:
    """Points spread evenly over quads: places and normals (count, 3), the faces (count,) of each
    and their corners' shares (count, 4)."""
    corners = vertices[faces]
    across = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    area = np.linalg.norm(across, axis=1)
    chosen = rng.choice(len(faces), count, p=area / area.sum())
    u, v = rng.random((2, count))
    shares = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], -1)
    points = (corners[chosen] * shares[..., None]).sum(1)
    return points, across[chosen] / area[chosen, None], chosen, shares


class Growth:
    """A head that hair grows on: its surface for collisions and its landmarks."""

    def __init__(
        self, surface: Array, normals: Array, eyes: Array, top: float, back: Array
    ) -> None:
        """surface, normals: (n, 3) head to shoulders. eyes: (3,) between them. top: the head's
        height. back: (3,) where a ponytail is tied."""
        from scipy.spatial import cKDTree

        self._tree = cKDTree(surface)
        self._surface, self._normals = surface, normals
        self.eyes, self.top, self.back = eyes, top, back

    def keep_off(self, points: Array, clearance: Array | float) -> Array:
        """Points (n, 3) moved out until they are ``clearance`` metres off the surface."""
        _, near = self._tree.query(points, k=3)
        normal = self._normals[near].mean(1)
        depth = ((points[:, None] - self._surface[near]) * self._normals[near]).sum(-1).mean(1)
        return points + np.clip(clearance - depth, 0, 0.05)[:, None] * normal


def comb(hair: Hair, growth: Growth, roots: Array, out: Array) -> Array:
    """Which way hair leaves the scalp (n, 3): unit vectors."""
    x = roots[:, 0] - hair.part
    side = np.tanh(x / 0.012)[:, None] * [1.0, 0, 0]
    high = np.clip((roots[:, 2] - growth.eyes[2] - 0.03) / 0.07, 0, 1)[:, None]
    forward = np.clip((growth.eyes[1] + 0.075 - roots[:, 1]) / 0.03, 0, 1)[:, None]
    down = np.array([0, 0, -1.0])
    if hair.style in ("afro", "curly"):
        way = 0.8 * out + np.array([0, 0.35, 0.2])
    elif hair.style == "swept":
        way = high * np.array([0, 1.0, 0.25]) + (1 - high) * np.array([0, 0.5, -0.8]) + 0.3 * side
    elif hair.style in ("ponytail", "bun"):
        way = growth.back - roots
        way = way / np.linalg.norm(way, axis=1, keepdims=True)
    elif hair.style in ("short", "buzz"):
        way = (
            high * (0.5 * side + np.array([0, -0.5 if hair.fringe else 0.4, 0])) + (1 - high) * down
        )
    else:
        way = high * (side + np.array([0, 0.45, 0])) + (1 - high) * (down + np.array([0, 0.35, 0]))
        if hair.fringe:
            way = way + 2.2 * forward * high * np.array([0, -1.0, -0.2])
        else:
            way = way + forward * high * np.array([0, 0.9, 0.45])
    lift = {"short": 0.28, "swept": 0.4, "buzz": 1.0, "afro": 2.0, "curly": 0.6}.get(
        hair.style, 0.12
    )
    way = way - (way * out).sum(-1, keepdims=True) * out + lift * out
    return way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)


def grow_guides(
    hair: Hair, growth: Growth, roots: Array, out: Array, rng: np.random.Generator, steps: int = 18
) -> Array:
    """Guides (n, steps + 1, 3) from their roots."""
    length = hair.length * rng.uniform(0.85, 1.1, len(roots))
    if hair.style in ("bob", "long"):
        drop = roots[:, 2] - (growth.eyes[2] - 0.02)
        length = length + np.clip(drop, -0.06, 0.12)
        front = (roots[:, 1] < growth.eyes[1] + 0.06) & (np.abs(roots[:, 0]) < 0.05)
        if hair.fringe:
            length = np.where(front, rng.uniform(0.07, 0.09, len(roots)), length)
    if hair.style in ("short", "swept"):
        low = np.clip((growth.top - 0.05 - roots[:, 2]) / 0.1, 0, 1)
        length = length * (1 - 0.72 * low)
    step = length / steps
    way = comb(hair, growth, roots, out)
    weight = {"bob": 0.3, "long": 0.3, "curly": 0.3, "short": 0.06, "swept": 0.05}.get(
        hair.style, 0.0
    )
    points = [roots + 0.0005 * out]
    wobble = rng.normal(0, 1, (len(roots), 3))
    for number in range(steps):
        share = (number + 1) / steps
        if hair.style in ("ponytail", "bun"):
            to_tie = growth.back - points[-1]
            distance = np.linalg.norm(to_tie, axis=1, keepdims=True)
            tied = distance < 0.02
            fall = np.array([0, 0.25, -1.0]) + 0.12 * wobble
            way = np.where(tied | (way[:, 2:] < -0.85), fall, way + 0.8 * to_tie / distance)
        else:
            way = (
                way
                + weight * np.array([0, 0, -1.0])
                + 0.05 * hair.curl * rng.normal(0, 1, way.shape)
            )
        way = way / np.linalg.norm(way, axis=1, keepdims=True)
        moved = points[-1] + step[:, None] * way
        clear = hair.thickness * min(1.0, 0.35 + 2.5 * share)
        moved = growth.keep_off(moved, clear if hair.length > 0.02 else 0.0)
        if hair.style in ("bob", "long", "curly"):
            moved = clear_face(moved, growth, hair, side_of(hair, roots))
        if hair.style == "bun":
            tied = np.linalg.norm(growth.back - moved, axis=1, keepdims=True) < 0.045
            knot = growth.back + np.array([0, 0.012, 0.012])
            moved = np.where(tied & (share > 0.4), knot + _on_ball(rng, len(roots), 0.034), moved)
        way = 0.5 * way + 0.5 * (moved - points[-1]) / np.maximum(step[:, None], 1e-6)
        points.append(moved)
    return np.stack(points, 1)


def _on_ball(rng: np.random.Generator, count: int, radius: float) -> Array:
    way = rng.normal(0, 1, (count, 3))
    return radius * way / np.linalg.norm(way, axis=1, keepdims=True)


def clear_face(points: Array, growth: Growth, hair: Hair, side: Array) -> Array:
    """Hair (..., 3) before the face is pushed to its ``side`` (...), 1 left or -1 right."""
    ahead = np.clip((growth.eyes[1] + 0.06 - points[..., 1]) / 0.03, 0, 1)
    start = growth.eyes[2] + (0.02 if hair.fringe or hair.style in ("afro", "curly") else 0.05)
    wanted = 0.068 * ahead * np.clip((start - points[..., 2]) / 0.02, 0, 1)
    x = points[..., 0] * side
    moved = points.copy()
    moved[..., 0] = side * np.where(x < wanted, x + 0.85 * (wanted - x), x)
    return moved


def side_of(hair: Hair, roots: Array) -> Array:
    """On which side of the parting roots (n, 3) are: 1 left, -1 right."""
    return np.where(roots[:, 0] > hair.part, 1.0, -1.0)


def resample(paths: Array) -> Array:
    """Paths (n, m, 3) at the shares ``ALONG`` of their points."""
    at = ALONG * (paths.shape[1] - 1)
    low = np.minimum(at.astype(int), paths.shape[1] - 2)
    share = (at - low)[None, :, None]
    return (1 - share) * paths[:, low] + share * paths[:, low + 1]


def follow_guides(hair: Hair, guides: Array, roots: Array, rng: np.random.Generator) -> Array:
    """Strands (n, POINTS, 3) from ``roots`` (n, 3), each led by its three nearest guides."""
    from scipy.spatial import cKDTree

    def beside(places: Array) -> Array:
        """Either side of the parting is far from the other, lest their strands mix."""
        apart = 0.0 if hair.style in ("afro", "curly", "buzz") else 0.05
        return np.concatenate([places, apart * np.tanh((places[:, :1] - hair.part) / 0.002)], 1)

    distance, near = cKDTree(beside(guides[:, 0])).query(beside(roots), k=3)
    share = 1 / (distance + 1e-3)
    share = share**2 / (share**2).sum(1, keepdims=True)
    paths = resample(guides)
    offsets = paths - paths[:, :1]
    led = (offsets[near] * share[..., None, None]).sum(1)
    clump = offsets[near[:, 0]]
    along = ALONG[None, :, None]
    amount = 0.55 * along * rng.random((len(roots), 1, 1))
    strands = roots[:, None] + (1 - amount) * led + amount * clump
    stray = rng.normal(0, 1, (len(roots), 1, 3)) * along * (0.002 + 0.03 * hair.length)
    strands = strands + stray * (0.5 + 1.3 * (rng.random((len(roots), 1, 1)) < 0.04))
    if hair.curl > 0:
        phase = rng.uniform(0, 2 * np.pi, (len(roots), 1)) + np.arange(POINTS) * 2.1
        width = hair.curl * (0.012 if hair.length > 0.06 else 0.007) * along[..., 0] ** 0.5
        wave = np.stack([np.cos(phase), np.sin(phase), 0.5 * np.sin(phase + 1)], -1)
        strands = strands + width[..., None] * wave
    return strands
