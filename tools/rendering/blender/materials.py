"""Run inside Blender: the materials of a room, procedural ones in metres of UV."""

from __future__ import annotations

import bpy


class Graph:
    """A material's nodes while it is put together."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def node(self, kind: str, **inputs: object) -> bpy.types.Node:
        """A node of ``kind``; each keyword names an input, a value or an output to link from."""
        node = self.tree.nodes.new(kind)
        for name, value in inputs.items():
            socket = node.inputs[name.replace("_", " ")]
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, socket)
            elif socket.type == "RGBA":
                socket.default_value = (*value, 1.0)[:4]
            else:
                socket.default_value = value
        return node

    def finish(self, shader: bpy.types.NodeSocket) -> bpy.types.Material:
        """Make ``shader`` the surface."""
        self.node("ShaderNodeOutputMaterial", Surface=shader)
        return self.material

    def surface(self, colour: object, roughness: float) -> bpy.types.Material:
        """A matt or a glossy surface of a colour, which may be an output."""
        if roughness > 0.6:
            return self.finish(self.node("ShaderNodeBsdfDiffuse", Color=colour).outputs[0])
        shader = self.node(
            "ShaderNodeBsdfPrincipled", Base_Color=colour, Roughness=roughness, Specular=0.4
        )
        return self.finish(shader.outputs[0])


def plain(name: str, colour: tuple, roughness: float = 0.8) -> bpy.types.Material:
    """One colour."""
    return Graph(name).surface(colour, roughness)


def coloured_by_attribute(name: str, attribute: str) -> bpy.types.Material:
    """The colour that each face's corners carry."""
    graph = Graph(name)
    source = graph.node("ShaderNodeVertexColor")
    source.layer_name = attribute
    return graph.surface(source.outputs["Color"], 0.8)


def picture(name: str, file: str, glow: float) -> bpy.types.Material:
    """An image over the UV square; with ``glow`` it shines by itself."""
    graph = Graph(name)
    source = graph.node("ShaderNodeTexImage")
    source.image = bpy.data.images.load(file, check_existing=True)
    source.extension = "EXTEND"
    if glow > 0.0:
        shader = graph.node("ShaderNodeEmission", Color=source.outputs["Color"], Strength=glow)
        return graph.finish(shader.outputs[0])
    return graph.surface(source.outputs["Color"], 0.45)


def emission(name: str, colour: tuple, strength: float) -> bpy.types.Material:
    """A surface that shines and lights nothing."""
    graph = Graph(name)
    shader = graph.node("ShaderNodeEmission", Color=colour, Strength=strength)
    material = graph.finish(shader.outputs[0])
    material.cycles.sample_as_light = False
    return material


def tinted(material: bpy.types.Material, tint: tuple) -> bpy.types.Material:
    """A copy of a furniture material with its colour multiplied."""
    copy = material.copy()
    for node in [node for node in copy.node_tree.nodes if node.type == "BSDF_PRINCIPLED"]:
        socket = node.inputs["Base Color"]
        if not socket.is_linked:
            colour = socket.default_value
            level = max(colour[:3]) * 0.6 + 0.25
            socket.default_value = (*(part * level for part in tint), 1.0)
    return copy


def finish(name: str, surface: dict) -> bpy.types.Material:
    """A wall's or a floor's finish from its description."""
    graph = Graph(name)
    place = graph.node("ShaderNodeUVMap").outputs["UV"]
    first, second = tuple(surface["colour"]), tuple(surface["second"])
    kind, scale = surface["kind"], surface["scale"]
    if kind in ("brick", "tiles", "wood", "panels"):
        wide, high, gap = {
            "brick": (0.25, 0.075, 0.008),
            "tiles": (scale + 0.15, scale + 0.15, 0.004),
            "wood": (1.4, 0.08 + scale * 0.3, 0.002),
            "panels": (60.0, 0.08 + scale * 0.25, 0.006),
        }[kind]
        if kind == "panels":
            place = graph.node("ShaderNodeMapping", Vector=place, Rotation=(0, 0, 1.5708))
            place = place.outputs[0]
        bricks = graph.node(
            "ShaderNodeTexBrick",
            Vector=place,
            Color1=first,
            Color2=second,
            Mortar=tuple(part * 0.5 for part in second),
            Scale=1.0,
            Mortar_Size=gap,
            Brick_Width=wide,
            Row_Height=high,
        )
        bricks.offset = 0.0 if kind == "tiles" else 0.5
        colour = bricks.outputs["Color"]
    elif kind == "stripes":
        wave = graph.node("ShaderNodeTexWave", Vector=place, Scale=1.0 / (scale + 0.05))
        wave.wave_profile = "SAW" if scale > 0.35 else "SIN"
        factor = wave.outputs["Fac"]
        colour = mixed(graph, factor, first, second)
    elif kind == "pattern":
        cells = graph.node("ShaderNodeTexVoronoi", Vector=place, Scale=1.0 / (0.3 * scale + 0.03))
        cells.voronoi_dimensions = "2D"
        cells.inputs["Randomness"].default_value = 0.0 if scale > 0.3 else 1.0
        ramp = graph.node("ShaderNodeMath", Value=cells.outputs["Distance"])
        ramp.operation = "LESS_THAN"
        ramp.inputs[1].default_value = 0.42
        colour = mixed(graph, ramp.outputs[0], first, second)
    elif kind == "carpet":
        noise = graph.node("ShaderNodeTexNoise", Vector=place, Scale=60.0, Detail=1.0)
        colour = mixed(graph, noise.outputs["Fac"], first, second)
    else:
        noise = graph.node("ShaderNodeTexNoise", Vector=place, Scale=1.5, Detail=2.0)
        near = tuple(0.93 * part for part in first)
        colour = mixed(graph, noise.outputs["Fac"], first, near)
    return graph.surface(colour, surface["roughness"])


def mixed(graph: Graph, factor: object, first: tuple, second: tuple) -> bpy.types.NodeSocket:
    """The mix of two colours by a factor."""
    node = graph.node("ShaderNodeMixRGB", Fac=factor, Color1=first, Color2=second)
    return node.outputs["Color"]
