"""Materials of people: skin, eyes, cloth, glossy things and hair; all write matte and motion."""

from __future__ import annotations

import bpy
from passes import write_matte, write_motion


def make_material(name: str, recipe: dict) -> bpy.types.Material:
    """A material by its recipe's kind: skin, eye, cloth, plastic, ceramic or hair."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = nodes["Principled BSDF"]
    kind = recipe["kind"]
    if kind in ("skin", "eye", "hair"):
        colour = nodes.new("ShaderNodeAttribute")
        colour.attribute_name = "colour"
        links.new(colour.outputs["Color"], surface.inputs["Base Color"])
    elif kind == "cloth":
        _cloth(nodes, links, surface, recipe)
    else:
        surface.inputs["Base Color"].default_value = (*recipe["colour"], 1)
    surface.inputs["Roughness"].default_value = {
        "skin": 0.56, "eye": 0.08, "hair": 0.42, "plastic": 0.4, "ceramic": 0.2
    }.get(kind, 0.9)  # fmt: skip
    surface.inputs["Specular"].default_value = {"skin": 0.32, "cloth": 0.15}.get(kind, 0.5)
    if kind == "hair":
        surface.inputs["Specular"].default_value = 0.6
    write_matte(material)
    write_motion(material)
    return material


def _cloth(nodes, links, surface, recipe: dict) -> None:
    """Stripes, checks or noise between two colours over the cloth's own coordinates."""
    surface.inputs["Sheen"].default_value = 0.3
    if recipe["pattern"] == "plain":
        surface.inputs["Base Color"].default_value = (*recipe["colour"], 1)
        return
    place = nodes.new("ShaderNodeAttribute")
    place.attribute_name = "pattern"
    mix = nodes.new("ShaderNodeMixRGB")
    mix.inputs["Color1"].default_value = (*recipe["colour"], 1)
    mix.inputs["Color2"].default_value = (*recipe["second"], 1)
    links.new(mix.outputs["Color"], surface.inputs["Base Color"])
    if recipe["pattern"] == "noise":
        noise = nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = 1 / recipe["scale"]
        sharpen = nodes.new("ShaderNodeValToRGB")
        sharpen.color_ramp.elements[0].position = 0.45
        sharpen.color_ramp.elements[1].position = 0.55
        links.new(place.outputs["Vector"], noise.inputs["Vector"])
        links.new(noise.outputs["Fac"], sharpen.inputs["Fac"])
        links.new(sharpen.outputs["Color"], mix.inputs["Fac"])
        return
    axes = nodes.new("ShaderNodeSeparateXYZ")
    links.new(place.outputs["Vector"], axes.inputs["Vector"])
    bands = [_bands(nodes, links, axes.outputs["Z"], recipe["scale"])]
    if recipe["pattern"] == "checks":
        bands.append(_bands(nodes, links, axes.outputs["X"], recipe["scale"]))
        half = nodes.new("ShaderNodeMath")
        half.operation = "ADD"
        links.new(bands[0], half.inputs[0])
        links.new(bands[1], half.inputs[1])
        scaled = nodes.new("ShaderNodeMath")
        scaled.operation = "MULTIPLY"
        scaled.inputs[1].default_value = 0.5
        links.new(half.outputs[0], scaled.inputs[0])
        links.new(scaled.outputs[0], mix.inputs["Fac"])
        return
    links.new(bands[0], mix.inputs["Fac"])


def _bands(nodes, links, coordinate, scale: float):
    """1 on every other half period of ``scale`` metres along a coordinate, else 0."""
    parts = (("MULTIPLY", 1 / scale), ("FRACT", None), ("GREATER_THAN", 0.5))
    for operation, value in parts:
        node = nodes.new("ShaderNodeMath")
        node.operation = operation
        if value is not None:
            node.inputs[1].default_value = value
        links.new(coordinate, node.inputs[0])
        coordinate = node.outputs[0]
    return coordinate
