"""Run inside Blender: simplifies OBJ furniture once and saves all of it as one .blend file.

    blender --background --factory-startup --python furniture_library.py -- models.json OUT.blend

Every model becomes one mesh by its name: metres, standing on z = 0, centred, facing -Y.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
from mathutils import Matrix, Vector

MOST_FACES = 7000
MOST_PIXELS = 256


def import_model(entry: dict) -> bpy.types.Mesh:
    """One model as one mesh, scaled to its catalogue size."""
    bpy.ops.wm.obj_import(filepath=entry["file"], forward_axis="NEGATIVE_Z", up_axis="Y")
    parts = [thing for thing in bpy.context.selected_objects if thing.type == "MESH"]
    bpy.context.view_layer.objects.active = parts[0]
    if len(parts) > 1:
        bpy.ops.object.join()
    model = bpy.context.view_layer.objects.active
    simplify(model)
    mesh = model.data
    mesh.transform(model.matrix_world)
    if entry["rotation"]:
        rows = [entry["rotation"][i : i + 3] for i in (0, 3, 6)]
        upright = Matrix(((1, 0, 0), (0, 0, -1), (0, 1, 0)))
        mesh.transform((upright @ Matrix(rows) @ upright.inverted()).to_4x4())
    fit(mesh, Vector((entry["width"], entry["depth"], entry["height"])))
    mesh.name = entry["name"]
    mesh.use_fake_user = True
    bpy.data.objects.remove(model)
    return mesh


def simplify(model: bpy.types.Object) -> None:
    """Collapse edges until at most MOST_FACES are left."""
    faces = len(model.data.polygons)
    if faces <= MOST_FACES:
        return
    bpy.context.view_layer.objects.active = model
    modifier = model.modifiers.new("simplify", "DECIMATE")
    modifier.ratio = MOST_FACES / faces
    bpy.ops.object.modifier_apply(modifier=modifier.name)


def fit(mesh: bpy.types.Mesh, size: Vector) -> None:
    """Scale and shift a mesh so that its bounds have ``size`` and stand centred on the floor."""
    corners = [vertex.co for vertex in mesh.vertices]
    low = Vector([min(corner[axis] for corner in corners) for axis in range(3)])
    high = Vector([max(corner[axis] for corner in corners) for axis in range(3)])
    scale = [size[axis] / max(high[axis] - low[axis], 1e-6) for axis in range(3)]
    foot = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
    mesh.transform(Matrix.Diagonal((*scale, 1.0)) @ Matrix.Translation(-foot))


def decide_glass() -> None:
    """Make each see-through material wholly clear or solid, so that depth has one answer."""
    for material in bpy.data.materials:
        nodes = material.node_tree.nodes if material.use_nodes else ()
        for node in [node for node in nodes if node.type == "BSDF_PRINCIPLED"]:
            alpha = node.inputs["Alpha"]
            if not alpha.is_linked:
                alpha.default_value = 0.0 if alpha.default_value < 0.6 else 1.0
            node.inputs["Transmission"].default_value = 0.0


def shrink_images() -> None:
    """Bound every texture's size and store it inside the file."""
    for image in bpy.data.images:
        if not image.has_data:
            image.update()
        width, height = image.size
        largest = max(width, height)
        if largest > MOST_PIXELS:
            image.scale(
                max(1, width * MOST_PIXELS // largest), max(1, height * MOST_PIXELS // largest)
            )
        if largest > 0:
            image.pack()


def main() -> None:
    """Build the library that the arguments name."""
    listing, output = sys.argv[sys.argv.index("--") + 1 :]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for entry in json.loads(Path(listing).read_text()):
        mesh = import_model(entry)
        print(f"model {mesh.name} {len(mesh.polygons)} faces", flush=True)
    decide_glass()
    shrink_images()
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(output).resolve()), compress=True)


if __name__ == "__main__":
    main()
