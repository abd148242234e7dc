"""A synthetic webcam scene with exact ground truth: somebody at a desk in a furnished room.

The room never moves, so it is ray-cast once per scene; each frame casts only the tiles that the
people and the things before them may touch. Everything is a pure function of seed, size and time.

World: metres, x right, y up, z away from the camera, which stands at x = z = 0.
"""

from __future__ import annotations

import colorsys
import math
import os
import threading
import time as clock
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.capture import raycast
from livedepth.capture.pacing import Pacer
from livedepth.capture.raycast import Table, World
from livedepth.capture.source import Source
from livedepth.errors import SettingsError
from livedepth.frame import Frame
from livedepth.settings import Settings

Floats = NDArray[np.float64]
Triple = tuple[float, float, float]
Todo = NDArray[np.int64]

SMALLEST_SIDE = 16
MOST_PEOPLE = 3
CONTACT_REACH = 0.22
"""Metres within which solids of the room darken each other."""
COLOUR_STEP = 0.035
"""Difference of the square root of linear light between neighbours that asks for more rays."""
FARTHEST = 100.0
MOST_THREADS = 8
FEWEST_SHARED = 64


# --- values -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticFrame:
    """One picture and its truth, all (height, width).

    image: uint8 BGR. depth: float32 planar metres. disparity: float32, 1/depth scaled so that the
    frame's nearest point is 1 and its farthest 0. matte: float32 0..1, 1 = a person. motion:
    float32 (height, width, 2), pixels (x, y) that each visible point moves in the interval.
    """

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    disparity: NDArray[np.float32]
    matte: NDArray[np.float32]
    motion: NDArray[np.float32]


