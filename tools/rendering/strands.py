"""All strands of a person: scalp, brows, lashes and beard, rooted on its own shaped head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rendering.body import SKIN_VERTICES, Shape, Template
from rendering.combing import Growth, clear_face, follow_guides, grow_guides, scatter, side_of
from rendering.hair import (
    POINTS,
    STRANDS,
    Hair,
    Strands,
    beard_depth,
    brow_distance,
    scalp_depth,
)
from rendering.surface import normals

Array = NDArray[np.float64]

GUIDES = 420
BEARD_LENGTHS = {"stubble": 0.003, "short": 0.008, "full": 0.022}


def grow(shared: Template, shape: Shape, hair: Hair, seed: int) -> Strands:
    """Strands in the rest pose."""
    rng = np.random.default_rng([seed, 31])
    skin = shared.faces["body"]
    rest, own = shared.rest[:SKIN_VERTICES], shape.vertices[:SKIN_VERTICES]
    parts: list[tuple[Array, float, int]] = []
    if hair.style != "bald":
        parts.append(_scalp(shared, shape, hair, rng))
    parts.append(
        (_short(_brow_roots(own, rest, skin, rng), 0.007, (1.0, 0.0, 0.15), rng), 0.0002, 1)
    )
    if hair.beard != "none":
        roots = _roots(own, skin, beard_depth(rest, shared.masks["lips"]), 1500, rng)
        length = BEARD_LENGTHS[hair.beard]
        parts.append((_short(roots, length, (0.15, -0.4, -1.0), rng), 0.0003, 2))
    points = np.concatenate([part for part, _, _ in parts])
    taper = np.linspace(1, 0.35, POINTS)
    radius = np.concatenate([np.tile(size * taper, (len(part), 1)) for part, size, _ in parts])
    kind = np.concatenate([np.full(len(part), which) for part, _, which in parts])
    return Strands(points, radius, rng.normal(1, 0.13, len(points)).clip(0.6, 1.4), kind)


def landmarks(shared: Template, shape: Shape) -> dict[str, Array]:
    """Places on a shaped head (3,): both eyes, both ears, its top, its back, the chin."""
    own = shape.vertices
    ears = np.nonzero(shared.masks["ears"] > 0.5)[0]
    left = ears[shared.rest[ears, 0] > 0]
    right = ears[shared.rest[ears, 0] < 0]
    head = np.nonzero(shared.rest[:SKIN_VERTICES, 2] > 0.62)[0]
    return {
        "left eye": own[shared.part("helper-l-eye")].mean(0),
        "right eye": own[shared.part("helper-r-eye")].mean(0),
        "left ear": own[left].mean(0),
        "right ear": own[right].mean(0),
        "top": own[head[np.argmax(own[head, 2])]],
        "back": own[head[np.argmax(own[head, 1])]],
        "chin": shape.tails[shared.bones["jaw"]],
    }


def growth_of(shared: Template, shape: Shape) -> Growth:
    """The surface and landmarks that a person's hair grows over."""
    skin = shared.faces["body"]
    own = shape.vertices[:SKIN_VERTICES]
    used = np.nonzero((shared.rest[:SKIN_VERTICES, 2] > 0.3) & _outside(shared))[0]
    out = normals(own, skin)
    places = landmarks(shared, shape)
    eyes = (places["left eye"] + places["right eye"]) / 2
    tie = places["back"] + [0.0, 0.012, 0.02]
    return Growth(own[used], out[used], eyes, float(places["top"][2]), tie)


def _outside(shared: Template) -> NDArray[np.bool_]:
    """Skin that is not the inside of the mouth or of the eye sockets."""
    rest = shared.rest[:SKIN_VERTICES]
    inside = shared.masks["inside-mouth"] > 0.5
    socket = (np.abs(rest[:, 2] - 0.695) < 0.018) & (rest[:, 1] > -0.132) & (rest[:, 1] < -0.09)
    return ~(inside | (socket & (np.abs(rest[:, 0]) < 0.05)))


def _scalp(
    shared: Template, shape: Shape, hair: Hair, rng: np.random.Generator
) -> tuple[Array, float, int]:
    rest, own = shared.rest[:SKIN_VERTICES], shape.vertices[:SKIN_VERTICES]
    depth = scalp_depth(rest, shared.masks["ears"], hair.hairline)
    skin = shared.faces["body"]
    growth = growth_of(shared, shape)
    seeds, out = _roots(own, skin, depth, GUIDES, rng)
    guides = grow_guides(hair, growth, seeds, out, rng)
    roots, _ = _roots(own, skin, depth, STRANDS, rng)
    led = follow_guides(hair, guides, roots, rng)
    strands = clear_face(led, growth, hair, side_of(hair, roots)[:, None])
    radius = {"buzz": 0.00045, "afro": 0.0011, "curly": 0.0008}.get(hair.style, 0.00055)
    return strands, radius, 0


def _roots(
    own: Array, skin: NDArray[np.int64], depth: Array, count: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """About ``count`` roots and normals where the template's ``depth`` (13380,) is positive."""
    faces = skin[(depth[skin] > 0).any(1)]
    points, out, chosen, shares = scatter(rng, own, faces, count)
    inside = (depth[faces[chosen]] * shares).sum(1) > rng.uniform(0, 0.004, count)
    return points[inside], out[inside]


def _brow_roots(
    own: Array, rest: Array, skin: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Array, Array]:
    return _roots(own, skin, 0.0042 - brow_distance(rest), 700, rng)


def _short(
    start: tuple[Array, Array], length: float, way: tuple[float, float, float],
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Short straight hairs that lie to the side away from the face's middle."""
    roots, out = start
    count = len(roots)
    side = np.sign(roots[:, :1])
    direction = np.array(way) * np.concatenate([side, np.ones((count, 2))], 1)
    direction = direction + 0.45 * out + 0.25 * rng.normal(0, 1, (count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    size = length * rng.uniform(0.6, 1.1, (count, 1, 1))
    along = np.linspace(0, 1, POINTS)[None, :, None]
    return roots[:, None] + along * size * direction[:, None]
