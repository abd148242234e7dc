"""The tables of the ray-caster at a moment: moved solids, faces, and what shades."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livedepth.capture.raycast.tables import OCCLUDER, Table
from livedepth.capture.scene.gestures import blink_openness, mouth_opening, smoothstep
from livedepth.capture.scene.model import Solid, pack, place_solids
from livedepth.capture.scene.parts import CLOTH, HAND, HEAD, PALM, SKULL, TORSO, Person
from livedepth.capture.scene.pose import gaze, skeleton
from livedepth.capture.scene.rotations import Floats

SHADING_SPHERES = (
    (HEAD, (0.0, 0.0, 0.0), 0.098, SKULL),
    (TORSO, (0.0, -0.27, 0.02), 0.15, CLOTH),
    (HAND, (0.0, 0.06, 0.0), 0.05, PALM),
    (HAND + 1, (0.0, 0.06, 0.0), 0.05, PALM + 1),
)


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """Solids in the frames of their bones: what a pose starts from."""

    table: Table
    centre: Floats
    rotation: Floats
    bone: NDArray[np.int64]


def make_rest(solids: Sequence[Solid]) -> Rest:
    return Rest(
        pack(solids),
        np.array([solid.centre for solid in solids], np.float64).reshape(-1, 3),
        np.array([solid.rotation for solid in solids], np.float64).reshape(-1, 3, 3),
        np.array([solid.bone for solid in solids], np.int64),
    )


def pose(rest: Rest, people: Sequence[Person], time: float) -> Table:
    """The people's solids, and those in front of them, at one moment."""
    rotations, places = skeleton(people, time)
    turned = rotations[rest.bone]
    table = rest.table.copy()
    centre = np.einsum("nij,nj->ni", turned, rest.centre) + places[rest.bone]
    place_solids(table, centre, turned @ rest.rotation)
    return table


def express(materials: Table, people: Sequence[Person], time: float) -> Table:
    """The materials with every face's expression at one moment."""
    table = materials.copy()
    for person in people:
        t = time + person.look.phase
        face = table[person.face]
        face["openness"] = blink_openness(t)
        face["opening"] = mouth_opening(t)
        face["gaze_x"], face["gaze_y"] = gaze(person, time)
        face["brow_lift"] = 0.0025 * smoothstep(0.3, 0.9, math.sin(1.1 * t))
    return table


def occluders(people: Sequence[Person], time: float) -> Table:
    """Spheres that stand for heads, chests and hands where they shade other things."""
    rotations, places = skeleton(people, time)
    table = np.zeros(len(people) * len(SHADING_SPHERES), OCCLUDER)
    rows = iter(table)
    for person in people:
        for bone, offset, radius, group in SHADING_SPHERES:
            i, row = person.first_bone + bone, next(rows)
            row["x"], row["y"], row["z"] = places[i] + rotations[i] @ np.array(offset)
            row["radius"], row["owner"] = radius, person.first_group + group
    return table
