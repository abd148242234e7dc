"""Run inside Blender: the shell of a room, its openings, its pictures and its furniture."""

from __future__ import annotations

import bpy
import materials
import meshes
from openings import around_holes, fit_opening, fitting, hang_curtains, wall_point


def build_room(scene: dict, images: dict[str, str], library: str) -> None:
    """Everything of a scene that is neither a person, a lamp nor the camera."""
    room = scene["room"]
    painted = materials.coloured_by_attribute("blocks", "colour")
    build_shell(room, scene["openings"])
    fittings = [block for opening in scene["openings"] for block in fit_opening(opening, room)]
    fittings += skirting(room, scene["openings"])
    meshes.add_blocks("fittings", fittings, painted)
    meshes.add_blocks("blocks", scene["blocks"], painted)
    for opening in scene["openings"]:
        if opening["curtain"] is not None:
            hang_curtains(opening, room)
    for picture in scene["pictures"]:
        hang_picture(picture, room, images[picture["image"]], painted)
    add_furniture(scene["pieces"], library)


def build_shell(room: dict, openings: list[dict]) -> None:
    """Floor, ceiling and four walls with holes for the windows; UVs are metres."""
    left, right, front, back = (room[side] for side in ("left", "right", "front", "back"))
    height = room["height"]
    corners = [(left, front), (right, front), (right, back), (left, back)]
    floor = [(x, y, 0.0) for x, y in corners]
    meshes.add_quads("floor", [floor], [corners], materials.finish("floor", room["floor"]))
    ceiling = [(x, y, height) for x, y in corners]
    meshes.add_quads("ceiling", [ceiling], [corners], materials.plain("ceiling", room["ceiling"]))
    wall_material = materials.finish("wall", room["wall"])
    accent = wall_material
    if room["accent"] != room["wall"]:
        accent = materials.finish("accent", room["accent"])
    for wall in ("back", "front", "left", "right"):
        low, high = (left, right) if wall in ("back", "front") else (front, back)
        holes = [each for each in openings if each["wall"] == wall and each["kind"] == "window"]
        quads, uvs = [], []
        for a, b, bottom, top in around_holes(low, high, height, holes):
            rectangle = [(a, bottom), (b, bottom), (b, top), (a, top)]
            quads.append([wall_point(room, wall, along, up, 0.0) for along, up in rectangle])
            uvs.append(rectangle)
        material = accent if wall == "back" else wall_material
        meshes.add_quads(wall, quads, uvs, material)


def skirting(room: dict, openings: list[dict]) -> list[dict]:
    """A board along the foot of each wall, with gaps at doors."""
    out = []
    for wall in ("back", "left", "right"):
        low, high = (
            (room["left"], room["right"]) if wall == "back" else (room["front"], room["back"])
        )
        doors = [each for each in openings if each["wall"] == wall and each["bottom"] < 0.1]
        for a, b, bottom, _ in around_holes(low, high, 0.08, doors):
            if b - a > 0.02 and bottom == 0.0:
                size = (b - a, 0.016, 0.08)
                out.append(fitting(room, wall, (a + b) / 2, 0.04, 0.008, size, room["skirting"]))
    return out


def hang_picture(picture: dict, room: dict, file: str, painted: bpy.types.Material) -> None:
    """A picture on a wall with its frame."""
    wall, centre, middle = picture["wall"], picture["centre"], picture["middle"]
    width, height, border = picture["width"], picture["height"], picture["border"]
    half, tall = width / 2 - border, height / 2 - border
    corners = [(-half, -tall), (half, -tall), (half, tall), (-half, tall)]
    flip = {"back": 1, "right": -1, "left": 1}[wall]
    quad = [wall_point(room, wall, centre + flip * x, middle + up, 0.021) for x, up in corners]
    material = materials.picture("picture", file, picture["glow"])
    meshes.add_quads("picture", [quad], [[(0, 0), (1, 0), (1, 1), (0, 1)]], material)
    size = (width - 0.004, 0.018, height - 0.004)
    board = fitting(room, wall, centre, middle, 0.01, size, picture["frame"])
    frame = [board]
    if border > 0.0:
        for side in (-1, 1):
            along = centre + side * (width - border) / 2
            size = (border, 0.03, height)
            frame.append(fitting(room, wall, along, middle, 0.016, size, picture["frame"]))
            up = middle + side * (height - border) / 2
            size = (width - 2 * border, 0.03, border)
            frame.append(fitting(room, wall, centre, up, 0.016, size, picture["frame"]))
    meshes.add_blocks("frame", frame, painted)


def add_furniture(pieces: list[dict], library: str) -> None:
    """Put furniture from the library where the scene wants it."""
    wanted = sorted({piece["model"] for piece in pieces} - set(bpy.data.meshes.keys()))
    if wanted:
        with bpy.data.libraries.load(library) as (_, target):
            target.meshes = wanted
    for piece in pieces:
        mesh = bpy.data.meshes[piece["model"]]
        if piece["tint"] is not None:
            mesh = mesh.copy()
            for index, material in enumerate(mesh.materials):
                if material is not None:
                    mesh.materials[index] = materials.tinted(material, piece["tint"])
        thing = bpy.data.objects.new(piece["model"], mesh)
        thing.location, thing.scale = piece["position"], piece["scale"]
        thing.rotation_euler = (0.0, 0.0, piece["turn"])
        bpy.context.scene.collection.objects.link(thing)
