"""From cuts to meshes: the garments of an outfit for every frame of a posed body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendering.body import Template
from rendering.surface import cut, cut_matrix, loft, normals, rims, subdivide
from rendering.wardrobe import (
    Garment,
    Outfit,
    Regions,
    folds,
    regions,
    top_field,
    trousers_field,
)

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

HEM, WAIST = -0.04, 0.05
"""Heights on the template, metres: a top ends below the hips, trousers at the waist."""


@dataclass(frozen=True)
class Piece:
    """A mesh over the frames: vertices (frames, n, 3), faces (m, 4), pattern (n, 3) metres."""

    vertices: Array
    faces: Faces
    pattern: Array


@lru_cache(maxsize=1)
def places(shared: Template) -> Regions:
    """The template's coordinates, made once."""
    return regions(shared.rest, shared.heads, shared.bones, shared.weights.astype(float))


def _field(shared: Template, garment: Garment) -> Array:
    if garment.kind == "trousers":
        return trousers_field(places(shared), garment, WAIST)
    return top_field(places(shared), garment, HEM)


def covered(shared: Template, outfit: Outfit) -> NDArray[np.bool_]:
    """Which skin vertices (13380,) are so far under cloth that they are never seen."""
    count = 13380
    below_neck = shared.rest[:count, 2] < places(shared).neck[2] + 0.02
    under_top = (_field(shared, outfit.top)[:count] > 0.035) & below_neck
    under_trousers = _field(shared, outfit.trousers)[:count] > 0.03
    feet = places(shared).leg[:count] > 1.7
    return under_top | under_trousers | feet


def sew(shared: Template, garment: Garment, posed: Array, seed: int) -> Piece:
    """A garment on posed bodies (frames, 19158, 3)."""
    field = _field(shared, garment)
    polygons, made = cut(shared.faces["helper-tights"], field)
    faces, fine = subdivide(polygons, len(made))
    to_cloth = fine @ cut_matrix(made, len(shared.rest))
    place = places(shared)
    rest = to_cloth @ place.rest
    arm = to_cloth @ place.arm
    return _drape(garment, faces, to_cloth, posed, rest, arm, seed)


def _drape(
    garment: Garment, faces: Faces, to_cloth: Any, posed: Array, rest: Array, arm: Array, seed: int
) -> Piece:
    base = np.stack([to_cloth @ frame for frame in posed])
    out = normals(base, faces)
    loose = np.clip((0.32 - rest[:, 2]) / 0.3, 0, 1) * (arm < -0.3) * garment.ease
    height = garment.ease + loose + folds(rest, arm, garment.folds, seed)
    height = np.maximum(height, 0.45 * garment.ease)
    if garment.kind == "trousers":
        under_top = np.clip((WAIST - rest[:, 2]) / 0.15, 0.3, 1)
        height = under_top * (height - loose)
    vertices = base + out * height[None, :, None]
    rim = rims(faces)
    inside = [base[:, loop] + 0.3 * garment.ease * out[:, loop] for loop in rim]
    pieces, meshes, at = [vertices], [faces], vertices.shape[1]
    for loop, lower in zip(rim, inside, strict=True):
        after = np.roll(np.arange(len(loop)), -1)
        meshes.append(
            np.stack([np.roll(loop, -1), loop, at + np.arange(len(loop)), at + after], -1)
        )
        pieces.append(lower)
        at += len(loop)
    across = np.where(arm > 0, -0.25 * arm, rest[:, 2])
    pattern = np.stack([rest[:, 0] + 0.5 * rest[:, 1], rest[:, 1], across], -1)
    whole = np.concatenate([pattern, *(pattern[loop] for loop in rim)])
    return Piece(np.concatenate(pieces, 1), np.concatenate(meshes), whole)


def collar(garment: Garment, top: Piece, neck: Array) -> Piece | None:
    """A collar lofted from the neckline; neck: (frames, 2, 3) the neck's base and upper end."""
    if garment.collar == "none":
        return None
    loops = rims(top.faces)
    heights = [np.linalg.norm(top.vertices[0, loop] - neck[0, 0], axis=1).mean() for loop in loops]
    loop = loops[int(np.argmin(heights))]
    line = top.vertices[:, loop]
    up = neck[:, 1] - neck[:, 0]
    up = (up / np.linalg.norm(up, axis=-1, keepdims=True))[:, None]
    spoke = line - line.mean(1, keepdims=True)
    spoke -= (spoke * up).sum(-1, keepdims=True) * up
    spoke /= np.linalg.norm(spoke, axis=-1, keepdims=True)
    rows = _profile(garment.collar, spoke[0])
    vertices = np.concatenate([line + rise * up + out * spoke for rise, out in rows], 1)
    pattern = np.concatenate([top.pattern[loop] + [0, 0, 0.03 * row] for row in range(len(rows))])
    return Piece(vertices, loft(len(rows), len(loop)), pattern)


def _profile(kind: str, spoke: Array) -> list[tuple[Array, Array]]:
    """Rows of (rise, outward) in metres, (n, 1) around the neck; spoke: (n, 3) points outward."""
    back = np.clip(spoke[:, 1:2] * 1.4 + 0.1, 0, 1)
    front = np.clip(-spoke[:, 1:2] * 6 - 4.9, 0, 1)
    one = np.ones_like(back)
    if kind == "rib":
        return [(0 * one, 0.003 * one), (0.003 * one, 0.006 * one), (0.008 * one, 0.002 * one),
                (0.004 * one, -0.003 * one)]  # fmt: skip
    if kind == "turtleneck":
        return [(-0.004 * one, 0.004 * one), (0.02 * one, 0.007 * one), (0.045 * one, 0.006 * one),
                (0.05 * one, 0.0 * one), (0.03 * one, -0.004 * one)]  # fmt: skip
    if kind == "shirt":
        stand = 1 - front
        point = -0.006 * one - 0.02 * front
        return [(-0.004 * one, 0.002 * one), (0.03 * stand, 0.002 * one),
                (0.036 * stand, 0.007 * one), (0.018 * stand, 0.015 * one),
                (point, 0.02 * one)]  # fmt: skip
    bulk = 0.15 + 0.85 * back
    return [(-0.006 * one, 0.002 * one), (0.022 * bulk, 0.006 * one), (0.036 * bulk, 0.03 * bulk),
            (0.026 * bulk, 0.062 * bulk), (-0.004 * one, 0.078 * bulk),
            (-0.035 * bulk, 0.066 * bulk), (-0.05 * bulk, 0.03 * bulk)]  # fmt: skip


def shoes(shared: Template, posed: Array) -> Piece:
    """Plain shoes around the tights' feet."""
    field = 0.4 * (places(shared).leg - 1.86)
    polygons, made = cut(shared.faces["helper-tights"], field)
    faces, fine = subdivide(polygons, len(made))
    to_cloth = fine @ cut_matrix(made, len(shared.rest))
    base = np.stack([to_cloth @ frame for frame in posed])
    return Piece(base + 0.012 * normals(base, faces), faces, to_cloth @ shared.rest)
