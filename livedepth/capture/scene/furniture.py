"""What stands on the floor along the back wall."""

from __future__ import annotations

import numpy as np

from livedepth.capture.raycast.tables import (
    BOOKS,
    BOX,
    CHECKS,
    ELLIPSOID,
    FABRIC,
    FRUSTUM,
    PLAIN,
    STRIPES,
    WOOD,
)
from livedepth.capture.scene.colours import any_colour, jitter, tinted
from livedepth.capture.scene.looks import RoomLook
from livedepth.capture.scene.model import Model
from livedepth.capture.scene.ornaments import add_lamp, add_leaves, add_ornament
from livedepth.capture.scene.rotations import turn_x, turn_y, turn_z


def add_bookshelf(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A bookcase with rows of books, a few bowls and a small plant."""
    timber = model.material(WOOD, room.timber, room.timber_accent, scale=1.6, gloss=0.12)
    dark = model.material(WOOD, room.timber_accent, room.timber_accent, scale=1.6)
    half, depth, z = 0.52, 0.15, room.depth - 0.16
    shelves = (0.10, 0.47, 0.83, 1.19, 1.55, 1.91)
    box = BOX
    model.add(box, (x, 1.0, room.depth - 0.01), (half, 0.95, 0.008), dark)
    for side in (-1, 1):
        model.add(box, (x + side * half, 1.0, z), (0.016, 0.95, depth), timber)
    for level in shelves:
        model.add(box, (x, level, z), (half, 0.014, depth), timber)
    for level in shelves[:-1]:
        start, stop = -half + 0.02, half - 0.02
        if rng.random() < 0.75:
            room_left = rng.uniform(0.2, 0.36)
            at = stop - 0.5 * room_left if rng.random() < 0.5 else start + 0.5 * room_left
            add_ornament(model, (x + at, level + 0.014, z - 0.02), rng)
            start, stop = (start, stop - room_left) if at > 0.0 else (start + room_left, stop)
        height = rng.uniform(0.125, 0.15)
        spines = model.material(
            BOOKS,
            room.timber_accent,
            gloss=0.08,
            half_height=height,
            variant=float(rng.integers(1, 10_000)),
        )
        centre = (x + 0.5 * (start + stop), level + 0.014 + height, z + rng.uniform(0.0, 0.03))
        model.add(box, centre, (0.5 * (stop - start), height, 0.10), spines, own_axes=True)


def add_sideboard(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A low cabinet with a lit lamp and a plant on it."""
    timber = model.material(WOOD, room.timber, room.timber_accent, scale=2.0, gloss=0.15)
    dark = model.material(PLAIN, (0.02, 0.018, 0.016))
    z, top, box = room.depth - 0.27, 0.80, BOX
    model.add(box, (x, 0.47, z), (0.62, 0.33, 0.21), timber)
    for seam in (-0.21, 0.21):
        model.add(box, (x + seam, 0.47, z - 0.21), (0.004, 0.31, 0.003), dark)
    glaze = model.material(PLAIN, tinted(rng.uniform(0.02, 0.1), 0.5, 0.75), gloss=0.6)
    model.add(FRUSTUM, (x - 0.36, top + 0.09, z), (0.075, 0.09, 0.105), glaze)
    add_leaves(model, (x - 0.36, top + 0.17, z), 0.27, 26, rng)
    add_lamp(model, (x + 0.34, top, z), rng)


def add_sofa(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A sofa with cushions against the wall."""
    hue, value = rng.random(), rng.uniform(0.3, 0.75)
    cover = model.material(
        FABRIC, tinted(hue, 0.35, value), tinted(hue, 0.38, 0.92 * value), scale=0.012
    )
    z = room.depth - 0.45
    model.add(BOX, (x, 0.25, z), (0.9, 0.2, 0.4), cover)
    model.cone((x - 0.8, 0.72, z + 0.28), (x + 0.8, 0.72, z + 0.28), 0.17, 0.17, cover)
    model.add(BOX, (x, 0.55, z + 0.28), (0.85, 0.2, 0.14), cover)
    for side in (-1, 1):
        arm = x + side * 0.88
        model.cone((arm, 0.55, z - 0.35), (arm, 0.55, z + 0.3), 0.13, 0.13, cover)
        pillow = model.material(PLAIN, tinted(rng.random(), 0.5, 0.8), wrap=0.3)
        turned = turn_z(rng.uniform(-0.3, 0.3)) @ turn_x(0.3)
        centre = (x + side * 0.5, 0.62, z + 0.05)
        model.add(ELLIPSOID, centre, (0.24, 0.22, 0.08), pillow, turned)


def add_floor_lamp(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    metal = model.material(PLAIN, (0.03, 0.03, 0.03), gloss=0.8)
    shade = model.material(PLAIN, (1.0, 0.78, 0.5), glow=rng.uniform(1.1, 1.5))
    z, y = room.depth - 0.4, rng.uniform(1.45, 1.75)
    model.cone((x, 0.0, z), (x, y, z), 0.012, 0.012, metal)
    model.add(FRUSTUM, (x, y, z), (0.2, 0.14, 0.14), shade)


def add_big_plant(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    pot = model.material(PLAIN, tinted(rng.uniform(0.02, 0.12), 0.45, 0.75), gloss=0.3)
    z = room.depth - rng.uniform(0.35, 0.6)
    model.add(FRUSTUM, (x, 0.2, z), (0.15, 0.2, 0.2), pot)
    for tier in range(2):
        length = rng.uniform(0.4, 0.55)
        add_leaves(model, (x, 0.4 + 0.4 * tier, z), length, 20, rng)


def add_boxes(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """Cartons, cushions and balls piled on the floor."""
    level, z = 0.0, room.depth - rng.uniform(0.35, 0.9)
    for _ in range(int(rng.integers(2, 7))):
        colour = any_colour(rng, (0.05, 0.7), (0.2, 0.9))
        pattern = int(rng.choice((PLAIN, CHECKS, STRIPES, WOOD)))
        cover = model.material(
            pattern, colour, jitter(rng, colour, 0.5), scale=rng.uniform(0.05, 0.2), gloss=0.1
        )
        half = rng.uniform(0.08, 0.20)
        centre = (x + rng.uniform(-0.08, 0.08), level + half, z)
        turned = turn_y(rng.uniform(-0.7, 0.7))
        kind = BOX if rng.random() < 0.7 else ELLIPSOID
        wide = rng.uniform(0.15, 0.32)
        model.add(kind, centre, (wide, half, wide), cover, turned, own_axes=True)
        level += 2.0 * half
