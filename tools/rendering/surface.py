"""Meshes as linear maps: cut along a field, subdivided, offset along normals, lofted from a loop.

A garment is made once as a matrix that takes the body's vertices to its own; every frame is then
one sparse product. Faces are (n, 4) with -1 in the last place of a triangle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Faces = NDArray[np.int64]


def cut(faces: Faces, field: Array) -> tuple[list[list[int]], list[tuple[int, int, float]]]:
    """Keep where ``field`` (vertices,) is positive; edges are cut where it crosses zero.

    Returns polygons over new numbers, and for each new vertex (a, b, share of b) of the old ones.
    """
    number: dict[tuple[int, int], int] = {}
    vertices: list[tuple[int, int, float]] = []

    def vertex(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in number:
            low, high = key
            share = 0.0
            if low != high:
                share = float(np.clip(field[low] / (field[low] - field[high]), 0.06, 0.94))
            number[key] = len(vertices)
            vertices.append((low, high, share))
        return number[key]

    polygons = []
    for face in faces:
        polygon = []
        for a, b in zip(face.tolist(), np.roll(face, -1).tolist(), strict=True):
            if field[a] > 0:
                polygon.append(vertex(a, a))
            if (field[a] > 0) != (field[b] > 0):
                polygon.append(vertex(a, b))
        if len(polygon) == 5:
            polygons += [polygon[:4], [polygon[3], polygon[4], polygon[0]]]
        elif len(polygon) == 6:
            polygons += [polygon[:4], [*polygon[3:], polygon[0]]]
        elif len(polygon) >= 3:
            polygons.append(polygon)
    return polygons, vertices


def cut_matrix(vertices: list[tuple[int, int, float]], count: int) -> Any:
    """The sparse matrix (new, count) of ``cut``'s vertices."""
    from scipy.sparse import csr_matrix

    low, high, share = (np.array(column) for column in zip(*vertices, strict=True))
    rows = np.arange(len(vertices))
    return csr_matrix(
        (
            np.concatenate([1 - share, share]),
            (np.concatenate([rows, rows]), np.concatenate([low, high]).astype(int)),
        ),
        shape=(len(vertices), count),
    )


def subdivide(polygons: list[list[int]], count: int) -> tuple[Faces, Any]:
    """One Catmull-Clark step: quads (n, 4), and the sparse matrix (fine, count) that makes them.

    E. Catmull and J. Clark, Recursively generated B-spline surfaces on arbitrary topological
    meshes, 1978; open edges follow the cubic B-spline of the edge alone.
    """
    from scipy.sparse import coo_matrix, identity, vstack

    edges: dict[tuple[int, int], list[int]] = {}
    corners = [(face, v) for face, polygon in enumerate(polygons) for v in polygon]
    for face, polygon in enumerate(polygons):
        for a, b in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            edges.setdefault((min(a, b), max(a, b)), []).append(face)
    index = {edge: i for i, edge in enumerate(edges)}
    of_face = coo_matrix(
        ([1 / len(polygons[face]) for face, _ in corners], tuple(zip(*corners, strict=True))),
        shape=(len(polygons), count),
    ).tocsr()
    ends = np.array(list(edges))
    open_edge = np.array([len(sides) == 1 for sides in edges.values()])
    rows = np.repeat(np.arange(len(ends)), 2)
    middle = coo_matrix((np.full(2 * len(ends), 0.5), (rows, ends.ravel())), (len(ends), count))
    beside = [(i, face) for i, sides in enumerate(edges.values()) for face in sides]
    shares = [1 / len(edges[tuple(ends[i])]) for i, _ in beside]
    of_sides = coo_matrix((shares, tuple(zip(*beside, strict=True))), (len(ends), len(polygons)))
    inner = np.where(open_edge, 0.0, 0.5)[:, None]
    of_edge = middle.multiply(1 - inner) + (of_sides @ of_face).multiply(inner)
    of_vertex = _vertex_rule(
        ends, open_edge, corners, of_face, middle.tocsr(), count, identity(count)
    )
    quads = [
        (v, count + index[(min(v, b), max(v, b))], count + len(ends) + face,
         count + index[(min(a, v), max(a, v))])
        for face, polygon in enumerate(polygons)
        for a, v, b in zip(
            [polygon[-1], *polygon[:-1]], polygon, [*polygon[1:], polygon[0]], strict=True
        )
    ]  # fmt: skip
    return np.array(quads), vstack([of_vertex, of_edge, of_face]).tocsr()


