"""A scene from a seed: the people's places, the camera, the room around them, its light."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rendering.casting import kept_clear, sample_camera, sample_people
from rendering.decoration import (
    FACES,
    ceiling_piece,
    sample_desk,
    sample_openings,
    sample_pictures,
    sample_wall_things,
    tint_some,
)
from rendering.finishes import chosen, floor_surface, hsv, wall_surface, wood_colour
from rendering.furnish import THEMES, furnish, picture
from rendering.furniture import ROLES, Model
from rendering.illuminate import LIGHTS, illuminate
from rendering.layout import Plan
from rendering.scene import Block, Framing, Picture, Piece, Room, Scene, Stand, Vector
from rendering.shelves import build_case, place_case

SIZES = {(384, 216): 0.67, (320, 240): 0.25, (224, 320): 0.08}
"""Columns and rows of a picture, and their shares."""
COUNTS = {0: 0.12, 1: 0.6, 2: 0.2, 3: 0.08}
"""How many people are in a scene, and how often."""

DIMMED = {"dim": 0.6, "screen": 0.6, "back": 0.45}
"""How much darker than its level the automatic exposure leaves some kinds of light."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a scene must have; None leaves it to the seed."""

    people: int | None = None
    light: str | None = None
    theme: str | None = None
    size: tuple[int, int] | None = None
    distance: float | None = None
    framing: Framing | None = None
    field_of_view: float | None = None
    face_picture: bool | None = None


def sample_scene(seed: int, models: Mapping[str, Model], wishes: Wishes = Wishes()) -> Scene:
    """The scene of a seed. Equal seeds, models and wishes give equal scenes."""
    rng = np.random.default_rng([seed, 20])
    columns, rows = wishes.size or _drawn(SIZES, rng)
    count = wishes.people if wishes.people is not None else _drawn(COUNTS, rng)
    theme = wishes.theme or chosen(THEMES, rng)
    light = wishes.light or chosen(LIGHTS, rng)
    field = sample_field(wishes, count, columns < rows, rng)
    people = sample_people(seed, count, field, wishes.distance, rng)
    camera = sample_camera(people, field, columns, rows, rng)
    room = sample_room(people, rng)
    plan = Plan(room.left, room.right, room.front, room.back, room.height)
    plan.reserve(kept_clear(people))
    openings = sample_openings(plan, light, people, rng)
    pictures: list[Picture | None] = []
    wanted = wishes.face_picture
    if wanted or (wanted is None and rng.random() < 0.13):
        image = f"face:{rng.integers(FACES)}"
        pictures.append(picture(plan, "back", image, rng, glow=float(rng.random() < 0.25)))
    bearing = math.atan2(people[0].x, people[0].y) if people else float(rng.normal(0, 0.3))
    if not people:
        camera = replace(camera, yaw=-bearing)
    desk_blocks, desk_pieces = sample_desk(people, bearing, camera.height, models, rng)
    blocks = [*desk_blocks, *sample_shelves(plan, rng)]
    furnish(plan, theme, models, rng)
    pictures += sample_pictures(plan, rng)
    sample_wall_things(plan, models, rng)
    places = lamp_places([*plan.pieces, *desk_pieces], models)
    lamps, outside = illuminate(light, room, openings, places, camera.height, rng)
    ceiling = ceiling_piece(lamps, models, room, rng)
    pieces = tuple(tint_some([*plan.pieces, *desk_pieces, *ceiling], rng))
    framing = sample_framing(people, rng)
    return Scene(
        seed=seed,
        theme=theme,
        light=light,
        camera=camera,
        framing=wishes.framing or framing,
        room=room,
        outside=outside,
        openings=tuple(openings),
        pictures=tuple(each for each in pictures if each is not None),
        blocks=tuple(blocks),
        pieces=pieces,
        lamps=tuple(lamps),
        people=tuple(people),
        exposure=float(rng.uniform(0.75, 1.25) * DIMMED.get(light, 1.0)),
        seconds_between=float(rng.uniform(0.1, 0.2)),
    )


def _drawn(shares: dict, rng: np.random.Generator) -> object:
    keys = list(shares)
    weights = np.array(list(shares.values()))
    return keys[int(rng.choice(len(keys), p=weights / weights.sum()))]


def sample_field(wishes: Wishes, count: int, upright: bool, rng: np.random.Generator) -> float:
    """A webcam's horizontal field of view, wide where several people must fit in."""
    field = wishes.field_of_view or math.radians(rng.uniform(50, 90))
    if upright:
        field = min(field, math.radians(62))
    if count > 1:
        field = max(field, math.radians(62))
    return field


def sample_framing(people: list[Stand], rng: np.random.Generator) -> Framing:
    """Where the nearest head appears: about the middle, now and then at an edge."""
    across, up = float(np.clip(rng.normal(0, 0.2), -0.5, 0.5)), float(rng.uniform(-0.1, 0.35))
    if people and people[0].y < 0.75:
        up *= 0.6
    if rng.random() < 0.12:
        across = float(rng.choice([-1, 1]) * rng.uniform(0.75, 1.0))
    return Framing(across, up)


def sample_shelves(plan: Plan, rng: np.random.Generator) -> list[Block]:
    """Bookcases and boards at the walls."""
    blocks: list[Block] = []
    for _ in range(int(rng.choice([0, 1, 1, 2, 3]))):
        wall = ("back", "back", "left", "right")[int(rng.integers(4))]
        case = place_case(plan, wall, rng, hanging=rng.random() < 0.3)
        if case is not None:
            blocks += build_case(case, rng)
    return blocks


def lamp_places(pieces: list[Piece], models: Mapping[str, Model]) -> list[Vector]:
    """Where the bulbs of table lamps are."""
    return [
        (*piece.position[:2], piece.position[2] + 0.75 * models[piece.model].height)
        for piece in pieces
        if piece.model in ROLES["table_lamp"]
    ]


def sample_room(people: list[Stand], rng: np.random.Generator) -> Room:
    """Walls around the camera and everybody, 2.5 to 6 m apart."""
    deepest = max((stand.y for stand in people), default=0.8) + 0.62
    widest = max((abs(stand.x) for stand in people), default=0.3) + 0.55
    back = deepest + float(rng.choice([rng.uniform(0.1, 0.8), rng.uniform(0.5, 3.0)]))
    left = -max(widest, float(rng.uniform(1.0, 3.2)))
    right = max(widest, float(rng.uniform(1.0, 3.2)))
    front = -float(rng.uniform(0.5, 2.5))
    wall = wall_surface(rng)
    accent = wall_surface(rng) if rng.random() < 0.4 else wall
    white = hsv(0.12, rng.uniform(0, 0.06), rng.uniform(0.82, 0.95))
    skirting = white if rng.random() < 0.7 else wood_colour(rng)
    height = float(rng.uniform(2.3, 3.0))
    return Room(left, right, front, back, height, wall, accent, floor_surface(rng), white, skirting)
