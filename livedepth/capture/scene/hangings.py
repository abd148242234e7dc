"""What is in or on the back wall: window, door, pictures, screen, shelves."""

from __future__ import annotations

import math

import numpy as np

from livedepth.capture.raycast.tables import BOX, ELLIPSOID, FABRIC, OUTDOORS, PLAIN, POSTER, WOOD
from livedepth.capture.scene.colours import linear, tinted
from livedepth.capture.scene.looks import RoomLook
from livedepth.capture.scene.model import Model
from livedepth.capture.scene.ornaments import add_ornament


def add_window(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A bright window with a white frame, a sill and a curtain on either side."""
    z, half_width, half_height, middle = room.depth, 0.46, 0.58, 1.60
    view = model.material(
        OUTDOORS,
        tinted(0.57 + rng.uniform(-0.02, 0.02), 0.34, 0.98),
        linear("#e9efe6"),
        tinted(0.27 + rng.uniform(-0.06, 0.04), 0.45, 0.55),
        glow=1.75,
    )
    white = model.material(PLAIN, (0.80, 0.79, 0.76), gloss=0.2)
    box = BOX
    model.add(box, (x, middle, z - 0.004), (half_width, half_height, 0.006), view, own_axes=True)
    for side in (-1, 1):
        model.add(box, (x + side * half_width, middle, z - 0.02), (0.035, 0.61, 0.03), white)
        model.add(box, (x, middle + side * half_height, z - 0.02), (0.49, 0.035, 0.03), white)
    model.add(box, (x, middle, z - 0.015), (0.014, half_height, 0.018), white)
    model.add(box, (x, middle + 0.14, z - 0.015), (half_width, 0.014, 0.018), white)
    model.add(box, (x, middle - 0.62, z - 0.06), (0.53, 0.02, 0.075), white)
    linen = model.material(FABRIC, linear("#d9cfbd"), linear("#cfc3ae"), scale=0.012, wrap=0.4)
    for side in (-1, 1):
        for fold in range(5):
            at = x + side * (0.50 + 0.042 * fold)
            hem, top = (at, 0.85, z - 0.09), (at - side * 0.01, 2.30, z - 0.09)
            model.cone(hem, top, 0.030 + 0.006 * math.sin(2.4 * fold + side), 0.024, linen)
    rail = model.material(PLAIN, (0.05, 0.045, 0.04), gloss=0.5)
    model.cone((x - 0.78, 2.31, z - 0.09), (x + 0.78, 2.31, z - 0.09), 0.012, 0.012, rail)


def add_door(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A panelled door in its frame."""
    value = rng.uniform(0.5, 0.92)
    paint = model.material(PLAIN, tinted(rng.random(), 0.08, value), gloss=0.2)
    shadow = model.material(PLAIN, tinted(rng.random(), 0.08, 0.85 * value))
    brass = model.material(PLAIN, (0.4, 0.3, 0.14), gloss=1.0)
    z, box = room.depth, BOX
    model.add(box, (x, 1.04, z - 0.01), (0.50, 1.06, 0.02), shadow)
    model.add(box, (x, 1.0, z - 0.025), (0.43, 1.0, 0.02), paint)
    for y, half in ((0.5, 0.36), (1.42, 0.42)):
        for side in (-1, 1):
            model.add(box, (x + 0.2 * side, y, z - 0.045), (0.14, half, 0.004), shadow)
            model.add(box, (x + 0.2 * side, y, z - 0.047), (0.12, half - 0.02, 0.006), paint)
    model.add(ELLIPSOID, (x + 0.37, 1.0, z - 0.09), (0.03, 0.03, 0.03), brass)


def add_pictures(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """Two framed prints, one above the other."""
    frame = model.material(WOOD, room.timber_accent, (0.03, 0.02, 0.015), scale=2.0)
    for half_width, half_height, dx, y in ((0.19, 0.25, 0.0, 1.86), (0.15, 0.15, -0.03, 1.36)):
        hue = rng.random()
        colours = (
            tinted(hue + 0.5, 0.25, 0.88),
            tinted(hue, 0.5, 0.35),
            tinted(0.05 + rng.uniform(-0.03, 0.05), 0.7, 0.9),
        )
        print_ = model.material(
            POSTER,
            *colours,
            half_width=half_width,
            half_height=half_height,
            variant=rng.uniform(0.0, 6.28),
        )
        centre = (x + dx, y, room.depth - 0.012)
        half = (half_width + 0.018, half_height + 0.018, 0.014)
        model.add(BOX, centre, half, frame)
        centre = (x + dx, y, room.depth - 0.02)
        half = (half_width, half_height, 0.010)
        model.add(BOX, centre, half, print_, own_axes=True)


def add_screen(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A television on the wall, showing something."""
    black = model.material(PLAIN, (0.01, 0.01, 0.012), gloss=0.8)
    hue = rng.random()
    shown = model.material(
        OUTDOORS,
        tinted(hue, 0.5, 0.8),
        tinted(hue + 0.3, 0.3, 0.7),
        tinted(hue + 0.6, 0.6, 0.4),
        glow=rng.uniform(0.1, 0.9),
    )
    y, z = rng.uniform(1.25, 1.6), room.depth
    model.add(BOX, (x, y, z - 0.03), (0.55, 0.32, 0.025), black)
    half = (0.53, 0.30, 0.004)
    model.add(BOX, (x, y, z - 0.055), half, shown, own_axes=True)


def add_wall_shelf(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """Boards on the wall with ornaments."""
    timber = model.material(WOOD, room.timber, room.timber_accent, scale=1.4, gloss=0.12)
    for level in (1.05, 1.45, 1.85)[int(rng.integers(0, 2)) :]:
        model.add(BOX, (x, level, room.depth - 0.11), (0.42, 0.014, 0.11), timber)
        for place in (-0.28, 0.0, 0.28):
            if rng.random() < 0.75:
                at = (x + place + rng.uniform(-0.05, 0.05), level + 0.014, room.depth - 0.11)
                add_ornament(model, at, rng)
