"""Run inside Blender: lamps, and a world that shows the outside and lights every corner."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import materials
import meshes
from mathutils import Vector

AMBIENT_REACH = 1.2
"""Within so many metres, things keep the room's even light from each other."""


def add_lamps(lamps: list[dict]) -> None:
    """Put every lamp of a scene."""
    for lamp in lamps:
        kind = {"area": "AREA", "point": "POINT", "sun": "SUN"}[lamp["kind"]]
        light = bpy.data.lights.new("lamp", kind)
        light.color = lamp["colour"]
        light.energy = lamp["power"]
        if kind == "AREA":
            light.shape, light.size = "SQUARE", lamp["size"]
        elif kind == "POINT":
            light.shadow_soft_size = lamp["size"]
        else:
            light.angle = lamp["size"]
        thing = bpy.data.objects.new("lamp", light)
        thing.location = lamp["position"]
        thing.visible_camera = False
        way = Vector(lamp["target"]) - Vector(lamp["position"])
        if way.length > 1e-6:
            thing.rotation_euler = way.to_track_quat("-Z", "Y").to_euler()
        bpy.context.scene.collection.objects.link(thing)
        if lamp["glow"]:
            add_shade(lamp)


def add_shade(lamp: dict) -> None:
    """The bright panel that a ceiling lamp shows the camera."""
    x, y, z = lamp["position"]
    half = lamp["size"] / 2
    corners = [
        (x - half, y - half),
        (x - half, y + half),
        (x + half, y + half),
        (x + half, y - half),
    ]
    quad = [(a, b, z + 0.012) for a, b in corners]
    strength = lamp["power"] / (math.pi * lamp["size"] ** 2)
    material = materials.emission("shade", lamp["colour"], min(strength, 40.0))
    meshes.add_quads("shade", [quad], [[(0, 0), (1, 0), (1, 1), (0, 1)]], material)


def set_world(outside: dict) -> None:
    """Show the outside to the camera and give everything else the even ambient light."""
    world = bpy.data.worlds.new("outside")
    bpy.context.scene.world = world
    world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    folder = Path(bpy.utils.system_resource("DATAFILES", path="studiolights/world"))
    where = tree.nodes.new("ShaderNodeTexCoord")
    turn = tree.nodes.new("ShaderNodeMapping")
    turn.inputs["Rotation"].default_value = (0.0, 0.0, outside["turn"])
    image = tree.nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(str(folder / f"{outside['picture']}.exr"))
    view = tree.nodes.new("ShaderNodeBackground")
    view.inputs["Strength"].default_value = outside["strength"]
    ambient = tree.nodes.new("ShaderNodeBackground")
    ambient.inputs["Color"].default_value = (*outside["ambient"], 1.0)
    path = tree.nodes.new("ShaderNodeLightPath")
    mix = tree.nodes.new("ShaderNodeMixShader")
    output = tree.nodes.new("ShaderNodeOutputWorld")
    link = tree.links.new
    link(where.outputs["Generated"], turn.inputs["Vector"])
    link(turn.outputs["Vector"], image.inputs["Vector"])
    link(image.outputs["Color"], view.inputs["Color"])
    link(path.outputs["Is Camera Ray"], mix.inputs["Fac"])
    link(ambient.outputs[0], mix.inputs[1])
    link(view.outputs[0], mix.inputs[2])
    link(mix.outputs[0], output.inputs["Surface"])
    world.cycles.sampling_method = "NONE"
    world.light_settings.ao_factor = 1.0
    world.light_settings.distance = AMBIENT_REACH
