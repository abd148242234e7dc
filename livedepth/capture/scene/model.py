"""Solids and materials, collected and then packed into the tables of the ray-caster."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livedepth.capture.raycast.tables import (
    BOX,
    ELLIPSOID,
    FRUSTUM,
    MATERIAL,
    ROUND_CONE,
    SOLID,
    Table,
)
from livedepth.capture.scene.colours import Triple
from livedepth.capture.scene.rotations import UPRIGHT, Floats, rotation_along


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """One primitive in the frame of its bone (bone 0 is the world).

    Its texture is laid out in that frame, or in its own axes. Solids of one blend group (> 0)
    melt into each other over `melt` metres.
    """

    kind: int
    centre: Triple
    size: Triple
    material: int
    rotation: Floats
    own_axes: bool = False
    bone: int = 0
    blend: int = 0
    melt: float = 0.0
    subject: bool = False


class Model:
    """Collects materials and solids of one scene."""

    def __init__(self) -> None:
        self.solids: list[Solid] = []
        self._materials: list[dict[str, float]] = []

    def material(self, pattern: int, *colours: Triple, **properties: float) -> int:
        """Add a material of up to three linear colours and named MATERIAL properties."""
        entry = {"pattern": float(pattern), "scale": 1.0, "wrap": 0.12, **properties}
        for number, colour in enumerate(colours, start=1):
            for channel, value in zip(("red", "green", "blue"), colour, strict=True):
                entry[f"{channel}{number}"] = value
        self._materials.append(entry)
        return len(self._materials) - 1

    def add(
        self,
        kind: int,
        centre: Triple,
        size: Triple,
        material: int,
        rotation: Floats = UPRIGHT,
        own_axes: bool = False,
    ) -> None:
        self.solids.append(Solid(kind, centre, size, material, rotation, own_axes))

    def cone(self, start: Triple, end: Triple, first: float, last: float, material: int) -> None:
        """A round cone between two points, textured along its axis."""
        rotation, length = rotation_along(start, end)
        size = (length, first, last)
        self.add(ROUND_CONE, start, size, material, rotation, own_axes=True)

    def materials(self) -> Table:
        table = np.zeros(len(self._materials), MATERIAL)
        for row, entry in zip(table, self._materials, strict=True):
            for name, value in entry.items():
                row[name] = value
        return table


def bounding_radius(solid: Solid) -> float:
    """Radius about the centre that holds the solid."""
    a, b, c = solid.size
    if solid.kind == ELLIPSOID:
        return max(a, b, c)
    if solid.kind == ROUND_CONE:
        return max(b, a + c)
    if solid.kind == FRUSTUM:
        return math.hypot(max(a, c), b)
    return math.hypot(a, b, c if solid.kind == BOX else 0.0)


def pack(solids: Sequence[Solid]) -> Table:
    """The solids as records, placed in the frames of their bones."""
    table = np.zeros(len(solids), SOLID)
    for name in ("kind", "material", "blend", "melt", "subject"):
        table[name] = [getattr(solid, name) for solid in solids]
    table["bound"] = [bounding_radius(solid) for solid in solids]
    size = np.array([solid.size for solid in solids], np.float64).reshape(-1, 3)
    table["a"], table["b"], table["c"] = size.T
    centre = np.array([solid.centre for solid in solids], np.float64).reshape(-1, 3)
    rotation = np.array([solid.rotation for solid in solids], np.float64).reshape(-1, 3, 3)
    place_solids(table, centre, rotation)
    own = np.array([solid.own_axes for solid in solids], bool)
    layout = np.where(own[:, None, None], UPRIGHT, rotation)
    table["u"], table["v"], table["w"] = np.where(own[:, None], 0.0, centre).T
    for row, column in np.ndindex(3, 3):
        table[f"w{row}{column}"] = layout[:, row, column]
    return table


def place_solids(table: Table, centre: Floats, rotation: Floats) -> None:
    """Place the solids at centre (n, 3), turned by rotation (n, 3, 3)."""
    table["x"], table["y"], table["z"] = centre.T
    for row, column in np.ndindex(3, 3):
        table[f"r{row}{column}"] = rotation[:, row, column]
