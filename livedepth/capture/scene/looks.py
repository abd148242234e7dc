"""Everything the seed decides about a scene, as values."""

from __future__ import annotations

from dataclasses import dataclass

from livedepth.capture.scene.colours import Triple


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
