"""What a scene is: frozen values that say everything about a webcam's view of a room.

World axes: X right, Y away from the camera, Z up, metres; the camera stands above the origin and a
person who faces -Y at turn 0 faces the camera. Angles are radians, counterclockwise from above.
Colours are linear sRGB in 0..1, powers are watts as Blender means them.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

Vector = tuple[float, float, float]
Colour = tuple[float, float, float]

FAR = 30.0
"""Depth in metres of what lies outside the room, and the largest depth that is kept."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole: its height and angles, the horizontal field of view, the picture's size."""

    height: float
    yaw: float
    pitch: float
    roll: float
    field_of_view: float
    columns: int
    rows: int

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.columns / 2 / math.tan(self.field_of_view / 2)


@dataclass(frozen=True, slots=True)
class Framing:
    """Where in the picture the nearest head's middle is wanted: -1..1, right and up."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class Surface:
    """A procedural finish: the name of its pattern, colours, the pattern's size in metres."""

    kind: str
    colour: Colour
    second: Colour
    scale: float
    roughness: float


@dataclass(frozen=True, slots=True)
class Room:
    """A box: its extents in X and Y, its height and finishes."""

    left: float
    right: float
    front: float
    back: float
    height: float
    wall: Surface
    accent: Surface
    floor: Surface
    ceiling: Colour
    skirting: Colour


@dataclass(frozen=True, slots=True)
class Opening:
    """A window or a door in a wall.

    wall: "back", "left" or "right". centre: along the wall (X or Y). Curtains and blinds may hang.
    """

    wall: str
    kind: str
    centre: float
    bottom: float
    width: float
    height: float
    frame: Colour
    panes: int
    curtain: Colour | None
    blinds: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A flat picture on a wall; ``image`` names it, ``glow`` lets it shine like a screen."""

    wall: str
    centre: float
    middle: float
    width: float
    height: float
    image: str
    frame: Colour
    border: float
    glow: float


@dataclass(frozen=True, slots=True)
class Block:
    """A box of one colour: a plank, a book, a desk's top. ``centre`` and ``size`` in metres."""

    centre: Vector
    size: Vector
    turn: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Piece:
    """A furniture model by name, standing at ``position``, turned and scaled."""

    model: str
    position: Vector
    turn: float
    scale: Vector = (1.0, 1.0, 1.0)
    tint: Colour | None = None


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light: "area" of ``size`` shining at ``target``, "point" of radius ``size`` or "sun"."""

    kind: str
    position: Vector
    target: Vector
    size: float
    colour: Colour
    power: float
    glow: bool = False


@dataclass(frozen=True, slots=True)
class Outside:
    """What is seen through windows, and the light that reaches every corner of the room."""

    picture: str
    strength: float
    turn: float
    ambient: Colour


@dataclass(frozen=True, slots=True)
class Stand:
    """A person's place. ``chair`` names the model under one who sits."""

    seed: int
    situation: str
    x: float
    y: float
    turn: float
    chair: str | None


@dataclass(frozen=True, slots=True)
class Measure:
    """What placing a person needs of the body: the seat and the middle of the head, own axes."""

    seat: Vector
    head: Vector


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is rendered, save the people's bodies."""

    seed: int
    theme: str
    light: str
    camera: Camera
    framing: Framing
    room: Room
    outside: Outside
    openings: tuple[Opening, ...]
    pictures: tuple[Picture, ...]
    blocks: tuple[Block, ...]
    pieces: tuple[Piece, ...]
    lamps: tuple[Lamp, ...]
    people: tuple[Stand, ...]
    exposure: float
    seconds_between: float


def described(scene: Scene) -> dict:
    """A scene as plain values for JSON."""
    return asdict(scene)