def linear(code: str) -> Triple:
    """Linear RGB of an sRGB colour '#rrggbb'."""
    red, green, blue = (int(code[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    return decode(red), decode(green), decode(blue)


def decode(level: float) -> float:
    return level / 12.92 if level < 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)


def tinted(hue: float, saturation: float, value: float) -> Triple:
    """Linear RGB of an sRGB colour given by hue, saturation and value, each 0..1."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return decode(red), decode(green), decode(blue)


@dataclass(frozen=True, slots=True)
class PersonLook:
    """How one person looks, sits and behaves.

    position: x, lift above the camera's usual framing, z, in metres. turn, head_turn, head_nod:
    radians. shoulders to brows: factors of the usual size. smile, blush, beard: 0 none, 1 plenty.
    Colours are linear RGB. clothing: a raycast pattern, repeated every `period` metres, in cloth
    and accent. waving_side: -1 or 1, which hand. phase: seconds ahead in the common behaviour.
    """

    position: Triple
    turn: float
    head_turn: float
    head_nod: float
    shoulders: float
    head_width: float
    jaw: float
    nose: float
    eyes: float
    brows: float
    smile: float
    blush: float
    beard: float
    skin: Triple
    hair: Triple
    iris: Triple
    hair_style: str
    clothing: int
    cloth: Triple
    accent: Triple
    trousers: Triple
    period: float
    glasses: bool
    headphones: bool
    waving_side: int
    phase: float


@dataclass(frozen=True, slots=True)
class RoomLook:
    """The room: where its walls are in metres, its materials, and what stands in it.

    slots: kinds of FURNITURE along the back wall and their x; desk_things: likewise, DESK_THINGS
    on the desk, whose far edge is desk_edge metres away. cloth: the chairs'.
    """

    left: float
    right: float
    depth: float
    height: float
    wall: int
    wall_colour: Triple
    wall_accent: Triple
    wallpaper_period: float
    floor: Triple
    floor_accent: Triple
    timber: Triple
    timber_accent: Triple
    cloth: Triple
    slots: tuple[tuple[str, float], ...]
    desk_height: float
    desk_edge: float
    desk_things: tuple[tuple[str, float], ...]
    chair: bool


@dataclass(frozen=True, slots=True)
class LightLook:
    """A key light and its fill on the people, daylight and lamps in the room: linear RGB power."""

    key_position: Triple
    key: Triple
    fill_position: Triple
    fill: Triple
    room: Triple
    daylight: Triple
    lamp: Triple
    sky: Triple
    ground: Triple


@dataclass(frozen=True, slots=True)
class Look:
    """Everything the seed decides. field_of_view (horizontal) and pitch (up): degrees."""

    people: tuple[PersonLook, ...]
    room: RoomLook
    light: LightLook
    field_of_view: float
    camera_height: float
    pitch: float
    exposure: float
    seed: int


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


# --- rotations ----------------------------------------------------------------------------------


def turn_x(angle: float) -> Floats:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def turn_y(angle: float) -> Floats:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def turn_z(angle: float) -> Floats:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def aim(along: Floats, front: Floats) -> Floats:
    """Rotation whose y axis is `along` and whose z axis leans towards `front`."""
    y = along / np.linalg.norm(along)
    z = front - y * float(front @ y)
    z = z / np.linalg.norm(z)
    return np.stack((np.cross(y, z), y, z), axis=1)


UPRIGHT: Floats = np.eye(3)


# --- building -----------------------------------------------------------------------------------


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
        rotation, length = along(start, end)
        size = (length, first, last)
        self.add(raycast.ROUND_CONE, start, size, material, rotation, own_axes=True)

    def materials(self) -> Table:
        table = np.zeros(len(self._materials), raycast.MATERIAL)
        for row, entry in zip(table, self._materials, strict=True):
            for name, value in entry.items():
                row[name] = value
        return table


def along(start: Triple, end: Triple) -> tuple[Floats, float]:
    """Rotation that carries +y from start towards end, and how far apart they are."""
    axis = np.subtract(end, start)
    length = float(np.linalg.norm(axis))
    upright = abs(axis[2]) > 0.95 * length
    return aim(axis, np.array((0.0, 1.0, 0.0) if upright else (0.0, 0.0, 1.0))), length


def bound(solid: Solid) -> float:
    """Radius about the centre that holds the solid."""
    a, b, c = solid.size
    if solid.kind == raycast.ELLIPSOID:
        return max(a, b, c)
    if solid.kind == raycast.ROUND_CONE:
        return max(b, a + c)
    if solid.kind == raycast.FRUSTUM:
        return math.hypot(max(a, c), b)
    return math.hypot(a, b, c if solid.kind == raycast.BOX else 0.0)


def pack(solids: Sequence[Solid]) -> Table:
    """The solids as records, placed in the frames of their bones."""
    table = np.zeros(len(solids), raycast.SOLID)
    for name in ("kind", "material", "blend", "melt", "subject"):
        table[name] = [getattr(solid, name) for solid in solids]
    table["bound"] = [bound(solid) for solid in solids]
    size = np.array([solid.size for solid in solids], np.float64).reshape(-1, 3)
    table["a"], table["b"], table["c"] = size.T
    centre = np.array([solid.centre for solid in solids], np.float64).reshape(-1, 3)
    rotation = np.array([solid.rotation for solid in solids], np.float64).reshape(-1, 3, 3)
    put(table, centre, rotation)
    own = np.array([solid.own_axes for solid in solids], bool)
    layout = np.where(own[:, None, None], UPRIGHT, rotation)
    table["u"], table["v"], table["w"] = np.where(own[:, None], 0.0, centre).T
    for row, column in np.ndindex(3, 3):
        table[f"w{row}{column}"] = layout[:, row, column]
    return table


def put(table: Table, centre: Floats, rotation: Floats) -> None:
    """Place the solids at centre (n, 3), turned by rotation (n, 3, 3)."""
    table["x"], table["y"], table["z"] = centre.T
    for row, column in np.ndindex(3, 3):
        table[f"r{row}{column}"] = rotation[:, row, column]


# --- the room -----------------------------------------------------------------------------------


def add_shell(model: Model, room: RoomLook) -> None:
    """Floor, ceiling, back wall, side walls, skirting."""
    wall = model.material(
        room.wall, room.wall_colour, room.wall_accent, scale=room.wallpaper_period
    )
    floor = model.material(raycast.PLANKS, room.floor, room.floor_accent, gloss=0.15)
    white = model.material(raycast.PLAIN, (0.72, 0.71, 0.68))
    middle, half = 0.5 * (room.left + room.right), 0.5 * (room.right - room.left)
    box = raycast.BOX
    model.add(box, (middle, 1.5, room.depth + 0.1), (half + 0.2, 1.8, 0.1), wall)
    model.add(box, (room.left - 0.1, 1.5, 1.0), (0.1, 1.8, 4.5), wall)
    model.add(box, (room.right + 0.1, 1.5, 1.0), (0.1, 1.8, 4.5), wall)
    model.add(box, (middle, -0.1, 1.0), (half + 0.2, 0.1, 4.5), floor)
    model.add(box, (middle, room.height + 0.1, 1.0), (half + 0.2, 0.1, 4.5), white)
    model.add(box, (middle, 0.06, room.depth), (half, 0.06, 0.015), white)


def add_window(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A bright window with a white frame, a sill and a curtain on either side."""
    z, half_width, half_height, middle = room.depth, 0.46, 0.58, 1.60
    view = model.material(
        raycast.OUTDOORS,
        tinted(0.57 + rng.uniform(-0.02, 0.02), 0.34, 0.98),
        linear("#e9efe6"),
        tinted(0.27 + rng.uniform(-0.06, 0.04), 0.45, 0.55),
        glow=1.75,
    )
    white = model.material(raycast.PLAIN, (0.80, 0.79, 0.76), gloss=0.2)
    box = raycast.BOX
    model.add(box, (x, middle, z - 0.004), (half_width, half_height, 0.006), view, own_axes=True)
    for side in (-1, 1):
        model.add(box, (x + side * half_width, middle, z - 0.02), (0.035, 0.61, 0.03), white)
        model.add(box, (x, middle + side * half_height, z - 0.02), (0.49, 0.035, 0.03), white)
    model.add(box, (x, middle, z - 0.015), (0.014, half_height, 0.018), white)
    model.add(box, (x, middle + 0.14, z - 0.015), (half_width, 0.014, 0.018), white)
    model.add(box, (x, middle - 0.62, z - 0.06), (0.53, 0.02, 0.075), white)
    linen = model.material(
        raycast.FABRIC, linear("#d9cfbd"), linear("#cfc3ae"), scale=0.012, wrap=0.4
    )
    for side in (-1, 1):
        for fold in range(5):
            at = x + side * (0.50 + 0.042 * fold)
            hem, top = (at, 0.85, z - 0.09), (at - side * 0.01, 2.30, z - 0.09)
            model.cone(hem, top, 0.030 + 0.006 * math.sin(2.4 * fold + side), 0.024, linen)
    rail = model.material(raycast.PLAIN, (0.05, 0.045, 0.04), gloss=0.5)
    model.cone((x - 0.78, 2.31, z - 0.09), (x + 0.78, 2.31, z - 0.09), 0.012, 0.012, rail)


def add_bookshelf(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A bookcase with rows of books, a few bowls and a small plant."""
    timber = model.material(raycast.WOOD, room.timber, room.timber_accent, scale=1.6, gloss=0.12)
    dark = model.material(raycast.WOOD, room.timber_accent, room.timber_accent, scale=1.6)
    half, depth, z = 0.52, 0.15, room.depth - 0.16
    shelves = (0.10, 0.47, 0.83, 1.19, 1.55, 1.91)
    box = raycast.BOX
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
            raycast.BOOKS,
            room.timber_accent,
            gloss=0.08,
            half_height=height,
            variant=float(rng.integers(1, 10_000)),
        )
        centre = (x + 0.5 * (start + stop), level + 0.014 + height, z + rng.uniform(0.0, 0.03))
        model.add(box, centre, (0.5 * (stop - start), height, 0.10), spines, own_axes=True)


def add_ornament(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    colour = tinted(rng.random(), rng.uniform(0.25, 0.6), rng.uniform(0.45, 0.85))
    glaze = model.material(raycast.PLAIN, colour, gloss=0.8)
    choice = rng.integers(4)
    if choice == 0:
        model.add(raycast.ELLIPSOID, (x, y + 0.075, z), (0.06, 0.075, 0.06), glaze)
        model.add(raycast.FRUSTUM, (x, y + 0.165, z), (0.018, 0.035, 0.028), glaze)
    elif choice == 1:
        model.add(raycast.FRUSTUM, (x, y + 0.05, z), (0.035, 0.05, 0.05), glaze)
        add_leaves(model, (x, y + 0.09, z), 0.11, 14, rng)
    elif choice == 2:
        for level in range(3):
            cover = tinted(rng.random(), 0.4, rng.uniform(0.3, 0.8))
            paper = model.material(raycast.PLAIN, cover)
            turned = turn_y(rng.uniform(-0.2, 0.2))
            centre = (x, y + 0.017 + 0.034 * level, z)
            model.add(raycast.BOX, centre, (0.10 - 0.008 * level, 0.016, 0.075), paper, turned)
    else:
        model.add(raycast.FRUSTUM, (x, y + 0.03, z), (0.03, 0.03, 0.075), glaze)


def add_leaves(
    model: Model, at: Triple, length: float, count: int, rng: np.random.Generator
) -> None:
    """A tuft of leaves that arch outwards from a point."""
    hue = rng.uniform(0.25, 0.38)
    shades = [
        model.material(
            raycast.LEAF,
            tinted(hue + 0.02 * i, 0.62, 0.34 + 0.10 * i),
            tinted(hue - 0.04, 0.45, 0.62),
            gloss=0.25,
            wrap=0.35,
        )
        for i in range(3)
    ]
    for i in range(count):
        around = 2.399963 * i + rng.uniform(-0.2, 0.2)
        lean = 0.15 + 1.05 * (i / count) + rng.uniform(-0.1, 0.1)
        size = length * rng.uniform(0.75, 1.1)
        along = np.array(
            (math.sin(lean) * math.cos(around), math.cos(lean), math.sin(lean) * math.sin(around))
        )
        centre = np.array(at) + along * size * 0.9
        rotation = aim(along, np.array((-along[0], 1.2, -along[2] - 0.6)))
        x, y, z = (float(v) for v in centre)
        radii = (0.22 * size, 0.62 * size, 0.018 * size + 0.001)
        model.add(raycast.ELLIPSOID, (x, y, z), radii, shades[i % 3], rotation, own_axes=True)


def add_sideboard(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A low cabinet with a lit lamp and a plant on it."""
    timber = model.material(raycast.WOOD, room.timber, room.timber_accent, scale=2.0, gloss=0.15)
    dark = model.material(raycast.PLAIN, (0.02, 0.018, 0.016))
    z, top, box = room.depth - 0.27, 0.80, raycast.BOX
    model.add(box, (x, 0.47, z), (0.62, 0.33, 0.21), timber)
    for seam in (-0.21, 0.21):
        model.add(box, (x + seam, 0.47, z - 0.21), (0.004, 0.31, 0.003), dark)
    glaze = model.material(raycast.PLAIN, tinted(rng.uniform(0.02, 0.1), 0.5, 0.75), gloss=0.6)
    model.add(raycast.FRUSTUM, (x - 0.36, top + 0.09, z), (0.075, 0.09, 0.105), glaze)
    add_leaves(model, (x - 0.36, top + 0.17, z), 0.27, 26, rng)
    add_lamp(model, (x + 0.34, top, z), rng)


def add_lamp(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    brass = model.material(raycast.PLAIN, (0.35, 0.24, 0.10), gloss=1.0)
    shade = model.material(raycast.PLAIN, (1.0, 0.74, 0.42), glow=rng.uniform(1.25, 1.5))
    model.add(raycast.ELLIPSOID, (x, y + 0.07, z), (0.06, 0.07, 0.06), brass)
    model.cone((x, y + 0.12, z), (x, y + 0.24, z), 0.009, 0.009, brass)
    model.add(raycast.FRUSTUM, (x, y + 0.32, z), (0.14, 0.10, 0.095), shade)


def add_pictures(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """Two framed prints, one above the other."""
    frame = model.material(raycast.WOOD, room.timber_accent, (0.03, 0.02, 0.015), scale=2.0)
    for half_width, half_height, dx, y in ((0.19, 0.25, 0.0, 1.86), (0.15, 0.15, -0.03, 1.36)):
        hue = rng.random()
        colours = (
            tinted(hue + 0.5, 0.25, 0.88),
            tinted(hue, 0.5, 0.35),
            tinted(0.05 + rng.uniform(-0.03, 0.05), 0.7, 0.9),
        )
        print_ = model.material(
            raycast.POSTER,
            *colours,
            half_width=half_width,
            half_height=half_height,
            variant=rng.uniform(0.0, 6.28),
        )
        centre = (x + dx, y, room.depth - 0.012)
        half = (half_width + 0.018, half_height + 0.018, 0.014)
        model.add(raycast.BOX, centre, half, frame)
        centre = (x + dx, y, room.depth - 0.02)
        half = (half_width, half_height, 0.010)
        model.add(raycast.BOX, centre, half, print_, own_axes=True)


def add_door(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A panelled door in its frame."""
    value = rng.uniform(0.5, 0.92)
    paint = model.material(raycast.PLAIN, tinted(rng.random(), 0.08, value), gloss=0.2)
    shadow = model.material(raycast.PLAIN, tinted(rng.random(), 0.08, 0.85 * value))
    brass = model.material(raycast.PLAIN, (0.4, 0.3, 0.14), gloss=1.0)
    z, box = room.depth, raycast.BOX
    model.add(box, (x, 1.04, z - 0.01), (0.50, 1.06, 0.02), shadow)
    model.add(box, (x, 1.0, z - 0.025), (0.43, 1.0, 0.02), paint)
    for y, half in ((0.5, 0.36), (1.42, 0.42)):
        for side in (-1, 1):
            model.add(box, (x + 0.2 * side, y, z - 0.045), (0.14, half, 0.004), shadow)
            model.add(box, (x + 0.2 * side, y, z - 0.047), (0.12, half - 0.02, 0.006), paint)
    model.add(raycast.ELLIPSOID, (x + 0.37, 1.0, z - 0.09), (0.03, 0.03, 0.03), brass)


def add_sofa(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A sofa with cushions against the wall."""
    hue, value = rng.random(), rng.uniform(0.3, 0.75)
    cover = model.material(
        raycast.FABRIC, tinted(hue, 0.35, value), tinted(hue, 0.38, 0.92 * value), scale=0.012
    )
    z = room.depth - 0.45
    model.add(raycast.BOX, (x, 0.25, z), (0.9, 0.2, 0.4), cover)
    model.cone((x - 0.8, 0.72, z + 0.28), (x + 0.8, 0.72, z + 0.28), 0.17, 0.17, cover)
    model.add(raycast.BOX, (x, 0.55, z + 0.28), (0.85, 0.2, 0.14), cover)
    for side in (-1, 1):
        arm = x + side * 0.88
        model.cone((arm, 0.55, z - 0.35), (arm, 0.55, z + 0.3), 0.13, 0.13, cover)
        pillow = model.material(raycast.PLAIN, tinted(rng.random(), 0.5, 0.8), wrap=0.3)
        turned = turn_z(rng.uniform(-0.3, 0.3)) @ turn_x(0.3)
        centre = (x + side * 0.5, 0.62, z + 0.05)
        model.add(raycast.ELLIPSOID, centre, (0.24, 0.22, 0.08), pillow, turned)


def add_floor_lamp(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    metal = model.material(raycast.PLAIN, (0.03, 0.03, 0.03), gloss=0.8)
    shade = model.material(raycast.PLAIN, (1.0, 0.78, 0.5), glow=rng.uniform(1.1, 1.5))
    z, y = room.depth - 0.4, rng.uniform(1.45, 1.75)
    model.cone((x, 0.0, z), (x, y, z), 0.012, 0.012, metal)
    model.add(raycast.FRUSTUM, (x, y, z), (0.2, 0.14, 0.14), shade)


def add_big_plant(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    pot = model.material(raycast.PLAIN, tinted(rng.uniform(0.02, 0.12), 0.45, 0.75), gloss=0.3)
    z = room.depth - rng.uniform(0.35, 0.6)
    model.add(raycast.FRUSTUM, (x, 0.2, z), (0.15, 0.2, 0.2), pot)
    for tier in range(2):
        length = rng.uniform(0.4, 0.55)
        add_leaves(model, (x, 0.4 + 0.4 * tier, z), length, 20, rng)


def add_screen(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """A television on the wall, showing something."""
    black = model.material(raycast.PLAIN, (0.01, 0.01, 0.012), gloss=0.8)
    hue = rng.random()
    shown = model.material(
        raycast.OUTDOORS,
        tinted(hue, 0.5, 0.8),
        tinted(hue + 0.3, 0.3, 0.7),
        tinted(hue + 0.6, 0.6, 0.4),
        glow=rng.uniform(0.1, 0.9),
    )
    y, z = rng.uniform(1.25, 1.6), room.depth
    model.add(raycast.BOX, (x, y, z - 0.03), (0.55, 0.32, 0.025), black)
    half = (0.53, 0.30, 0.004)
    model.add(raycast.BOX, (x, y, z - 0.055), half, shown, own_axes=True)


def add_boxes(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """Cartons, cushions and balls piled on the floor."""
    level, z = 0.0, room.depth - rng.uniform(0.35, 0.9)
    for _ in range(int(rng.integers(2, 7))):
        colour = any_colour(rng, (0.05, 0.7), (0.2, 0.9))
        pattern = int(rng.choice((raycast.PLAIN, raycast.CHECKS, raycast.STRIPES, raycast.WOOD)))
        cover = model.material(
            pattern, colour, jitter(rng, colour, 0.5), scale=rng.uniform(0.05, 0.2), gloss=0.1
        )
        half = rng.uniform(0.08, 0.20)
        centre = (x + rng.uniform(-0.08, 0.08), level + half, z)
        turned = turn_y(rng.uniform(-0.7, 0.7))
        kind = raycast.BOX if rng.random() < 0.7 else raycast.ELLIPSOID
        wide = rng.uniform(0.15, 0.32)
        model.add(kind, centre, (wide, half, wide), cover, turned, own_axes=True)
        level += 2.0 * half


def add_wall_shelf(model: Model, room: RoomLook, x: float, rng: np.random.Generator) -> None:
    """Boards on the wall with ornaments."""
    timber = model.material(raycast.WOOD, room.timber, room.timber_accent, scale=1.4, gloss=0.12)
    for level in (1.05, 1.45, 1.85)[int(rng.integers(0, 2)) :]:
        model.add(raycast.BOX, (x, level, room.depth - 0.11), (0.42, 0.014, 0.11), timber)
        for place in (-0.28, 0.0, 0.28):
            if rng.random() < 0.75:
                at = (x + place + rng.uniform(-0.05, 0.05), level + 0.014, room.depth - 0.11)
                add_ornament(model, at, rng)


FURNITURE = {
    "window": add_window,
    "bookshelf": add_bookshelf,
    "sideboard": add_sideboard,
    "pictures": add_pictures,
    "door": add_door,
    "sofa": add_sofa,
    "floor lamp": add_floor_lamp,
    "plant": add_big_plant,
    "screen": add_screen,
    "boxes": add_boxes,
    "wall shelf": add_wall_shelf,
}


def add_chair(model: Model, room: RoomLook, neck: Triple) -> None:
    """A chair back behind one person's shoulders."""
    cover = model.material(
        raycast.FABRIC, room.cloth, tuple_scale(room.cloth, 0.8), scale=0.008, wrap=0.3
    )
    x, y, z = neck
    centre, radii = (x, y - 0.34, z + 0.19), (0.27, 0.34, 0.05)
    model.add(raycast.ELLIPSOID, centre, radii, cover, turn_x(0.08))


def tuple_scale(colour: Triple, factor: float) -> Triple:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def add_desk(model: Model, room: RoomLook, rng: np.random.Generator) -> None:
    """The edge of a desk between the camera and the people, and what lies on it."""
    timber = model.material(raycast.WOOD, room.timber, room.timber_accent, scale=1.0, gloss=0.3)
    y, edge = room.desk_height, room.desk_edge
    model.add(raycast.BOX, (0.0, y - 0.015, edge - 0.25), (0.75, 0.015, 0.25), timber)
    for name, x in room.desk_things:
        DESK_THINGS[name](model, (x, y, edge - 0.05), rng)


def add_mug(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    glaze = model.material(raycast.PLAIN, jitter(rng, linear("#ded5c2"), 0.08), gloss=0.45)
    drink = model.material(raycast.PLAIN, linear("#2a160c"), gloss=0.4)
    model.add(raycast.FRUSTUM, (x, y + 0.036, z), (0.030, 0.036, 0.034), glaze)
    model.add(raycast.FRUSTUM, (x, y + 0.0722, z), (0.030, 0.0012, 0.030), drink)
    handle = [
        (x + 0.030 + 0.022 * math.cos(a), y + 0.037 + 0.022 * math.sin(a), z - 0.006)
        for a in np.linspace(-1.6, 1.6, 12)
    ]
    for start, end in pairwise(handle):
        model.cone(start, end, 0.0048, 0.0048, glaze)


def add_microphone(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    black = model.material(raycast.PLAIN, (0.02, 0.02, 0.022), gloss=0.3)
    mesh = model.material(
        raycast.FABRIC, (0.10, 0.10, 0.11), (0.03, 0.03, 0.03), scale=0.004, gloss=0.2
    )
    tall = rng.uniform(0.05, 0.16)
    model.add(raycast.FRUSTUM, (x, y + 0.006, z), (0.045, 0.006, 0.04), black)
    model.cone((x, y, z), (x, y + tall, z), 0.006, 0.006, black)
    model.cone((x, y + tall, z), (x, y + tall + 0.06, z), 0.020, 0.022, mesh)


def add_desk_plant(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    pot = model.material(raycast.PLAIN, tinted(rng.random(), 0.3, 0.8), gloss=0.4)
    model.add(raycast.FRUSTUM, (x, y + 0.025, z), (0.024, 0.025, 0.032), pot)
    add_leaves(model, (x, y + 0.045, z), rng.uniform(0.05, 0.09), 14, rng)


def add_desk_books(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    level = y
    for _ in range(int(rng.integers(1, 5))):
        cover = model.material(raycast.PLAIN, any_colour(rng, (0.1, 0.6), (0.2, 0.9)), gloss=0.1)
        half = rng.uniform(0.008, 0.016)
        turned = turn_y(rng.uniform(-0.4, 0.4))
        size = (rng.uniform(0.06, 0.09), half, 0.05)
        model.add(raycast.BOX, (x, level + half, z - 0.03), size, cover, turned)
        level += 2.0 * half


DESK_THINGS = {
    "mug": add_mug,
    "microphone": add_microphone,
    "plant": add_desk_plant,
    "books": add_desk_books,
}


# --- a person -----------------------------------------------------------------------------------

BONES = 8
TORSO, HEAD, UPPER_ARM, FOREARM, HAND = 0, 1, 2, 4, 6
GROUPS = 9
SKULL, CLOTH, HAIR, NECK, EXTRAS, COLLAR, LEGS, PALM = range(8)
MELT = (0.022, 0.045, 0.032, 0.010, 0.006, 0.012, 0.050, 0.011, 0.011)
UPPER_LENGTH, FORE_LENGTH = 0.275, 0.245
SHOULDER_DROP = -0.088
SHADING_SPHERES = (
    (HEAD, (0.0, 0.0, 0.0), 0.098, SKULL),
    (TORSO, (0.0, -0.27, 0.02), 0.15, CLOTH),
    (HAND, (0.0, 0.06, 0.0), 0.05, PALM),
    (HAND + 1, (0.0, 0.06, 0.0), 0.05, PALM + 1),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A look, and where its parts are in the scene's tables."""

    look: PersonLook
    neck: Triple
    eye_level: float
    first_bone: int
    first_group: int
    face: int


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
        self.add(bone, group, raycast.ELLIPSOID, centre, radii, material, rotation)

    def cone(
        self,
        bone: int,
        group: int,
        start: Triple,
        end: Triple,
        radii: tuple[float, float],
        material: int,
    ) -> None:
        rotation, length = along(start, end)
        self.add(bone, group, raycast.ROUND_CONE, start, (length, *radii), material, rotation)


def add_person(
    model: Model, look: PersonLook, neck: Triple, eye_level: float, number: int
) -> Person:
    face = model.material(
        raycast.FACE,
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
    skin = model.material(raycast.PLAIN, look.skin, gloss=0.08, wrap=0.35)
    hair = model.material(
        raycast.HAIR,
        tuple_scale(look.hair, 0.6),
        tuple_scale(look.hair, 1.7),
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


def add_head(parts: PartBuilder, look: PersonLook, face: int, skin: int) -> None:
    w, j, n = look.head_width, look.jaw, look.nose
    parts.ellipsoid(HEAD, SKULL, (0, 0.016, 0.002), (0.077 * w, 0.098, 0.093), face)
    parts.ellipsoid(HEAD, SKULL, (0, -0.026, -0.020), (0.0665 * w, 0.062, 0.072), face)
    parts.ellipsoid(HEAD, SKULL, (0, -0.054, -0.025), (0.0525 * w * j, 0.060, 0.063), face)
    parts.ellipsoid(HEAD, SKULL, (0, -0.008, -0.090), (0.0080, 0.030, 0.0115), face)
    parts.ellipsoid(HEAD, SKULL, (0, -0.035, -0.099), (0.0112 * n, 0.0098 * n, 0.0140 * n), face)
    for side in (-1, 1):
        wing = (side * 0.0095 * n, -0.037, -0.092)
        parts.ellipsoid(HEAD, SKULL, wing, (0.0072 * n, 0.0068, 0.0095), face)
        ear = (side * 0.0765 * w, -0.012, 0.008)
        rotation = turn_z(-0.12 * side) @ turn_y(0.35 * side)
        parts.ellipsoid(HEAD, NECK, ear, (0.0085, 0.029, 0.018), skin, rotation)


def add_short_hair(parts: PartBuilder, hair: int) -> None:
    w = parts.person.look.head_width
    parts.ellipsoid(HEAD, HAIR, (0, 0.036, 0.016), (0.083 * w, 0.092, 0.094), hair)
    parts.ellipsoid(HEAD, HAIR, (0.016, 0.090, -0.036), (0.062 * w, 0.034, 0.052), hair)
    parts.ellipsoid(HEAD, HAIR, (-0.036, 0.084, -0.026), (0.040 * w, 0.032, 0.054), hair)
    parts.ellipsoid(HEAD, HAIR, (0, -0.005, 0.045), (0.076 * w, 0.085, 0.062), hair)


def add_bob_hair(parts: PartBuilder, hair: int) -> None:
    w = parts.person.look.head_width
    parts.ellipsoid(HEAD, HAIR, (0, 0.036, 0.018), (0.088 * w, 0.096, 0.097), hair)
    parts.ellipsoid(HEAD, HAIR, (0, -0.030, 0.046), (0.091 * w, 0.104, 0.066), hair)
    for side in (-1, 1):
        lock = (side * 0.080 * w, -0.022, 0.006)
        parts.ellipsoid(HEAD, HAIR, lock, (0.020, 0.092, 0.056), hair, turn_z(0.05 * side))
        temple = (side * 0.073 * w, 0.036, -0.034)
        parts.ellipsoid(HEAD, HAIR, temple, (0.016, 0.050, 0.040), hair, turn_z(0.16 * side))
    sweep = turn_z(-0.30) @ turn_x(0.5)
    parts.ellipsoid(HEAD, HAIR, (0.026, 0.078, -0.050), (0.064 * w, 0.024, 0.046), hair, sweep)
    sweep = turn_z(0.62) @ turn_x(0.5)
    parts.ellipsoid(HEAD, HAIR, (-0.048, 0.070, -0.046), (0.040 * w, 0.022, 0.042), hair, sweep)


def add_long_hair(parts: PartBuilder, hair: int) -> None:
    add_bob_hair(parts, hair)
    w = parts.person.look.head_width
    parts.ellipsoid(HEAD, HAIR, (0, -0.13, 0.060), (0.100 * w, 0.165, 0.050), hair)
    for side in (-1, 1):
        lock = (side * 0.088 * w, -0.125, 0.012)
        parts.ellipsoid(HEAD, HAIR, lock, (0.030, 0.115, 0.036), hair, turn_z(0.06 * side))


def add_bun_hair(parts: PartBuilder, hair: int) -> None:
    add_cropped_hair(parts, hair)
    w = parts.person.look.head_width
    parts.ellipsoid(HEAD, HAIR, (0, 0.040, 0.020), (0.083 * w, 0.088, 0.094), hair)
    parts.ellipsoid(HEAD, HAIR, (0, 0.142, 0.030), (0.040, 0.034, 0.040), hair)


def add_curly_hair(parts: PartBuilder, hair: int) -> None:
    w = parts.person.look.head_width
    parts.ellipsoid(HEAD, HAIR, (0, 0.034, 0.020), (0.090 * w, 0.096, 0.098), hair)
    for i in range(26):
        lift = 1.0 - 1.15 * (i + 0.5) / 26
        around = 2.399963 * i
        ring = math.sqrt(max(1.0 - lift * lift, 0.0))
        x, z = ring * math.cos(around), ring * math.sin(around)
        if z < -0.45 and lift < 0.45:
            continue
        centre = (0.083 * w * x, 0.040 + 0.088 * lift, 0.018 + 0.086 * z)
        radius = 0.031 + 0.004 * math.sin(5.0 * i)
        parts.ellipsoid(HEAD, HAIR, centre, (radius, radius, radius), hair)


def add_cropped_hair(parts: PartBuilder, hair: int) -> None:
    w = parts.person.look.head_width
    parts.ellipsoid(HEAD, HAIR, (0, 0.036, 0.004), (0.0795 * w, 0.084, 0.090), hair)
    parts.ellipsoid(HEAD, HAIR, (0, -0.010, 0.040), (0.074 * w, 0.070, 0.060), hair)


def add_no_hair(parts: PartBuilder, hair: int) -> None:
    """Bald: nothing to add."""


HAIR_STYLES = {
    "short": add_short_hair,
    "bob": add_bob_hair,
    "long": add_long_hair,
    "bun": add_bun_hair,
    "curly": add_curly_hair,
    "cropped": add_cropped_hair,
    "bald": add_no_hair,
}


def clothing(model: Model, look: PersonLook) -> int:
    return model.material(look.clothing, look.cloth, look.accent, scale=look.period, wrap=0.3)


def add_torso(parts: PartBuilder, look: PersonLook, skin: int) -> None:
    w = look.shoulders
    cloth = clothing(parts.model, look)
    parts.cone(TORSO, NECK, (0, -0.06, 0.016), (0, 0.075, 0.006), (0.052, 0.046), skin)
    parts.ellipsoid(TORSO, CLOTH, (0, -0.20, 0.0), (0.166 * w, 0.19, 0.102), cloth)
    parts.ellipsoid(TORSO, CLOTH, (0, -0.42, -0.004), (0.158 * w, 0.26, 0.115), cloth)
    parts.ellipsoid(TORSO, CLOTH, (0, -0.165, -0.034), (0.140 * w, 0.110, 0.080), cloth)
    for side in (-1, 1):
        neck, tip = (side * 0.030, -0.050, 0.016), (side * 0.158 * w, -0.086, 0.008)
        parts.cone(TORSO, CLOTH, neck, tip, (0.052, 0.060), cloth)
    add_collar(parts, look)


def add_collar(parts: PartBuilder, look: PersonLook) -> None:
    """A ribbed roll around the neck's base, lower in front."""
    rib = parts.model.material(raycast.KNIT, look.accent, wrap=0.3)
    angles = np.linspace(0.0, 2.0 * math.pi, 21)
    points = [
        (0.058 * math.sin(a), -0.010 - 0.012 * math.cos(a), 0.013 - 0.057 * math.cos(a))
        for a in angles
    ]
    for start, end in pairwise(points):
        parts.cone(TORSO, COLLAR, start, end, (0.0125, 0.0125), rib)


def add_legs(parts: PartBuilder, look: PersonLook) -> None:
    """Hips, thighs and shins of somebody seated."""
    denim = parts.model.material(raycast.FABRIC, look.trousers, look.trousers, scale=0.01)
    shoe = parts.model.material(raycast.PLAIN, (0.03, 0.025, 0.022), gloss=0.4)
    parts.ellipsoid(TORSO, LEGS, (0, -0.61, 0.01), (0.17, 0.12, 0.13), denim)
    for side in (-1, 1):
        hip, knee = (side * 0.09, -0.62, -0.02), (side * 0.14, -0.62, -0.44)
        ankle = (side * 0.13, -1.02, -0.40)
        parts.cone(TORSO, LEGS, hip, knee, (0.085, 0.062), denim)
        parts.cone(TORSO, LEGS, knee, ankle, (0.060, 0.045), denim)
        toe = (side * 0.14, -1.07, -0.52)
        parts.cone(TORSO, EXTRAS, (side * 0.13, -1.06, -0.38), toe, (0.040, 0.035), shoe)


def add_arm(parts: PartBuilder, look: PersonLook, skin: int, side: int) -> None:
    cloth = clothing(parts.model, look)
    rib = parts.model.material(raycast.KNIT, look.accent, wrap=0.3)
    upper, fore, hand = (bone + (side > 0) for bone in (UPPER_ARM, FOREARM, HAND))
    start = (0.0, 0.0, 0.0)
    parts.cone(upper, CLOTH, start, (0.0, UPPER_LENGTH, 0.0), (0.057, 0.046), cloth)
    parts.cone(fore, CLOTH, start, (0.0, 0.86 * FORE_LENGTH, 0.0), (0.046, 0.036), cloth)
    cuff = (0.0, 0.87 * FORE_LENGTH, 0.0)
    parts.cone(fore, COLLAR, cuff, (0.0, 0.97 * FORE_LENGTH, 0.0), (0.038, 0.035), rib)
    add_hand(parts, hand, PALM + (side > 0), side, skin)


def add_hand(parts: PartBuilder, hand: int, group: int, side: int, skin: int) -> None:
    parts.cone(hand, group, (0.0, -0.004, 0.0), (0.0, 0.03, 0.0), (0.025, 0.026), skin)
    parts.ellipsoid(hand, group, (0.0, 0.055, 0.0), (0.041, 0.050, 0.017), skin)
    for finger, length in enumerate((0.058, 0.070, 0.074, 0.066)):
        x = side * (0.029 - 0.0192 * finger)
        reach = length * math.sin(0.16 * x / 0.029)
        base = (x, 0.090 - 0.006 * (finger == 0), 0.0)
        joint = (x + 0.5 * reach, base[1] + 0.5 * length, -0.004)
        tip = (x + reach, base[1] + length, -0.013)
        parts.cone(hand, group, base, joint, (0.0098, 0.0090), skin)
        parts.cone(hand, group, joint, tip, (0.0090, 0.0078), skin)
    knuckle, tip = (-side * 0.055, 0.062, -0.012), (-side * 0.068, 0.094, -0.016)
    parts.cone(hand, group, (-side * 0.026, 0.030, -0.004), knuckle, (0.0150, 0.0112), skin)
    parts.cone(hand, group, knuckle, tip, (0.0112, 0.0088), skin)


def add_glasses(parts: PartBuilder) -> None:
    frame = parts.model.material(raycast.PLAIN, (0.012, 0.010, 0.010), gloss=0.15)
    w = parts.person.look.head_width
    for side in (-1, 1):
        rim = (0.0275, 0.0215, 0.875)
        parts.add(HEAD, EXTRAS, raycast.RING, (side * 0.0335, -0.001, -0.1015), rim, frame)
        hinge, ear = (side * 0.061, 0.004, -0.100), (side * 0.080 * w, 0.004, 0.005)
        parts.cone(HEAD, EXTRAS, hinge, ear, (0.0019, 0.0019), frame)
    bridge = (0.0022, 0.0022)
    parts.cone(HEAD, EXTRAS, (-0.007, 0.004, -0.103), (0.007, 0.004, -0.103), bridge, frame)


def add_headphones(parts: PartBuilder) -> None:
    shell = parts.model.material(raycast.PLAIN, (0.02, 0.021, 0.024), gloss=0.2)
    pad = parts.model.material(raycast.PLAIN, (0.035, 0.034, 0.034), wrap=0.2)
    w = parts.person.look.head_width
    for side in (-1, 1):
        cup = (side * 0.098 * w, -0.010, 0.010)
        parts.ellipsoid(HEAD, EXTRAS, cup, (0.016, 0.040, 0.036), shell)
        cushion = (side * 0.087 * w, -0.010, 0.010)
        parts.ellipsoid(HEAD, EXTRAS, cushion, (0.014, 0.036, 0.032), pad)
    points = [
        (0.104 * w * math.sin(a), 0.026 + 0.118 * math.cos(a), 0.012)
        for a in np.linspace(-1.75, 1.75, 12)
    ]
    for start, end in pairwise(points):
        parts.cone(HEAD, COLLAR, start, end, (0.0085, 0.0085), shell)


# --- how people move ----------------------------------------------------------------------------


def smooth(low: float, high: float, value: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def wave_amount(time: float) -> float:
    """0 at rest, 1 while the hand is up: three seconds in every ten."""
    cycle = time % 10.0
    return smooth(4.6, 5.5, cycle) * (1.0 - smooth(7.7, 8.7, cycle))


def blink_openness(time: float) -> float:
    cycle = time % 3.7
    return 0.88 * min(abs(cycle - 2.9) / 0.11, 1.0)


def mouth_opening(time: float) -> float:
    speaking = smooth(-0.25, 0.35, math.sin(0.83 * time) + 0.35 * math.sin(2.1 * time + 1.0))
    syllable = 0.5 + 0.5 * math.sin(17.0 * time + 1.6 * math.sin(4.3 * time))
    return speaking * syllable * (0.55 + 0.45 * math.sin(5.3 * time) ** 2)


def elbow(shoulder: Floats, wrist: Floats, pole: Floats) -> Floats:
    """Where a two-bone arm bends, towards the pole; the arm reaches as far as it can."""
    reach = wrist - shoulder
    distance = min(float(np.linalg.norm(reach)), 0.995 * (UPPER_LENGTH + FORE_LENGTH))
    along = reach / np.linalg.norm(reach)
    bend = pole - along * float(pole @ along)
    bend = bend / np.linalg.norm(bend)
    cosine = (UPPER_LENGTH**2 + distance**2 - FORE_LENGTH**2) / (2.0 * UPPER_LENGTH * distance)
    cosine = min(max(cosine, -1.0), 1.0)
    sine = math.sqrt(1.0 - cosine * cosine)
    joint: Floats = shoulder + UPPER_LENGTH * (cosine * along + sine * bend)
    return joint


def torso_pose(person: Person, time: float) -> tuple[Floats, Floats]:
    """Rotation and place of the neck's base: a slow sway about the seat, and breath."""
    t = time + person.look.phase
    rotation = (
        turn_y(person.look.turn + 0.07 * math.sin(0.61 * t))
        @ turn_z(0.035 * math.sin(0.83 * t + 0.5))
        @ turn_x(0.030 * math.sin(0.47 * t))
    )
    seat = np.array(person.neck) - (0.0, 0.5, 0.0)
    breath = np.array((0.0, 0.003 * math.sin(1.6 * t), 0.0))
    return rotation, seat + rotation @ np.array((0.0, 0.5, 0.0)) + breath


def head_rotation(person: Person, time: float) -> Floats:
    t = time + person.look.phase
    nod = 0.05 * math.sin(1.9 * t) * smooth(-0.2, 0.6, math.sin(0.83 * t))
    yaw = person.look.head_turn + 0.20 * math.sin(0.71 * t + 0.4) + 0.07 * math.sin(1.63 * t)
    roll = 0.07 * math.sin(0.93 * t + 1.0)
    return turn_y(yaw) @ turn_z(roll) @ turn_x(nod + person.look.head_nod)


def arm_pose(person: Person, time: float, side: int) -> list[tuple[Floats, Floats]]:
    """Upper arm, forearm and hand in the torso's frame."""
    t = time + person.look.phase
    raised = wave_amount(t) if side == person.look.waving_side else 0.0
    width = person.look.shoulders
    shoulder = np.array((side * 0.172 * width, SHOULDER_DROP, 0.008))
    swing = 0.5 * raised * math.sin(7.5 * t)
    rest = np.array((side * 0.17, -0.49, -0.17))
    wave = np.array((side * (0.27 + 0.025 * math.sin(7.5 * t)), -0.085, -0.13))
    wrist = rest + (wave - rest) * raised
    wrist = wrist + np.array((side * 0.07, 0.0, -0.06)) * (4.0 * raised * (1.0 - raised))
    joint = elbow(shoulder, wrist, np.array((side * 0.55, -1.0, 0.35)))
    fore = wrist - joint
    fore = fore / np.linalg.norm(fore)
    wrist = joint + fore * FORE_LENGTH
    fingers = fore * (1.0 - 0.7 * raised) + np.array((math.sin(swing), 1.0, 0.0)) * 0.7 * raised
    front = np.array((0.0, 0.0, 1.0)) * raised + np.array((0.0, 1.0, 0.3)) * (1.0 - raised)
    ahead = np.array((0.0, 0.0, 1.0))
    return [
        (aim(joint - shoulder, ahead), shoulder),
        (aim(fore, ahead), joint),
        (aim(fingers, front), wrist),
    ]


def bones(people: Sequence[Person], time: float) -> tuple[Floats, Floats]:
    """Rotations (b, 3, 3) and places (b, 3) of the world and every person's bones."""
    rotations: list[Floats] = [UPRIGHT]
    places: list[Floats] = [np.zeros(3)]
    for person in people:
        torso, neck = torso_pose(person, time)
        head = torso @ head_rotation(person, time)
        pivot = np.array((0.0, 0.034, 0.006))
        skull = neck + torso @ pivot + head @ np.array((0.0, 0.100, -0.018))
        left, right = arm_pose(person, time, -1), arm_pose(person, time, 1)
        rotations += [torso, head]
        places += [neck, skull]
        for pair in zip(left, right, strict=True):
            for rotation, place in pair:
                rotations.append(torso @ rotation)
                places.append(neck + torso @ place)
    return np.array(rotations), np.array(places)


def pose(rest: Rest, people: Sequence[Person], time: float) -> Table:
    """The people's solids, and those in front of them, at one moment."""
    rotations, places = bones(people, time)
    turned = rotations[rest.bone]
    table = rest.table.copy()
    centre = np.einsum("nij,nj->ni", turned, rest.centre) + places[rest.bone]
    put(table, centre, turned @ rest.rotation)
    return table


def gaze(person: Person, time: float) -> tuple[float, float]:
    """How far the irises sit from the middle of the eyes, looking at the camera, by and large."""
    torso, neck = torso_pose(person, time)
    head = torso @ head_rotation(person, time)
    x, y, z = head.T @ (np.array((0.0, person.eye_level, 0.0)) - neck - torso @ (0.0, 0.13, 0.0))
    wander = 0.07 * math.sin(1.3 * time + person.look.phase) * math.sin(0.37 * time)
    return (
        min(max(-1.2 * x / z + wander, -0.62), 0.62),
        min(max(-1.2 * y / z, -0.30), 0.30),
    )


def express(materials: Table, people: Sequence[Person], time: float) -> Table:
    """The materials with every face's expression at one moment."""
    table = materials.copy()
    for person in people:
        t = time + person.look.phase
        face = table[person.face]
        face["openness"] = blink_openness(t)
        face["opening"] = mouth_opening(t)
        face["gaze_x"], face["gaze_y"] = gaze(person, time)
        face["brow_lift"] = 0.0025 * smooth(0.3, 0.9, math.sin(1.1 * t))
    return table


def occluders(people: Sequence[Person], time: float) -> Table:
    """Spheres that stand for heads, chests and hands where they shade other things."""
    rotations, places = bones(people, time)
    table = np.zeros(len(people) * len(SHADING_SPHERES), raycast.OCCLUDER)
    rows = iter(table)
    for person in people:
        for bone, offset, radius, group in SHADING_SPHERES:
            i, row = person.first_bone + bone, next(rows)
            row["x"], row["y"], row["z"] = places[i] + rotations[i] @ np.array(offset)
            row["radius"], row["owner"] = radius, person.first_group + group
    return table


# --- the scene of seed 0 --------------------------------------------------------------------------

HAND_MADE_PERSON = PersonLook(
    position=(0.03, 0.0, 0.93),
    turn=0.06,
    head_turn=0.0,
    head_nod=0.02,
    shoulders=1.0,
    head_width=1.0,
    jaw=1.0,
    nose=0.93,
    eyes=1.06,
    brows=1.0,
    smile=1.0,
    blush=0.45,
    beard=0.0,
    skin=linear("#dda086"),
    hair=linear("#4a2f20"),
    iris=linear("#5b7a4a"),
    hair_style="bob",
    clothing=raycast.STRIPES,
    cloth=linear("#e9dcc3"),
    accent=linear("#b5552f"),
    trousers=linear("#2f3d55"),
    period=0.062,
    glasses=False,
    headphones=False,
    waving_side=1,
    phase=0.0,
)

HAND_MADE_ROOM = RoomLook(
    left=-2.15,
    right=2.25,
    depth=3.0,
    height=2.65,
    wall=raycast.PLASTER,
    wall_colour=linear("#7f9c98"),
    wall_accent=linear("#6c8a86"),
    wallpaper_period=0.22,
    floor=linear("#9a6b43"),
    floor_accent=linear("#6d4527"),
    timber=linear("#b07a4a"),
    timber_accent=linear("#7a4c2a"),
    cloth=linear("#3d4a55"),
    slots=(
        ("window", -1.18),
        ("sideboard", -1.0),
        ("pictures", 0.62),
        ("bookshelf", 1.42),
    ),
    desk_height=0.95,
    desk_edge=0.62,
    desk_things=(("mug", -0.285),),
    chair=True,
)

HAND_MADE_LIGHT = LightLook(
    key_position=(-1.15, 1.95, 0.05),
    key=(2.55, 2.35, 2.08),
    fill_position=(1.4, 1.35, 0.0),
    fill=(0.42, 0.47, 0.56),
    room=(1.25, 1.15, 1.0),
    daylight=(1.25, 1.45, 1.7),
    lamp=(0.80, 0.46, 0.19),
    sky=(0.29, 0.30, 0.33),
    ground=(0.22, 0.18, 0.15),
)

HAND_MADE = Look(
    people=(HAND_MADE_PERSON,),
    room=HAND_MADE_ROOM,
    light=HAND_MADE_LIGHT,
    field_of_view=64.0,
    camera_height=1.16,
    pitch=-1.5,
    exposure=1.0,
    seed=0,
)


# --- the seed decides ---------------------------------------------------------------------------

SKINS = ("#e9c2a7", "#e2b08f", "#dfa585", "#c98a63", "#a86a45", "#7e4a2f", "#583222", "#3d2318")
HAIRS = ("#1a1412", "#2b1c14", "#4a2f20", "#6f4628", "#a5743f", "#d2aa66", "#8a3b1d", "#8d8a88")
IRISES = ("#3a2414", "#5c3b1e", "#5b7a4a", "#3f6c93", "#6d7f86")
DARK_TONE = 4
FACE_PLACE = (0.0, 1.2, 0.9)


def jitter(rng: np.random.Generator, colour: Triple, amount: float) -> Triple:
    factors = rng.uniform(1.0 - amount, 1.0 + amount, 3)
    return colour[0] * factors[0], colour[1] * factors[1], colour[2] * factors[2]


def any_colour(
    rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]
) -> Triple:
    return tinted(rng.random(), rng.uniform(*saturation), rng.uniform(*value))


def random_colouring(rng: np.random.Generator) -> tuple[Triple, Triple, Triple]:
    """Skin, hair and iris; dark skin goes with dark or grey hair and brown eyes."""
    tone = int(rng.integers(len(SKINS)))
    hairs, irises = (HAIRS, IRISES) if tone < DARK_TONE else (HAIRS[:3] + HAIRS[-1:], IRISES[:2])
    return (
        jitter(rng, linear(SKINS[tone]), 0.07),
        jitter(rng, linear(str(rng.choice(hairs))), 0.15),
        linear(str(rng.choice(irises))),
    )


def random_person(rng: np.random.Generator, position: Triple) -> PersonLook:
    style = str(rng.choice(list(HAIR_STYLES)))
    bearded = style not in ("bob", "long", "bun") and rng.random() < 0.4
    skin, hair, iris = random_colouring(rng)
    return PersonLook(
        position=position,
        turn=rng.uniform(-0.4, 0.4),
        head_turn=float(rng.normal(0.0, 0.25)),
        head_nod=rng.uniform(-0.2, 0.2),
        shoulders=rng.uniform(0.88, 1.15),
        head_width=rng.uniform(0.92, 1.08),
        jaw=rng.uniform(0.9, 1.15),
        nose=rng.uniform(0.8, 1.25),
        eyes=rng.uniform(0.9, 1.12),
        brows=rng.uniform(0.7, 1.4),
        smile=rng.uniform(-0.2, 1.3),
        blush=rng.uniform(0.1, 0.6),
        beard=rng.uniform(0.4, 1.2) if bearded else 0.0,
        skin=skin,
        hair=hair,
        iris=iris,
        hair_style=style,
        clothing=int(rng.choice((raycast.STRIPES, raycast.CHECKS, raycast.KNIT))),
        cloth=any_colour(rng, (0.05, 0.75), (0.12, 0.95)),
        accent=any_colour(rng, (0.1, 0.8), (0.1, 0.9)),
        trousers=any_colour(rng, (0.1, 0.6), (0.1, 0.6)),
        period=rng.uniform(0.02, 0.11),
        glasses=bool(rng.random() < 0.3),
        headphones=bool(rng.random() < 0.2),
        waving_side=int(rng.choice((-1, 1))),
        phase=rng.uniform(0.0, 40.0),
    )


def random_people(rng: np.random.Generator, count: int, farthest: float) -> tuple[PersonLook, ...]:
    """People side by side; several, and now and then a single one, sit further back."""
    spread = 0.62
    looks = []
    for i in range(count):
        column = i - 0.5 * (count - 1)
        x = column * spread + rng.uniform(-0.10, 0.10)
        near = count == 1 and rng.random() < 0.85
        z = rng.uniform(0.6, 1.2) if near else rng.uniform(1.0, min(1.9, farthest))
        looks.append(random_person(rng, (x, rng.uniform(-0.06, 0.08), z)))
    return tuple(looks)


def random_desk_things(rng: np.random.Generator) -> tuple[tuple[str, float], ...]:
    names = rng.permutation(list(DESK_THINGS))[: int(rng.integers(0, 4))]
    places = rng.permutation((-0.34, -0.22, 0.22, 0.34))
    return tuple(
        (str(name), float(place + rng.uniform(-0.05, 0.05)))
        for name, place in zip(names, places, strict=False)
    )


def random_room(rng: np.random.Generator) -> RoomLook:
    hue = rng.random()
    wall = tinted(hue, rng.uniform(0.0, 0.4), rng.uniform(0.35, 0.95))
    timber = tinted(rng.uniform(0.05, 0.11), rng.uniform(0.2, 0.65), rng.uniform(0.3, 0.9))
    floor = tinted(rng.uniform(0.05, 0.11), rng.uniform(0.2, 0.6), rng.uniform(0.3, 0.8))
    left, right = rng.uniform(-2.8, -1.3), rng.uniform(1.3, 2.8)
    kinds = rng.permutation([*FURNITURE, "nothing", "nothing"])
    places = np.linspace(left + 0.55, right - 0.55, int(rng.integers(2, 6)))
    slots = tuple(
        (str(kind), float(place + rng.uniform(-0.15, 0.15)))
        for kind, place in zip(kinds, places, strict=False)
        if kind != "nothing"
    )
    return RoomLook(
        left=left,
        right=right,
        depth=rng.uniform(2.1, 4.6),
        height=rng.uniform(2.4, 3.0),
        wall=int(rng.choice((raycast.PLASTER, raycast.PLASTER, raycast.WALLPAPER))),
        wall_colour=wall,
        wall_accent=jitter(rng, wall, 0.3),
        wallpaper_period=rng.uniform(0.08, 0.4),
        floor=floor,
        floor_accent=tuple_scale(floor, rng.uniform(0.4, 0.8)),
        timber=timber,
        timber_accent=tuple_scale(timber, rng.uniform(0.3, 0.7)),
        cloth=any_colour(rng, (0.0, 0.5), (0.1, 0.7)),
        slots=slots,
        desk_height=rng.uniform(0.72, 0.98),
        desk_edge=rng.uniform(0.40, 0.56),
        desk_things=random_desk_things(rng),
        chair=bool(rng.random() < 0.7),
    )


def random_light(rng: np.random.Generator) -> LightLook:
    warmth = rng.uniform(-0.25, 0.25)
    power = rng.uniform(0.8, 2.6)
    side = float(rng.choice((-1.0, 1.0)))
    ambient = rng.uniform(0.2, 0.55)
    room = rng.uniform(0.3, 1.6)
    return LightLook(
        key_position=(side * rng.uniform(0.3, 1.1), rng.uniform(1.3, 2.3), rng.uniform(-0.4, 0.4)),
        key=(power * (1.0 + warmth), power, power * (1.0 - warmth)),
        fill_position=(-side * rng.uniform(0.7, 1.1), rng.uniform(0.9, 1.8), 0.0),
        fill=tuple_scale((0.9, 1.0, 1.15), rng.uniform(0.1, 0.7)),
        room=tuple_scale((1.0 + warmth, 1.0, 1.0 - warmth), room),
        daylight=tuple_scale((0.85, 1.0, 1.18), rng.uniform(0.3, 2.0)),
        lamp=tuple_scale((0.50, 0.29, 0.12), rng.uniform(0.3, 1.6)),
        sky=tuple_scale((0.97, 1.0, 1.06), ambient),
        ground=tuple_scale((1.0, 0.86, 0.75), 0.65 * ambient),
    )


def metered(light: LightLook) -> float:
    """Brightness of the light on a face a metre away, as a camera's automatic exposure has it."""
    key = light.key[1] / (sum(v * v for v in np.subtract(light.key_position, FACE_PLACE)) + 0.12)
    fill = light.fill[1] / (sum(v * v for v in np.subtract(light.fill_position, FACE_PLACE)) + 0.25)
    return float(0.8 * key + 0.7 * fill + 0.8 * light.sky[1] + 0.2 * light.room[1])


def random_look(seed: int, people: int | None) -> Look:
    """Everything drawn from the seed; `people` None draws 0 to 3 of them too."""
    rng = np.random.default_rng(seed)
    light, room = random_light(rng), random_room(rng)
    drawn = int(rng.choice(MOST_PEOPLE + 1, p=(0.08, 0.62, 0.2, 0.1)))
    count = drawn if people is None else people
    return Look(
        people=random_people(rng, count, room.depth - 1.0),
        room=room,
        light=light,
        field_of_view=rng.uniform(55.0, 80.0),
        camera_height=rng.uniform(1.05, 1.3),
        pitch=rng.uniform(-7.0, 6.0),
        exposure=rng.uniform(0.75, 1.25) * (metered(HAND_MADE_LIGHT) / metered(light)) ** 0.8,
        seed=seed,
    )


def choose_look(seed: int, people: int | None) -> Look:
    if seed != 0:
        return random_look(seed, people)
    if people is None or people == 1:
        return HAND_MADE
    return replace(HAND_MADE, people=random_people(np.random.default_rng(0), people, 1.5))


# --- the scene ----------------------------------------------------------------------------------


def make_camera(look: Look, width: int, height: int) -> Table:
    focal = 0.5 * width / math.tan(math.radians(0.5 * look.field_of_view))
    c, s = math.cos(math.radians(look.pitch)), math.sin(math.radians(look.pitch))
    lens = (focal, 0.5 * width, 0.5 * height)
    eye = (0.0, look.camera_height, 0.0)
    right, down, forward = (1.0, 0.0, 0.0), (0.0, -c, s), (0.0, s, c)
    return np.array([(*lens, *eye, *right, *down, *forward)], raycast.CAMERA)


def make_lights(look: Look) -> Table:
    """Key, fill, ceiling, window and lamp, the last two faint where the room has none."""
    light, room = look.light, look.room
    slots = dict(room.slots)
    window = (slots.get("window", 0.5 * room.left), 1.6, room.depth - 0.25)
    lamp = (slots.get("sideboard", 0.8 * room.right) + 0.34, 1.12, room.depth - 0.27)
    ceiling = (0.25, room.height - 0.15, 0.62 * room.depth)
    daylight = light.daylight if "window" in slots else tuple_scale(light.daylight, 0.2)
    glow = light.lamp if "sideboard" in slots else (0.0, 0.0, 0.0)
    entries = (
        (*light.key_position, *light.key, 0.35),
        (*light.fill_position, *light.fill, 0.5),
        (*ceiling, *light.room, 0.9),
        (*window, *daylight, 0.55),
        (*lamp, *glow, 0.16),
    )
    return np.array(list(entries), raycast.LIGHT)


def tone_curve(exposure: float) -> NDArray[np.uint8]:
    """Bytes over the square root of linear light in 0..4: a filmic shoulder, then sRGB gamma."""
    light = (2.0 * np.linspace(0.0, 1.0, 4096)) ** 2 * exposure * 0.85
    filmic = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    level = np.clip(filmic, 0.0, 1.0)
    gamma = np.where(level < 0.0031308, 12.92 * level, 1.055 * level ** (1 / 2.4) - 0.055)
    curve: NDArray[np.uint8] = np.round(255.0 * gamma).astype(np.uint8)
    return curve


def build_scene(look: Look) -> tuple[Model, list[Solid], list[Solid], list[Person]]:
    """The model, the room's solids, those in front of the people, and the people."""
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
    room = list(model.solids)
    add_desk(model, look.room, rng)
    front = model.solids[len(room) :]
    pairs = zip(look.people, necks, strict=True)
    people = [
        add_person(model, p, neck, look.camera_height, i) for i, (p, neck) in enumerate(pairs)
    ]
    return model, room, front, people


class SyntheticScene:
    """A room with people who sway, talk, blink and wave, rendered with exact ground truth.

    width, height: pixels, 16 or more. seed: 0 is the hand-made scene, any other draws room,
    light, camera and people. people: how many, 0..3; None lets the seed choose. noise: standard
    deviation of the sensor noise at mid grey as a fraction of full scale, 0..1.
    Raises SettingsError for values outside these ranges. Threads may render one scene at once.
    """

    def __init__(
        self,
        width: int = 1280,
        height: int = 720,
        seed: int = 0,
        people: int | None = 1,
        noise: float = 0.0,
    ) -> None:
        check(width, height, seed, people, noise)
        look = choose_look(seed, people)
        model, room, front, self._people = build_scene(look)
        figures = model.solids[len(room) + len(front) :]
        self._size = (height, width)
        self._noise, self._seed = noise, seed
        self._rest, self._settled = make_rest([*figures, *front]), len(figures)
        self._curve = tone_curve(look.exposure)
        self._world = World(
            make_camera(look, width, height),
            pack([*room, *front]),
            model.materials(),
            make_lights(look),
            occluders(self._people, 0.0),
            np.array([(*look.light.sky, *look.light.ground)], raycast.AIR),
        )
        self._bake(len(room))

    def _bake(self, room: int) -> None:
        """Ray-cast what never moves, in the shade of the people as they sit at time 0.

        room: how many solids stand behind the people; the others stand before them.
        """
        height, width = shape = self._size
        world, total = self._world, len(self._world.solids)
        tiles = raycast.bin_solids(world.camera, world.solids, total, height, width)
        bare = world._replace(solids=world.solids[:room])
        tiles_of_bare = raycast.bin_solids(bare.camera, bare.solids, room, height, width)
        limit = np.full(shape, FARTHEST, np.float32)
        depth, behind, hits = limit.copy(), limit.copy(), np.full(shape, -1, np.int16)
        matte, edges = np.zeros(shape, np.float32), np.zeros(shape, np.uint8)
        colour = np.zeros((height, width, 3), np.float32)
        image = np.zeros((height, width, 3), np.uint8)

        def see(todo: Todo) -> None:
            raycast.cast(behind, hits, matte, bare, tiles_of_bare, limit, todo)
            raycast.cast(depth, hits, matte, world, tiles, limit, todo)
            raycast.light_surfaces(colour, depth, hits, world, tiles, total, CONTACT_REACH, todo)

        def refine(todo: Todo) -> None:
            raycast.supersample(
                colour, matte, edges, world, tiles, limit, colour, CONTACT_REACH, todo
            )

        share(see, tiles.active)
        share(
            lambda todo: raycast.find_edges(edges, depth, hits, world.solids, total, todo),
            tiles.active,
        )
        edges |= contrasts(colour)
        share(refine, tiles.active)
        self._backdrop, self._depth, self._image = bloom(colour), depth, image
        self._behind = behind
        raycast.develop(image, self._backdrop, edges, hits, total, self._curve, tiles.active)

    def render(self, time: float, interval: float = 1 / 30) -> SyntheticFrame:
        """Picture and truth at `time` seconds; motion reaches to `time + interval`.

        All arrays are new, C-contiguous and the caller's own.
        """
        image, depth = self._image.copy(), self._depth.copy()
        matte = np.zeros(self._size, np.float32)
        motion = np.zeros((*self._size, 2), np.float32)
        if self._people:
            later = pose(self._rest, self._people, time + interval)
            self._draw(image, depth, matte, time, motion, later)
        self._disturb(image, time)
        return SyntheticFrame(image, depth, normalised_disparity(depth), matte, motion)

    def render_image(self, time: float) -> NDArray[np.uint8]:
        """The picture alone: BGR uint8 (height, width, 3), a new array."""
        image = self._image.copy()
        if self._people:
            self._draw(image, self._depth.copy(), np.zeros(self._size, np.float32), time)
        self._disturb(image, time)
        return image

    def _draw(
        self,
        image: NDArray[np.uint8],
        depth: NDArray[np.float32],
        matte: NDArray[np.float32],
        time: float,
        motion: NDArray[np.float32] | None = None,
        later: Table | None = None,
    ) -> None:
        """Cast the people over the room: image, depth, matte, and motion to the later pose."""
        height, width = self._size
        solids, settled = pose(self._rest, self._people, time), self._settled
        world = self._world._replace(
            solids=solids,
            materials=express(self._world.materials, self._people, time),
            occluders=occluders(self._people, time),
        )
        tiles = raycast.bin_solids(world.camera, solids, settled, height, width)
        hits = np.full(self._size, -1, np.int16)
        edges = np.zeros(self._size, np.uint8)
        colour = np.empty((height, width, 3), np.float32)
        behind, backdrop = self._behind, self._backdrop

        def see(todo: Todo) -> None:
            raycast.cast(depth, hits, matte, world, tiles, behind, todo)

        def paint(todo: Todo) -> None:
            raycast.find_edges(edges, depth, hits, solids, settled, todo)
            raycast.light_surfaces(colour, depth, hits, world, tiles, settled, 0.0, todo)
            raycast.supersample(colour, matte, edges, world, tiles, behind, backdrop, 0.0, todo)
            raycast.develop(image, colour, edges, hits, settled, self._curve, todo)
            if motion is not None:
                raycast.move_surfaces(
                    motion, depth, hits, world.camera, solids, later, settled, todo
                )

        share(see, tiles.active)
        share(paint, tiles.active)

    def _disturb(self, image: NDArray[np.uint8], time: float) -> None:
        if self._noise > 0.0:
            seed = self._seed * 7919 + round(time * 1000.0)
            rows = np.arange(self._size[0])
            share(lambda todo: raycast.add_noise(image, self._noise, seed, todo), rows)


def share(work: Callable[[Todo], None], whole: Todo) -> None:
    """Do the work on all of it, interleaved over as many threads as there are cores.

    The threads last for the call only: nothing to close, and nothing that a fork would lose.
    """
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    if threads == 1 or len(whole) < FEWEST_SHARED:
        work(whole)
        return
    parts = [np.ascontiguousarray(whole[i :: 4 * threads]) for i in range(4 * threads)]
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass


def contrasts(colour: NDArray[np.float32]) -> NDArray[np.uint8]:
    """1 where a pixel differs visibly from a neighbour, as at the edge of a texture."""
    level = np.sqrt(np.clip(colour, 0.0, 4.0))
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    spread = cv2.dilate(level, cross) - cv2.erode(level, cross)
    found: NDArray[np.uint8] = (spread.max(axis=2) > COLOUR_STEP).astype(np.uint8)
    return found


def bloom(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """A little of the brightest light spread around it, as a lens does."""
    bright = np.clip(colour - 0.9, 0.0, 3.0)
    sigma = 0.018 * colour.shape[1]
    near = cv2.GaussianBlur(bright, (0, 0), sigma)
    far = cv2.GaussianBlur(bright, (0, 0), 4.0 * sigma)
    out: NDArray[np.float32] = np.ascontiguousarray(colour + 0.13 * near + 0.22 * far, np.float32)
    return out


def normalised_disparity(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """1/depth scaled to 0..1 over the frame."""
    inverse = 1.0 / depth
    low, high = float(inverse.min()), float(inverse.max())
    out: NDArray[np.float32] = ((inverse - low) / max(high - low, 1e-9)).astype(np.float32)
    return out


def check(width: int, height: int, seed: int, people: int | None, noise: float) -> None:
    if min(width, height) < SMALLEST_SIDE:
        raise SettingsError(
            f"a synthetic scene is at least {SMALLEST_SIDE} pixels each way, got {width}x{height}"
        )
    if seed < 0:
        raise SettingsError(f"a seed is 0 or more, got {seed}")
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise SettingsError(f"people is 0 to {MOST_PEOPLE} or None, got {people}")
    if not 0.0 <= noise <= 1.0:
        raise SettingsError(f"noise is 0 to 1, got {noise}")


# --- the source -----------------------------------------------------------------------------------


class SyntheticSource(Source):
    """The hand-made scene as an endless stream, of the settings' size and rate.

    With the setting ``realtime`` it keeps the scene's own time and drops frames that come late.
    """

    def __init__(self, settings: Settings) -> None:
        self._size = (settings.width, settings.height)
        self._rate, self._realtime = settings.rate, settings.realtime
        self._scene = SyntheticScene(*self._size)
        self._interrupted = threading.Event()
        self._pacer = Pacer(1.0 / settings.rate, self._interrupted)
        self._index = -1

    @property
    def name(self) -> str:
        return "synthetic scene"

    @property
    def live(self) -> bool:
        return self._realtime

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def rate(self) -> float:
        return self._rate

    @property
    def length(self) -> int | None:
        return None

    @property
    def granted(self) -> str:
        return ""

    def read(self) -> Frame | None:
        while not self._interrupted.is_set():
            self._index += 1
            timestamp = self._index / self._rate
            if self._realtime and not self._pacer.on_time(timestamp):
                continue
            if self._interrupted.is_set():
                return None
            image = self._scene.render_image(timestamp)
            return Frame(image, self._index, clock.monotonic(), timestamp)
        return None

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._interrupted.set()
