"""Furnishing a floor plan: themes, kitchens, desks, openings and pictures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rendering.finishes import chosen, cloth_colour, hsv, light_colour, wood_colour
from rendering.furniture import ROLES, Model
from rendering.layout import INWARD, Footprint, Plan, on_top
from rendering.placement import turned
from rendering.scene import Block, Colour, Opening, Picture, Piece

Models = Mapping[str, Model]

THEMES = {"living": 0.34, "bedroom": 0.2, "office": 0.3, "kitchen": 0.16}
WALL_ROLES: dict[str, dict[str, float]] = {
    "living": {"sofa": 3, "storage": 3, "armchair": 2, "music": 1, "plant": 2, "heater": 1},
    "bedroom": {"bed": 3, "storage": 2, "bedside": 1.5, "plant": 1, "music": 0.7, "heater": 1},
    "office": {"office": 3, "storage": 2, "plant": 2, "heater": 1, "sofa": 0.5, "seat": 1},
    "kitchen": {"cooling": 1, "storage": 1, "table": 1.5, "plant": 1, "seat": 1, "heater": 1},
}
FLOOR_ROLES: dict[str, dict[str, float]] = {
    "living": {"plant": 2, "armchair": 2, "clutter": 2, "table": 1, "seat": 1},
    "bedroom": {"clutter": 3, "plant": 1, "seat": 1, "armchair": 0.5},
    "office": {"seat": 3, "plant": 1.5, "office": 2, "clutter": 1.5, "table": 1},
    "kitchen": {"seat": 2, "table": 1.5, "clutter": 1.5, "plant": 1},
}


def pick(role: str, models: Models, rng: np.random.Generator) -> Model:
    """A model that may serve as ``role``."""
    names = ROLES[role]
    return models[names[int(rng.integers(len(names)))]]


def furnish(plan: Plan, theme: str, models: Models, rng: np.random.Generator) -> None:
    """Set a theme's furniture: a kitchen's run, things at the walls, things on the floor."""
    if theme == "kitchen":
        kitchen_run(plan, models, rng)
    walls = ["back", "back", "left", "right"]
    for _ in range(int(rng.integers(6, 18))):
        model = pick(chosen(WALL_ROLES[theme], rng), models, rng)
        wall = walls[int(rng.integers(len(walls)))]
        piece = plan.put_at_wall(model, wall, rng)
        if piece is not None and 0.3 < model.top < 1.3 and model.top == model.height:
            litter(plan, piece, model, models, rng)
    for _ in range(int(rng.integers(1, 7))):
        model = pick(chosen(FLOOR_ROLES[theme], rng), models, rng)
        plan.put_freely(model, rng)


def litter(
    plan: Plan, piece: Piece, model: Model, models: Models, rng: np.random.Generator
) -> None:
    """Small things on a piece's top."""
    for _ in range(int(rng.integers(0, 4))):
        role = chosen({"tabletop": 3, "small_plant": 1, "table_lamp": 1}, rng)
        small = pick(role, models, rng)
        if small.width < model.width and small.depth < model.depth:
            height = piece.position[2] + model.top * piece.scale[2]
            plan.put(on_top(piece, model, small, rng, height + 0.003), small, gap=0.005)


def kitchen_run(plan: Plan, models: Models, rng: np.random.Generator) -> None:
    """Cabinets side by side along a wall, others above them, things on the worktop."""
    wall = ("back", "left", "right")[int(rng.integers(3))]
    low, high = plan.span(wall)
    along = low + float(rng.uniform(0.0, max(0.01, (high - low) * 0.4)))
    while along < high - 0.6:
        model = pick("kitchen", models, rng)
        x, y = plan.against(wall, along + model.width / 2, model.depth)
        piece = Piece(model.name, (x, y, 0.0), INWARD[wall])
        if plan.put(piece, model, gap=0.0) and model.height < 1.25:
            if rng.random() < 0.7:
                upper = pick("upper", models, rng)
                ux, uy = plan.against(wall, along + model.width / 2, upper.depth)
                plan.put(Piece(upper.name, (ux, uy, 1.45), INWARD[wall]), upper, gap=0.0)
            if model.height < 1.0 and rng.random() < 0.6:
                small = pick("worktop", models, rng)
                plan.put(on_top(piece, model, small, rng, model.height + 0.003), small, 0.0)
        along += model.width
        if rng.random() < 0.12:
            break


