"""The bones and blend groups of a person, and how solids are added to them."""

from __future__ import annotations

from dataclasses import dataclass

from livedepth.capture.raycast.tables import ELLIPSOID, ROUND_CONE
from livedepth.capture.scene.colours import Triple
from livedepth.capture.scene.looks import PersonLook
from livedepth.capture.scene.model import Model, Solid
from livedepth.capture.scene.rotations import UPRIGHT, Floats, rotation_along

BONES = 8
TORSO, HEAD, UPPER_ARM, FOREARM, HAND = 0, 1, 2, 4, 6
GROUPS = 9
SKULL, CLOTH, SCALP, NECK, EXTRAS, COLLAR, LEGS, PALM = range(8)
MELT = (0.022, 0.045, 0.032, 0.010, 0.006, 0.012, 0.050, 0.011, 0.011)
UPPER_LENGTH, FORE_LENGTH = 0.275, 0.245
SHOULDER_DROP = -0.088


@dataclass(frozen=True, slots=True)
class Person:
    """A look, and where its parts are in the scene's tables."""

    look: PersonLook
    neck: Triple
    eye_level: float
    first_bone: int
    first_group: int
    face: int


@dataclass(frozen=True, slots=True)
class PartBuilder:
    """Adds solids that belong to one person."""

    model: Model
    person: Person

    def add(
        self,
        bone: int,
        group: int,
        kind: int,
        centre: Triple,
        size: Triple,
        material: int,
        rotation: Floats = UPRIGHT,
    ) -> None:
        self.model.solids.append(
            Solid(
                kind,
                centre,
                size,
                material,
                rotation,
                bone=self.person.first_bone + bone,
                blend=self.person.first_group + group,
                melt=MELT[group],
                subject=True,
            )
        )

    def ellipsoid(
        self,
        bone: int,
        group: int,
        centre: Triple,
        radii: Triple,
        material: int,
        rotation: Floats = UPRIGHT,
    ) -> None:
        self.add(bone, group, ELLIPSOID, centre, radii, material, rotation)

    def cone(
        self,
        bone: int,
        group: int,
        start: Triple,
        end: Triple,
        radii: tuple[float, float],
        material: int,
    ) -> None:
        rotation, length = rotation_along(start, end)
        self.add(bone, group, ROUND_CONE, start, (length, *radii), material, rotation)
