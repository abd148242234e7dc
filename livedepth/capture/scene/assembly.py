"""A look turned into solids, materials and people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livedepth.capture.raycast.tables import Table
from livedepth.capture.scene.desk import add_desk
from livedepth.capture.scene.looks import Look
from livedepth.capture.scene.model import Model, Solid
from livedepth.capture.scene.parts import Person
from livedepth.capture.scene.person import add_person
from livedepth.capture.scene.room import FURNITURE, add_chair, add_shell


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """What is in a scene: solids behind the people, before them, and the people's own."""

    materials: Table
    room: tuple[Solid, ...]
    front: tuple[Solid, ...]
    figures: tuple[Solid, ...]
    people: tuple[Person, ...]


def assemble(look: Look) -> Assembly:
    """Build everything that the look describes."""
    model = Model()
    rng = np.random.default_rng(look.seed + 77)
    add_shell(model, look.room)
    for name, x in look.room.slots:
        FURNITURE[name](model, look.room, x, rng)
    necks = [
        (p.position[0], look.camera_height - 0.100 + p.position[1], p.position[2])
        for p in look.people
    ]
    if look.room.chair:
        for neck in necks:
            add_chair(model, look.room, neck)
    behind = len(model.solids)
    add_desk(model, look.room, rng)
    settled = len(model.solids)
    people = tuple(
        add_person(model, person, neck, look.camera_height, number)
        for number, (person, neck) in enumerate(zip(look.people, necks, strict=True))
    )
    return Assembly(
        model.materials(),
        tuple(model.solids[:behind]),
        tuple(model.solids[behind:settled]),
        tuple(model.solids[settled:]),
        people,
    )
