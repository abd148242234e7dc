"""Run inside Blender: places on walls, and the windows, doors and curtains there."""

from __future__ import annotations

import math

import materials
import meshes
import numpy as np

INWARD = {"back": 0.0, "left": math.pi / 2, "right": -math.pi / 2}
THICKNESS = 0.18


def wall_point(room: dict, wall: str, along: float, up: float, off: float) -> tuple:
    """A point ``off`` metres in front of a wall."""
    if wall == "back":
        return along, room["back"] - off, up
    if wall == "front":
        return along, room["front"] + off, up
    if wall == "left":
        return room["left"] + off, along, up
    return room["right"] - off, along, up


def around_holes(low: float, high: float, height: float, holes: list[dict]) -> list[tuple]:
    """Rectangles (from, to, bottom, top) that cover a wall save its holes."""
    rectangles, at = [], low
    for hole in sorted(holes, key=lambda each: each["centre"]):
        a, b = hole["centre"] - hole["width"] / 2, hole["centre"] + hole["width"] / 2
        rectangles.append((at, a, 0.0, height))
        rectangles.append((a, b, 0.0, hole["bottom"]))
        rectangles.append((a, b, hole["bottom"] + hole["height"], height))
        at = b
    return [*rectangles, (at, high, 0.0, height)]


def fitting(
    room: dict, wall: str, along: float, up: float, off: float, size: tuple, colour: list
) -> dict:
    """A block at a wall; size: along the wall, off it, up."""
    centre = wall_point(room, wall, along, up, off)
    return {"centre": centre, "size": size, "turn": INWARD[wall], "colour": colour}


def fit_opening(opening: dict, room: dict) -> list[dict]:
    """The frame, sill and reveal of a window, or a door's leaf with its frame and handle."""
    wall, centre = opening["wall"], opening["centre"]
    width, height, bottom = opening["width"], opening["height"], opening["bottom"]
    middle, colour, out = bottom + height / 2, opening["frame"], []

    def put(along: float, up: float, off: float, size: tuple, paint: object = colour) -> None:
        out.append(fitting(room, wall, along, up, off, size, paint))

    if opening["kind"] == "door":
        shade = [0.85 * part for part in colour]
        put(centre, middle, 0.01, (width, 0.03, height))
        for up in (0.28, 0.74):
            put(centre, height * up, 0.027, (width * 0.66, 0.012, height * 0.36), shade)
        put(centre + width * 0.42, 1.02, 0.06, (0.12, 0.02, 0.02), [0.3, 0.3, 0.3])
        for side in (-1, 1):
            put(centre + side * (width / 2 + 0.035), middle, 0.02, (0.07, 0.05, height + 0.07))
        put(centre, height + 0.035, 0.02, (width, 0.05, 0.07))
        return out
    depth = THICKNESS
    for side in (-1, 1):
        edge = centre + side * width / 2
        put(edge + side * 0.02, middle, -depth / 2, (0.04, depth, height + 0.08), room["ceiling"])
        put(edge - side * 0.03, middle, -depth + 0.05, (0.06, 0.05, height))
        put(edge + side * 0.03, middle, 0.01, (0.06, 0.025, height + 0.12))
    for up, side in ((bottom, -1), (bottom + height, 1)):
        put(centre, up + side * 0.02, -depth / 2, (width, depth, 0.04), room["ceiling"])
        put(centre, up - side * 0.03, -depth + 0.05, (width - 0.12, 0.05, 0.06))
        put(centre, up + side * 0.03, 0.01, (width, 0.025, 0.06))
    put(centre, bottom - 0.01, 0.03, (width + 0.14, 0.1, 0.03))
    for pane in range(1, opening["panes"]):
        along = centre - width / 2 + width * pane / opening["panes"]
        put(along, middle, -depth + 0.05, (0.05, 0.046, height - 0.12))
    if opening["blinds"]:
        drop = 0.35 + 0.6 * abs(math.sin(37.0 * centre))
        for index in range(int(height * drop / 0.05)):
            put(centre, bottom + height - 0.05 * index - 0.04, -0.05, (width * 0.97, 0.04, 0.004))
    return out


def hang_curtains(opening: dict, room: dict) -> None:
    """Two pieces of cloth in folds beside a window, and the rail above."""
    material = materials.plain("curtain", opening["curtain"], 0.9)
    top = min(opening["bottom"] + opening["height"] + 0.12, room["height"] - 0.03)
    bottom = 0.04 if opening["width"] > 1.2 else max(opening["bottom"] - 0.15, 0.04)
    for side in (-1, 1):
        outer = opening["centre"] + side * (opening["width"] / 2 + 0.2)
        inner = outer - side * (0.2 + 0.22 * opening["width"])
        share = np.linspace(0.0, 1.0, 60)
        along = outer + (inner - outer) * share
        low = [0.125 + 0.03 * math.sin(9.0 * math.pi * t) for t in share]
        high = [0.115 + 0.018 * math.sin(9.0 * math.pi * t + 0.3) for t in share]
        points = [
            wall_point(room, opening["wall"], a, up, off)
            for up, offs in ((bottom, low), (top, high))
            for a, off in zip(along, offs, strict=True)
        ]
        faces = [(i, i + 1, 61 + i, 60 + i) for i in range(59)]
        thing = meshes.add_mesh("curtain", np.array(points), faces, material)
        thing.data.polygons.foreach_set("use_smooth", [True] * 59)
    rail = fitting(
        room,
        opening["wall"],
        opening["centre"],
        top + 0.01,
        0.115,
        (opening["width"] + 0.5, 0.02, 0.02),
        [0.1, 0.1, 0.1],
    )
    meshes.add_blocks("rail", [rail], materials.coloured_by_attribute("rail", "colour"))
