"""Run inside Blender: a person from its .npz as meshes and hair under one empty.

``person = add_person(path, name)``, then place ``person.root`` and call ``person.set_frame(index)``
before each render. Every part carries the attribute "motion" (where each vertex goes until the next
frame, metres in the person's own axes) and a material that writes the AOVs "matte" and "motion".
"""

from __future__ import annotations

import json

import bpy
import numpy as np
from person_materials import make_material


class Part:
    """A mesh whose vertices follow the frames: positions (frames + 1, n, 3)."""

    def __init__(self, mesh: bpy.types.Mesh, positions: np.ndarray) -> None:
        self.mesh, self.positions = mesh, positions
        self.motion = mesh.attributes.new("motion", "FLOAT_VECTOR", "POINT").name

    def set_frame(self, index: int) -> None:
        """Move the vertices and say where they go next."""
        here, there = self.positions[index], self.positions[index + 1]
        self.mesh.vertices.foreach_set("co", here.ravel())
        motion = self.mesh.attributes[self.motion]
        motion.data.foreach_set("vector", (there - here).ravel())
        self.mesh.update()


class Person:
    """A person in the scene. root: the empty that places it. frames: how many there are. seat (3,)
    and head (frames + 1, 3): in the person's axes, see the file's description."""

    def __init__(self, root: bpy.types.Object, parts: list[Part], seat, head, frames: int) -> None:
        self.root, self.parts, self.frames = root, parts, frames
        self.seat, self.head = seat, head

    def set_frame(self, index: int) -> None:
        """Show frame ``index`` in 0..frames - 1."""
        if not 0 <= index < self.frames:
            raise IndexError(f"frame {index}: the person has frames 0..{self.frames - 1}")
        for part in self.parts:
            part.set_frame(index)


def add_person(path: str, name: str) -> Person:
    """Add the person written at ``path`` to the scene's collection, at the origin, at frame 0."""
    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files}
    header = json.loads(str(arrays["header"]))
    collection = bpy.context.scene.collection
    root = bpy.data.objects.new(name, None)
    collection.objects.link(root)
    parts = []
    for entry in header["meshes"]:
        part, thing = add_mesh(arrays, entry, f"{name} {entry['name']}")
        thing.parent = root
        collection.objects.link(thing)
        parts.append(part)
    part, thing = add_hair(arrays, f"{name} hair")
    thing.parent = root
    collection.objects.link(thing)
    parts.append(part)
    person = Person(root, parts, arrays["seat"], arrays["head"], header["frames"])
    person.set_frame(0)
    return person


def add_mesh(arrays: dict, entry: dict, name: str) -> tuple[Part, bpy.types.Object]:
    """One smooth mesh with its attributes and material."""
    key = entry["name"]
    positions, faces = arrays[f"{key}/vertices"], arrays[f"{key}/faces"]
    mesh = bpy.data.meshes.new(name)
    sides = np.where(faces[:, 3] < 0, 3, 4)
    corners = faces[faces >= 0]
    mesh.vertices.add(positions.shape[1])
    mesh.vertices.foreach_set("co", positions[0].ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set(
        "loop_start", np.concatenate([[0], np.cumsum(sides)[:-1]]).astype(np.int32)
    )
    mesh.polygons.foreach_set("loop_total", sides.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), bool))
    mesh.update(calc_edges=True)
    for attribute in entry["attributes"]:
        layer = mesh.attributes.new(attribute, "FLOAT_VECTOR", "POINT")
        layer.data.foreach_set("vector", arrays[f"{key}/{attribute}"].ravel())
    mesh.materials.append(make_material(name, entry["material"]))
    return Part(mesh, positions), bpy.data.objects.new(name, mesh)


def add_hair(arrays: dict, name: str) -> tuple[Part, bpy.types.Object]:
    """Strands as Blender curves.

    Blender 3.4 cannot size its curves from Python, so the strands are the edges of a mesh that a
    geometry node turns into curves.
    """
    points, radius, colour = (arrays[f"hair/{key}"] for key in ("points", "radius", "colour"))
    frames, strands, count, _ = points.shape
    mesh = bpy.data.meshes.new(f"{name} strands")
    mesh.vertices.add(strands * count)
    index = np.arange(strands * count, dtype=np.int32).reshape(strands, count)
    edges = np.stack([index[:, :-1], index[:, 1:]], -1)
    mesh.edges.add(edges.size // 2)
    mesh.edges.foreach_set("vertices", edges.ravel())
    layer = mesh.attributes.new("thickness", "FLOAT", "POINT")
    layer.data.foreach_set("value", radius.ravel())
    layer = mesh.attributes.new("colour", "FLOAT_VECTOR", "POINT")
    layer.data.foreach_set("vector", np.repeat(colour, count, 0).ravel())
    source = bpy.data.objects.new(f"{name} strands", mesh)
    curves = bpy.data.hair_curves.new(name)
    material = make_material(name, {"kind": "hair"})
    curves.materials.append(material)
    thing = bpy.data.objects.new(name, curves)
    modifier = thing.modifiers.new("strands", "NODES")
    modifier.node_group = strands_to_curves(source, material)
    return Part(mesh, points.reshape(frames, -1, 3)), thing


def strands_to_curves(source: bpy.types.Object, material: bpy.types.Material) -> bpy.types.NodeTree:
    """Geometry nodes that make curves of ``source``'s edges, as thick as its "thickness" says."""
    group = bpy.data.node_groups.new(source.name, "GeometryNodeTree")
    group.inputs.new("NodeSocketGeometry", "Geometry")
    group.outputs.new("NodeSocketGeometry", "Geometry")
    nodes, links = group.nodes, group.links
    take = nodes.new("GeometryNodeObjectInfo")
    take.inputs["Object"].default_value = source
    curve = nodes.new("GeometryNodeMeshToCurve")
    thickness = nodes.new("GeometryNodeInputNamedAttribute")
    thickness.data_type = "FLOAT"
    thickness.inputs["Name"].default_value = "thickness"
    radius = nodes.new("GeometryNodeSetCurveRadius")
    paint = nodes.new("GeometryNodeSetMaterial")
    paint.inputs["Material"].default_value = material
    result = nodes.new("NodeGroupOutput")
    links.new(take.outputs["Geometry"], curve.inputs["Mesh"])
    links.new(curve.outputs["Curve"], radius.inputs["Curve"])
    value = next(socket for socket in thickness.outputs if socket.type == "VALUE")
    links.new(value, radius.inputs["Radius"])
    links.new(radius.outputs["Curve"], paint.inputs["Geometry"])
    links.new(paint.outputs["Geometry"], result.inputs["Geometry"])
    return group
