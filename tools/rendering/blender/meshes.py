"""Run inside Blender: meshes from arrays."""

from __future__ import annotations

import bpy
import numpy as np

CORNERS = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def add_mesh(
    name: str,
    vertices: np.ndarray,
    faces: list,
    material: bpy.types.Material,
    coordinates: np.ndarray | None = None,
) -> bpy.types.Object:
    """An object of one mesh. coordinates: a UV for each face's corner, (corners, 2)."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(row) for row in np.asarray(vertices, float)], [], faces)
    if coordinates is not None:
        layer = mesh.uv_layers.new(name="UVMap")
        layer.data.foreach_set("uv", np.asarray(coordinates, np.float32).ravel())
    mesh.materials.append(material)
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def add_quads(name: str, quads: list, uvs: list, material: bpy.types.Material) -> bpy.types.Object:
    """Quads, each four corners, with four UVs each."""
    vertices = np.array(quads, float).reshape(-1, 3)
    faces = [tuple(range(4 * i, 4 * i + 4)) for i in range(len(quads))]
    return add_mesh(name, vertices, faces, material, np.array(uvs, float).reshape(-1, 2))


def add_blocks(name: str, blocks: list[dict], material: bpy.types.Material) -> None:
    """Boxes as one mesh whose corners carry their box's colour in the attribute "colour"."""
    if not blocks:
        return
    vertices, faces, colours = [], [], []
    for index, block in enumerate(blocks):
        corners = CORNERS * np.array(block["size"])
        cosine, sine = np.cos(block["turn"]), np.sin(block["turn"])
        turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
        vertices.append(corners @ turn + np.array(block["centre"]))
        faces += [tuple(8 * index + corner for corner in side) for side in SIDES]
        colours.append(np.tile((*block["colour"], 1.0), (24, 1)))
    thing = add_mesh(name, np.concatenate(vertices), faces, material)
    layer = thing.data.color_attributes.new("colour", "FLOAT_COLOR", "CORNER")
    layer.data.foreach_set("color", np.concatenate(colours).astype(np.float32).ravel())