def _vertex_rule(
    ends: Array, open_edge: Array, corners: list[tuple[int, int]], of_face: Any, middle: Any,
    count: int, same: Any,
) -> Any:  # fmt: skip
    from scipy.sparse import coo_matrix, diags

    def mean(members: Array, groups: Array, width: int) -> Any:
        total = np.bincount(members, minlength=count).clip(1)
        return coo_matrix((1 / total[members], (members, groups)), (count, width)).tocsr()

    face_of, vertex_of = (np.array(column) for column in zip(*corners, strict=True))
    valence = np.bincount(ends.ravel(), minlength=count).clip(1)
    around = np.tile(np.arange(len(ends)), 2)
    faces = mean(vertex_of, face_of, of_face.shape[0]) @ of_face
    edges = mean(ends.T.ravel(), around, len(ends)) @ middle
    smooth = diags(1 / valence) @ (faces + 2 * edges + diags(valence - 3.0) @ same)
    rim = np.unique(ends[open_edge])
    on_rim = np.zeros(count)
    on_rim[rim] = 1
    outer = np.nonzero(open_edge)[0]
    along = mean(ends[outer].T.ravel(), np.tile(outer, 2), len(ends)) @ middle
    return diags(1 - on_rim) @ smooth + diags(on_rim) @ (0.5 * along + 0.5 * same)


def normals(vertices: Array, faces: Faces) -> Array:
    """Unit normals (..., n, 3) of the vertices, weighted by the faces' areas."""
    quad = faces[:, 3] >= 0
    last = np.where(quad, faces[:, 3], faces[:, 0])
    first = vertices[..., faces[:, 2], :] - vertices[..., faces[:, 0], :]
    second = vertices[..., last, :] - vertices[..., faces[:, 1], :]
    of_face = np.cross(first, second)
    total = np.zeros_like(vertices)
    flat = total.reshape(-1, *vertices.shape[-2:])
    spread = of_face.reshape(-1, *of_face.shape[-2:])
    for one, source in zip(flat, spread, strict=True):
        for axis in range(3):
            for corner in range(4):
                chosen = quad if corner == 3 else slice(None)
                one[:, axis] += np.bincount(
                    faces[chosen, corner], source[chosen, axis], minlength=one.shape[0]
                )
    return total / np.maximum(np.linalg.norm(total, axis=-1, keepdims=True), 1e-12)


def rims(faces: Faces) -> list[NDArray[np.int64]]:
    """The open edges as closed loops of vertices, each in the order of its faces."""
    following: dict[int, int] = {}
    pairs = set()
    for face in faces.tolist():
        polygon = [vertex for vertex in face if vertex >= 0]
        pairs.update(zip(polygon, [*polygon[1:], polygon[0]], strict=True))
    for a, b in pairs:
        if (b, a) not in pairs:
            following[a] = b
    loops = []
    while following:
        start, here = following.popitem()
        loop = [start]
        while here != start and here in following:
            loop.append(here)
            here = following.pop(here)
        loops.append(np.array(loop))
    return loops


def loft(rows: int, columns: int, closed: bool = True) -> Faces:
    """Quads between ``rows`` rings of ``columns`` vertices each, ring after ring."""
    ring = np.arange(columns if closed else columns - 1)
    after = (ring + 1) % columns
    return np.concatenate(
        [
            np.stack([ring, after, after + columns, ring + columns], -1) + columns * row
            for row in range(rows - 1)
        ]
    )


def tube(
    path: Array, radius: float | Array, sides: int = 8, closed: bool = False
) -> tuple[Array, Faces]:
    """A round tube along ``path`` (n, 3): vertices (n * sides, 3) and quads."""
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    if not closed:
        ahead[0], ahead[-1] = path[1] - path[0], path[-1] - path[-2]
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    aside = np.cross(ahead, [0.31, 0.27, 0.91])
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = (
        aside[:, None] * np.cos(angle)[:, None]
        + np.cross(ahead, aside)[:, None] * np.sin(angle)[:, None]
    )
    vertices = (path[:, None] + np.reshape(radius, (-1, 1, 1)) * ring).reshape(-1, 3)
    faces = loft(len(path), sides)
    if closed:
        last = np.arange(sides) + (len(path) - 1) * sides
        faces = np.concatenate(
            [
                faces,
                np.stack(
                    [last, np.roll(last, -1), np.roll(np.arange(sides), -1), np.arange(sides)], -1
                ),
            ]
        )
    return vertices, faces
