"""What a frame is rendered into: colour, depth, and the matte and motion that materials write.

A material of a person writes the AOV "matte" (value 1) and the AOV "motion" (colour: where the
surface goes until the next frame, metres in world axes). Everything else leaves both at 0.
"""

from __future__ import annotations

import bpy

MATTE, MOTION = "matte", "motion"


def declare_passes(view_layer: bpy.types.ViewLayer) -> None:
    """Add depth, denoising guides and both AOVs to a view layer."""
    view_layer.use_pass_z = True
    view_layer.cycles.denoising_store_passes = True
    for name, kind in ((MATTE, "VALUE"), (MOTION, "COLOR")):
        if name not in view_layer.aovs:
            aov = view_layer.aovs.add()
            aov.name, aov.type = name, kind


def write_matte(material: bpy.types.Material, coverage: float = 1.0) -> None:
    """Let a material write ``coverage`` into the matte."""
    node = _output(material, MATTE)
    node.inputs["Value"].default_value = coverage


def write_motion(material: bpy.types.Material, attribute: str = MOTION) -> None:
    """Let a material write a vector attribute of its geometry, in object axes, as the motion."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    source = nodes.new("ShaderNodeAttribute")
    source.attribute_type = "GEOMETRY"
    source.attribute_name = attribute
    turn = nodes.new("ShaderNodeVectorTransform")
    turn.vector_type, turn.convert_from, turn.convert_to = "VECTOR", "OBJECT", "WORLD"
    links.new(source.outputs["Vector"], turn.inputs["Vector"])
    links.new(turn.outputs["Vector"], _output(material, MOTION).inputs["Color"])


def _output(material: bpy.types.Material, name: str) -> bpy.types.Node:
    material.use_nodes = True
    nodes = material.node_tree.nodes
    node = nodes.get(name) or nodes.new("ShaderNodeOutputAOV")
    node.name = name
    return node
