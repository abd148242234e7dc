"""Openings, a desk, pictures and small things: what a furnished room has besides furniture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rendering.finishes import chosen, hsv
from rendering.furnish import desk, opening, pick, picture
from rendering.furniture import Model
from rendering.layout import Plan
from rendering.scene import Block, Lamp, Opening, Picture, Piece, Room, Stand

PHOTOGRAPHS, FACES = 8, 10
"""How many photographs and printed faces pictures may name."""


def sample_openings(
    plan: Plan, light: str, people: list[Stand], rng: np.random.Generator
) -> list[Opening]:
    """Windows and doors; a lit window where the light asks for one, behind people if it does."""
    walls = ["back", "left", "right"]
    wanted = [(walls[int(rng.integers(3))], "window") for _ in range(int(rng.choice([0, 1, 1, 2])))]
    found = []
    if light == "back":
        behind = people[0].x * plan.back / people[0].y if people else 0.0
        near = behind + float(rng.normal(0, 0.25))
        found.append(opening(plan, "back", "window", rng, near))
    elif light == "window":
        wanted.insert(0, (walls[1 + int(rng.integers(2))], "window"))
    if rng.random() < 0.55:
        wanted.append((walls[int(rng.integers(3))], "door"))
    found += [opening(plan, wall, kind, rng) for wall, kind in wanted]
    return [each for each in found if each is not None]


def sample_desk(
    people: list[Stand],
    bearing: float,
    camera_height: float,
    models: Mapping[str, Model],
    rng: np.random.Generator,
) -> tuple[list[Block], list[Piece]]:
    """A desk under the camera, or none."""
    if camera_height > 1.4 or rng.random() < 0.2:
        return [], []
    reach = 0.5
    if people:
        reach = min(0.55, math.hypot(people[0].x, people[0].y) - 0.27)
    if reach < 0.15:
        return [], []
    height = min(float(rng.uniform(0.71, 0.77)), camera_height - 0.15)
    return desk(bearing, reach, height, models, rng)


def sample_pictures(plan: Plan, rng: np.random.Generator) -> list[Picture | None]:
    """Pictures and screens on the walls."""
    out: list[Picture | None] = []
    for _ in range(int(rng.choice([0, 2, 3, 4, 6]))):
        kind = chosen({"abstract": 2, "landscape": 2, "photograph": 2, "print": 1}, rng)
        number = rng.integers(PHOTOGRAPHS) if kind == "photograph" else rng.integers(100000)
        wall = ("back", "back", "left", "right")[int(rng.integers(4))]
        out.append(picture(plan, wall, f"{kind}:{number}", rng))
    if rng.random() < 0.1:
        out.append(picture(plan, "back", f"landscape:{rng.integers(100000)}", rng, glow=1.0))
    return out


def sample_wall_things(plan: Plan, models: Mapping[str, Model], rng: np.random.Generator) -> None:
    """Clocks, wall lamps, a television."""
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        model = pick(chosen({"wall": 3, "screen": 1}, rng), models, rng)
        wall = ("back", "left", "right")[int(rng.integers(3))]
        plan.put_at_wall(model, wall, rng, elevation=float(rng.uniform(1.2, 1.6)))


def ceiling_piece(
    lamps: list[Lamp], models: Mapping[str, Model], room: Room, rng: np.random.Generator
) -> list[Piece]:
    """Sometimes a chandelier or a fan under the ceiling, away from the lamps."""
    if rng.random() > 0.15:
        return []
    model = pick("ceiling", models, rng)
    x, y = float(rng.uniform(-0.6, 0.6)), float(rng.uniform(1.0, max(1.1, room.back - 0.6)))
    if any(math.hypot(lamp.position[0] - x, lamp.position[1] - y) < 0.8 for lamp in lamps):
        return []
    return [Piece(model.name, (x, y, room.height - model.height), float(rng.uniform(0, 3.1)))]


def tint_some(pieces: list[Piece], rng: np.random.Generator) -> list[Piece]:
    """Repaint a third of the furniture, so that few models look like many."""
    out = []
    for piece in pieces:
        if rng.random() < 0.35:
            tint = hsv(rng.random(), rng.uniform(0.0, 0.5), rng.uniform(0.35, 1.0))
            piece = replace(piece, tint=tint)
        out.append(piece)
    return out
