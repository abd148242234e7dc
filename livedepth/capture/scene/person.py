"""A whole person."""

from __future__ import annotations

from livedepth.capture.raycast.tables import FACE, HAIR, PLAIN
from livedepth.capture.scene.body import add_arm, add_legs, add_torso
from livedepth.capture.scene.colours import Triple, scaled
from livedepth.capture.scene.hair import HAIR_STYLES
from livedepth.capture.scene.head import add_glasses, add_head, add_headphones
from livedepth.capture.scene.looks import PersonLook
from livedepth.capture.scene.model import Model
from livedepth.capture.scene.parts import BONES, GROUPS, PartBuilder, Person


def add_person(
    model: Model, look: PersonLook, neck: Triple, eye_level: float, number: int
) -> Person:
    """Add one person with the neck's base at `neck`; number: 0 for the first of the scene."""
    face = model.material(
        FACE,
        look.skin,
        look.hair,
        look.iris,
        gloss=0.10,
        wrap=0.35,
        openness=1.0,
        smile=look.smile,
        eye_size=look.eyes,
        brow_weight=look.brows,
        beard=look.beard,
        blush=look.blush,
    )
    person = Person(look, neck, eye_level, 1 + BONES * number, 1 + GROUPS * number, face)
    parts = PartBuilder(model, person)
    skin = model.material(PLAIN, look.skin, gloss=0.08, wrap=0.35)
    hair = model.material(
        HAIR,
        scaled(look.hair, 0.6),
        scaled(look.hair, 1.7),
        gloss=0.16,
        wrap=0.25,
    )
    add_head(parts, look, face, skin)
    HAIR_STYLES[look.hair_style](parts, hair)
    add_torso(parts, look, skin)
    add_legs(parts, look)
    for side in (-1, 1):
        add_arm(parts, look, skin, side)
    if look.glasses:
        add_glasses(parts)
    if look.headphones:
        add_headphones(parts)
    return person
