"""The desk between the camera and the people, and what may lie on it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from livedepth.capture.raycast.tables import BOX, FABRIC, FRUSTUM, PLAIN, WOOD
from livedepth.capture.scene.colours import Triple, any_colour, jitter, linear, tinted
from livedepth.capture.scene.looks import RoomLook
from livedepth.capture.scene.model import Model
from livedepth.capture.scene.ornaments import add_leaves
from livedepth.capture.scene.rotations import turn_y


def add_mug(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    glaze = model.material(PLAIN, jitter(rng, linear("#ded5c2"), 0.08), gloss=0.45)
    drink = model.material(PLAIN, linear("#2a160c"), gloss=0.4)
    model.add(FRUSTUM, (x, y + 0.036, z), (0.030, 0.036, 0.034), glaze)
    model.add(FRUSTUM, (x, y + 0.0722, z), (0.030, 0.0012, 0.030), drink)
    handle = [
        (x + 0.030 + 0.022 * math.cos(a), y + 0.037 + 0.022 * math.sin(a), z - 0.006)
        for a in np.linspace(-1.6, 1.6, 12)
    ]
    for start, end in pairwise(handle):
        model.cone(start, end, 0.0048, 0.0048, glaze)


def add_microphone(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    black = model.material(PLAIN, (0.02, 0.02, 0.022), gloss=0.3)
    mesh = model.material(FABRIC, (0.10, 0.10, 0.11), (0.03, 0.03, 0.03), scale=0.004, gloss=0.2)
    tall = rng.uniform(0.05, 0.16)
    model.add(FRUSTUM, (x, y + 0.006, z), (0.045, 0.006, 0.04), black)
    model.cone((x, y, z), (x, y + tall, z), 0.006, 0.006, black)
    model.cone((x, y + tall, z), (x, y + tall + 0.06, z), 0.020, 0.022, mesh)


def add_desk_plant(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    pot = model.material(PLAIN, tinted(rng.random(), 0.3, 0.8), gloss=0.4)
    model.add(FRUSTUM, (x, y + 0.025, z), (0.024, 0.025, 0.032), pot)
    add_leaves(model, (x, y + 0.045, z), rng.uniform(0.05, 0.09), 14, rng)


def add_desk_books(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    level = y
    for _ in range(int(rng.integers(1, 5))):
        cover = model.material(PLAIN, any_colour(rng, (0.1, 0.6), (0.2, 0.9)), gloss=0.1)
        half = rng.uniform(0.008, 0.016)
        turned = turn_y(rng.uniform(-0.4, 0.4))
        size = (rng.uniform(0.06, 0.09), half, 0.05)
        model.add(BOX, (x, level + half, z - 0.03), size, cover, turned)
        level += 2.0 * half


DESK_THINGS = {
    "mug": add_mug,
    "microphone": add_microphone,
    "plant": add_desk_plant,
    "books": add_desk_books,
}


def add_desk(model: Model, room: RoomLook, rng: np.random.Generator) -> None:
    """The edge of a desk between the camera and the people, and what lies on it."""
    timber = model.material(WOOD, room.timber, room.timber_accent, scale=1.0, gloss=0.3)
    y, edge = room.desk_height, room.desk_edge
    model.add(BOX, (0.0, y - 0.015, edge - 0.25), (0.75, 0.015, 0.25), timber)
    for name, x in room.desk_things:
        DESK_THINGS[name](model, (x, y, edge - 0.05), rng)
