"""Bookcases and boards on walls, filled with books, boxes, stacks and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendering.finishes import cloth_colour, wood_colour
from rendering.layout import INWARD, Footprint, Plan
from rendering.placement import turned
from rendering.scene import Block, Colour

BOARD = 0.022


@dataclass(frozen=True, slots=True)
class Case:
    """A bookcase's place and size in metres. ``hanging``: boards on a wall without a case."""

    x: float
    y: float
    turn: float
    width: float
    depth: float
    bottom: float
    rows: int
    pitch: float
    hanging: bool = False

    def block(
        self, side: float, forth: float, up: float, size: tuple[float, float, float], paint: Colour
    ) -> Block:
        """A block by its place in the case's own axes."""
        dx, dy = turned(side, forth, self.turn)
        return Block((self.x + dx, self.y + dy, up), size, self.turn, paint)


def place_case(
    plan: Plan, wall: str, rng: np.random.Generator, hanging: bool = False
) -> Case | None:
    """A random case at a free place of a wall, its space kept clear; None where none fits."""
    width, depth = float(rng.uniform(0.6, 1.6)), float(rng.uniform(0.22, 0.34))
    rows = int(rng.integers(1, 4) if hanging else rng.integers(3, 7))
    pitch = float(rng.uniform(0.28, 0.4))
    bottom = float(rng.uniform(1.25, 1.6)) if hanging else 0.06
    low, high = plan.span(wall)
    if high - low < width + 0.1:
        return None
    across, deep = (width, depth) if wall == "back" else (depth, width)
    for _ in range(6):
        along = float(rng.uniform(low + width / 2 + 0.02, high - width / 2 - 0.02))
        x, y = plan.against(wall, along, depth)
        top = bottom + rows * pitch
        space = Footprint(x - across / 2, x + across / 2, y - deep / 2, y + deep / 2, bottom, top)
        if plan.free(space):
            plan.taken.append(space)
            return Case(x, y, INWARD[wall], width, depth, bottom, rows, pitch, hanging)
    return None


def build_case(case: Case, rng: np.random.Generator) -> list[Block]:
    """The boards of a case and what stands on them."""
    wood, height = wood_colour(rng), case.rows * case.pitch
    blocks = [
        case.block(0, 0, case.bottom + row * case.pitch, (case.width, case.depth, BOARD), wood)
        for row in range(case.rows if case.hanging else case.rows + 1)
    ]
    if not case.hanging:
        middle, tall = (case.bottom + height) / 2, case.bottom + height
        for side in (-1, 1):
            size = (BOARD, case.depth, tall)
            blocks.append(case.block(side * case.width / 2, 0, middle, size, wood))
        if rng.random() < 0.7:
            size = (case.width, 0.008, tall)
            blocks.append(case.block(0, case.depth / 2 - 0.006, middle, size, wood))
    palette = [cloth_colour(rng) for _ in range(int(rng.integers(3, 9)))]
    for row in range(case.rows):
        base = case.bottom + row * case.pitch + BOARD / 2
        blocks += fill_row(case, base, palette, rng)
    return blocks


def fill_row(
    case: Case, base: float, palette: list[Colour], rng: np.random.Generator
) -> list[Block]:
    """One row of a case: runs of upright books, lying stacks, boxes and gaps."""
    out: list[Block] = []
    side, end = -case.width / 2 + 0.03, case.width / 2 - 0.03
    while side < end - 0.05:
        style = rng.random()
        if style < 0.12:
            side += float(rng.uniform(0.05, 0.3))
        elif style < 0.2:
            side = put_box(case, base, side, end, palette, out, rng)
        elif style < 0.28:
            side = put_stack(case, base, side, end, palette, out, rng)
        else:
            for _ in range(int(rng.integers(3, 12))):
                thick = float(rng.uniform(0.012, 0.05))
                if side + thick > end:
                    return out
                tall = float(rng.uniform(0.6, 0.92)) * (case.pitch - 0.03)
                reach = case.depth * float(rng.uniform(0.6, 0.85))
                size = (thick * 0.96, reach, tall)
                out.append(
                    case.block(side + thick / 2, 0.01, base + tall / 2, size, drawn(palette, rng))
                )
                side += thick
    return out


def put_box(
    case: Case,
    base: float,
    side: float,
    end: float,
    palette: list[Colour],
    out: list[Block],
    rng: np.random.Generator,
) -> float:
    """Add a box where it fits; where the next thing begins."""
    wide = float(rng.uniform(0.1, min(0.3, case.width / 3)))
    if side + wide < end:
        size = (wide, case.depth * 0.8, float(rng.uniform(0.1, case.pitch - 0.08)))
        out.append(case.block(side + wide / 2, 0, base + size[2] / 2, size, drawn(palette, rng)))
    return side + wide + 0.02


def put_stack(
    case: Case,
    base: float,
    side: float,
    end: float,
    palette: list[Colour],
    out: list[Block],
    rng: np.random.Generator,
) -> float:
    """Add a stack of lying books where it fits; where the next thing begins."""
    wide, up = float(rng.uniform(0.16, 0.24)), base
    if side + wide < end:
        for _ in range(int(rng.integers(1, 5))):
            size = (wide, case.depth * 0.7, float(rng.uniform(0.015, 0.04)))
            out.append(case.block(side + wide / 2, 0, up + size[2] / 2, size, drawn(palette, rng)))
            up += size[2]
    return side + wide + 0.02


def drawn(palette: list[Colour], rng: np.random.Generator) -> Colour:
    """One colour of several."""
    return palette[int(rng.integers(len(palette)))]