def desk(
    bearing: float, reach: float, height: float, models: Models, rng: np.random.Generator
) -> tuple[list[Block], list[Piece]]:
    """The table that the camera stands on, seen from behind it, and the things on it.

    bearing: where it reaches to, clockwise from Y. reach: how far, in metres.
    """
    width, near = float(rng.uniform(1.0, 1.9)), -0.35
    shift = float(rng.uniform(-0.25, 0.25))
    cx, cy = turned(shift, (reach + near) / 2, -bearing)
    top = Block((cx, cy, height - 0.015), (width, reach - near, 0.03), -bearing, wood_colour(rng))
    pieces: list[Piece] = []
    occupied: list[tuple[float, float, float]] = []
    for _ in range(int(rng.integers(0, 6))):
        small = pick(
            chosen({"tabletop": 4, "small_plant": 0.6, "table_lamp": 0.4}, rng), models, rng
        )
        radius = max(small.width, small.depth) / 2
        if radius > width / 3:
            continue
        side = float(rng.uniform(-width / 2 + radius, width / 2 - radius)) + shift
        forth = float(rng.uniform(0.08 + radius, max(0.09 + radius, reach - radius)))
        if forth + radius > reach or abs(side) < radius + 0.1 + small.height * 0.6:
            continue
        if any(np.hypot(side - a, forth - b) < radius + c for a, b, c in occupied):
            continue
        occupied.append((side, forth, radius))
        x, y = turned(side, forth, -bearing)
        pieces.append(Piece(small.name, (x, y, height + 0.001), float(rng.uniform(-3.14, 3.14))))
    return [top], pieces


def wall_space(plan: Plan, wall: str, centre: float, width: float, low: float, high: float,
               depth: float) -> Footprint:  # fmt: skip
    """The volume in front of a stretch of wall."""
    x, y = plan.against(wall, centre, depth)
    across, deep = (width, depth) if wall in ("back", "front") else (depth, width)
    return Footprint(x - across / 2, x + across / 2, y - deep / 2, y + deep / 2, low, high)


def opening(
    plan: Plan, wall: str, kind: str, rng: np.random.Generator, near: float | None = None
) -> Opening | None:
    """A window or a door in a wall, its space kept clear; None where none fits.

    near: where along the wall a wide window should be, if there is room for it.
    """
    low, high = plan.span(wall)
    if kind == "door":
        width, height, bottom = float(rng.uniform(0.8, 0.95)), float(rng.uniform(1.98, 2.1)), 0.0
    else:
        width = float(rng.uniform(0.7, 2.0) if near is None else rng.uniform(1.3, 2.2))
        bottom = 0.05 if rng.random() < 0.12 else float(rng.uniform(0.75, 1.0))
        height = min(float(rng.uniform(1.0, 1.5)), plan.height - 0.2 - bottom)
    curtain = cloth_colour(rng) if kind == "window" and rng.random() < 0.45 else None
    margin = width / 2 + (0.35 if curtain else 0.12)
    if high - low < 2 * margin:
        return None
    for trial in range(6):
        centre = float(rng.uniform(low + margin, high - margin))
        if near is not None and trial == 0:
            centre = min(max(near, low + margin), high - margin)
        space = wall_space(plan, wall, centre, 2 * margin, bottom, bottom + height, 0.14)
        if not plan.free(space):
            continue
        plan.taken.append(space)
        white = rng.random() < 0.7
        frame = hsv(0.1, 0.03, rng.uniform(0.8, 0.95)) if white else wood_colour(rng)
        blinds = kind == "window" and curtain is None and rng.random() < 0.25
        panes = int(rng.integers(1, 4))
        return Opening(wall, kind, centre, bottom, width, height, frame, panes, curtain, blinds)
    return None


def picture(
    plan: Plan, wall: str, image: str, rng: np.random.Generator, glow: float = 0.0
) -> Picture | None:
    """A picture at eye height on a free stretch of wall; None where none fits."""
    size = float(rng.uniform(0.25, 0.8))
    aspect = float(rng.choice([0.7, 0.75, 1.0, 1.33, 1.5]))
    if glow:
        size, aspect = float(rng.uniform(0.5, 0.9)), 16 / 9
    if image.startswith("face"):
        size = float(rng.uniform(0.4, 0.9))
        aspect = float(rng.choice([0.75, 0.8, 1.0])) if not glow else 4 / 3
    width, height = size * aspect**0.5, size / aspect**0.5
    low, high = plan.span(wall)
    if high - low < width + 0.1:
        return None
    for _ in range(8):
        centre = float(rng.uniform(low + width / 2 + 0.04, high - width / 2 - 0.04))
        middle = float(rng.uniform(1.25, min(1.75, plan.height - height / 2 - 0.1)))
        space = wall_space(
            plan, wall, centre, width + 0.04, middle - height / 2, middle + height / 2, 0.04
        )
        if plan.free(space):
            plan.taken.append(space)
            border = float(rng.choice([0.0, 0.012, 0.025, 0.05]))
            frame = wood_colour(rng) if not glow else (0.01, 0.01, 0.012)
            return Picture(
                wall,
                centre,
                middle,
                width,
                height,
                image,
                frame,
                border if not glow else 0.02,
                glow,
            )
    return None


def warm(rng: np.random.Generator) -> Colour:
    """The colour of a lamp at home."""
    return light_colour(float(rng.uniform(2500, 3600)))
