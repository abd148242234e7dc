"""Floor plans: what stands where, so that nothing overlaps and nobody's face is hidden."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rendering.furniture import Model
from rendering.placement import turned
from rendering.scene import Piece

INWARD = {"back": 0.0, "left": math.pi / 2, "right": -math.pi / 2, "front": math.pi}
"""The turn of a piece that stands with its back to a wall."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """An axis-aligned rectangle on the floor with its height range, in metres."""

    left: float
    right: float
    front: float
    back: float
    bottom: float = 0.0
    top: float = 9.0

    def overlaps(self, other: Footprint, gap: float = 0.0) -> bool:
        """Whether two share a volume, ``gap`` metres added around on the floor."""
        return (
            self.left - gap < other.right
            and other.left - gap < self.right
            and self.front - gap < other.back
            and other.front - gap < self.back
            and self.bottom < other.top
            and other.bottom < self.top
        )


def footprint(
    x: float, y: float, width: float, depth: float, turn: float, bottom: float, top: float
) -> Footprint:
    """Bounds of a turned rectangle about (x, y)."""
    half_x = (abs(width * math.cos(turn)) + abs(depth * math.sin(turn))) / 2
    half_y = (abs(width * math.sin(turn)) + abs(depth * math.cos(turn))) / 2
    return Footprint(x - half_x, x + half_x, y - half_y, y + half_y, bottom, top)


def discs_along(x: float, y: float, radius: float) -> list[Footprint]:
    """Squares that cover the way from the camera to (x, y), so that nothing stands in it."""
    count = max(2, math.ceil(math.hypot(x, y) / 0.2))
    places = [(x * index / count, y * index / count) for index in range(count + 1)]
    return [Footprint(px - radius, px + radius, py - radius, py + radius) for px, py in places]


@dataclass
class Plan:
    """A room's floor while it is furnished: what is taken, and the pieces set so far."""

    left: float
    right: float
    front: float
    back: float
    height: float
    taken: list[Footprint] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def reserve(self, spaces: Iterable[Footprint]) -> None:
        """Keep spaces clear."""
        self.taken.extend(spaces)

    def free(self, space: Footprint, gap: float = 0.02) -> bool:
        """Whether a footprint lies inside the room and touches nothing."""
        slack = 0.005
        inside = (
            space.left >= self.left - slack
            and space.right <= self.right + slack
            and space.front >= self.front - slack
            and space.back <= self.back + slack
            and space.top <= self.height + slack
        )
        return inside and not any(space.overlaps(other, gap) for other in self.taken)

    def put(self, piece: Piece, model: Model, gap: float = 0.02) -> bool:
        """Set a piece where there is room for it; whether there was."""
        width, depth = model.width * piece.scale[0], model.depth * piece.scale[1]
        x, y, bottom = piece.position
        top = bottom + model.height * piece.scale[2]
        space = footprint(x, y, width, depth, piece.turn, bottom, top)
        if not self.free(space, gap):
            return False
        self.taken.append(space)
        self.pieces.append(piece)
        return True

    def span(self, wall: str) -> tuple[float, float]:
        """Where a wall begins and ends, along X for the back and along Y for a side."""
        if wall in ("back", "front"):
            return self.left, self.right
        return self.front, self.back

    def against(self, wall: str, along: float, depth: float) -> tuple[float, float]:
        """The middle of something ``depth`` deep that stands at a wall."""
        off = depth / 2 + 0.012
        return {
            "back": (along, self.back - off),
            "front": (along, self.front + off),
            "left": (self.left + off, along),
            "right": (self.right - off, along),
        }[wall]

    def put_at_wall(
        self,
        model: Model,
        wall: str,
        rng: np.random.Generator,
        tries: int = 6,
        elevation: float = 0.0,
        scale: float = 1.0,
    ) -> Piece | None:
        """Set a model with its back to a wall at a random free place; None where there is none."""
        low, high = self.span(wall)
        half = model.width * scale / 2 + 0.02
        if high - low < 2 * half:
            return None
        for _ in range(tries):
            along = float(rng.uniform(low + half, high - half))
            x, y = self.against(wall, along, model.depth * scale)
            piece = Piece(model.name, (x, y, elevation), INWARD[wall], (scale, scale, scale))
            if self.put(piece, model):
                return piece
        return None

    def put_freely(self, model: Model, rng: np.random.Generator, tries: int = 8) -> Piece | None:
        """Set a model somewhere on the floor, turned at random; None where there is no room."""
        for _ in range(tries):
            x = float(rng.uniform(self.left + 0.3, self.right - 0.3))
            y = float(rng.uniform(max(self.front, 0.3), self.back - 0.3))
            piece = Piece(model.name, (x, y, 0.0), float(rng.uniform(-math.pi, math.pi)))
            if self.put(piece, model, gap=0.08):
                return piece
        return None


def on_top(
    piece: Piece, model: Model, small: Model, rng: np.random.Generator, elevation: float
) -> Piece:
    """A small model somewhere on a piece's top."""
    reach_x = max(0.0, model.width / 2 - small.width / 2 - 0.03)
    reach_y = max(0.0, model.depth / 2 - small.depth / 2 - 0.03)
    dx, dy = turned(
        float(rng.uniform(-reach_x, reach_x)), float(rng.uniform(-reach_y, reach_y)), piece.turn
    )
    turn = piece.turn + float(rng.uniform(-0.6, 0.6))
    return Piece(small.name, (piece.position[0] + dx, piece.position[1] + dy, elevation), turn)
