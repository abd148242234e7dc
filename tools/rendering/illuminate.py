"""The light of a room: what shines, from where, and what is seen through the windows."""

from __future__ import annotations

import math

import numpy as np

from rendering.finishes import light_colour
from rendering.furnish import warm
from rendering.scene import Colour, Lamp, Opening, Outside, Room, Vector

LIGHTS = {"window": 0.3, "ceiling": 0.26, "screen": 0.1, "back": 0.12, "dim": 0.1, "soft": 0.12}
DAY = ("city", "courtyard", "forest", "sunrise", "sunset", "courtyard", "city", "forest")


def radiance_to_power(radiance: float, area: float) -> float:
    """Watts of a Blender area light of ``area`` square metres that has a radiance."""
    return math.pi * area * radiance


def grey(level: float, colour: Colour) -> Colour:
    """A colour scaled."""
    return colour[0] * level, colour[1] * level, colour[2] * level


def inside_window(opening: Opening, room: Room) -> tuple[Vector, Vector, float]:
    """A window's middle just inside the wall, a point that it faces, its area."""
    middle = opening.bottom + opening.height / 2
    area = opening.width * opening.height
    if opening.wall == "back":
        place = (opening.centre, room.back - 0.28, middle)
        return place, (opening.centre, room.front, middle - 0.3), area
    side, inward = (room.left, 1) if opening.wall == "left" else (room.right, -1)
    place = (side + inward * 0.28, opening.centre, middle)
    return place, (side + inward * 3, opening.centre, middle - 0.3), area


def window_lamps(
    openings: list[Opening], room: Room, radiance: float, colour: Colour
) -> list[Lamp]:
    """One lamp for each of the first two windows."""
    lamps = []
    for opening in [each for each in openings if each.kind == "window"][:2]:
        place, target, area = inside_window(opening, room)
        power = radiance_to_power(radiance, area)
        lamps.append(Lamp("area", place, target, math.sqrt(area), colour, power))
    return lamps


def front_lamp(room: Room, radiance: float, colour: Colour, rng: np.random.Generator) -> Lamp:
    """Light from somewhere behind the camera: a window there, or a bright wall."""
    x = float(rng.uniform(room.left * 0.8, room.right * 0.8))
    size = float(rng.uniform(0.6, 1.6))
    place = (x, min(room.front + 0.1, -0.4), float(rng.uniform(1.4, 2.0)))
    return Lamp(
        "area", place, (0.0, 1.0, 1.1), size, colour, radiance_to_power(radiance, size * size)
    )


def ceiling_lamps(room: Room, colour: Colour, rng: np.random.Generator) -> list[Lamp]:
    """One to three lamps under the ceiling."""
    count = int(rng.choice([1, 1, 2, 3]))
    size = float(rng.uniform(0.2, 0.7))
    total = float(rng.uniform(40, 110))
    lamps = []
    for index in range(count):
        span = room.back - 0.3
        y = 0.3 + span * (index + float(rng.uniform(0.2, 0.8))) / count
        x = float(rng.uniform(room.left * 0.6, room.right * 0.6))
        place = (x, min(y, room.back - 0.4), room.height - 0.03)
        lamps.append(
            Lamp("area", place, (x, place[1], 0.0), size, colour, total / count, glow=True)
        )
    return lamps


def screen_lamp(camera_height: float, radiance: float, rng: np.random.Generator) -> Lamp:
    """The glow of the screen under the camera."""
    colour = light_colour(float(rng.uniform(5500, 9500)))
    size = float(rng.uniform(0.3, 0.5))
    place = (float(rng.uniform(-0.1, 0.1)), -0.04, camera_height - 0.16)
    return Lamp(
        "area", place, (0.0, 1.0, 1.15), size, colour, radiance_to_power(radiance, size * size)
    )


def table_lamps(places: list[Vector], room: Room, rng: np.random.Generator) -> list[Lamp]:
    """Light at the lamps that stand about, or at one place where a floor lamp may be."""
    if not places:
        y = float(rng.uniform(min(1.0, room.back * 0.6), room.back - 0.3))
        places = [(float(rng.uniform(room.left + 0.3, room.right - 0.3)), y, 1.3)]
    return [
        Lamp("point", place, place, 0.05, warm(rng), float(rng.uniform(8, 25)))
        for place in places[:2]
    ]


def illuminate(
    light: str,
    room: Room,
    openings: list[Opening],
    lamp_places: list[Vector],
    camera_height: float,
    rng: np.random.Generator,
) -> tuple[list[Lamp], Outside]:
    """The lamps and the outside for a kind of light, a key of LIGHTS."""
    night = light in ("screen", "dim") or (light == "ceiling" and rng.random() < 0.5)
    daylight = light_colour(float(rng.uniform(5200, 8500)))
    turn = float(rng.uniform(0, 2 * math.pi))
    picture = "night" if night else DAY[int(rng.integers(len(DAY)))]
    strength = float(rng.uniform(0.15, 0.6) if night else rng.uniform(1.2, 4.0))
    lamps: list[Lamp] = []
    ambient = grey(float(rng.uniform(0.25, 0.6)), daylight)
    if light == "window":
        lamps = window_lamps(openings, room, float(rng.uniform(4, 12)), daylight)
        if not lamps or rng.random() < 0.5:
            lamps.append(front_lamp(room, float(rng.uniform(1, 4)), daylight, rng))
        if rng.random() < 0.3:
            lamps.append(sun_lamp(rng))
    elif light == "back":
        behind = [each for each in openings if each.wall == "back"]
        lamps = window_lamps(behind, room, float(rng.uniform(8, 16)), daylight)
        strength *= 2.0
        ambient = grey(float(rng.uniform(0.08, 0.25)), daylight)
        if not lamps:
            lamps.append(front_lamp(room, 1.5, daylight, rng))
    elif light == "ceiling":
        colour = light_colour(float(rng.uniform(2700, 5200)))
        lamps = ceiling_lamps(room, colour, rng)
        ambient = grey(float(rng.uniform(0.15, 0.4)), colour)
    elif light == "screen":
        lamps = [screen_lamp(camera_height, float(rng.uniform(4, 9)), rng)]
        if rng.random() < 0.6:
            lamps += table_lamps(lamp_places, room, rng)
        ambient = grey(float(rng.uniform(0.02, 0.08)), light_colour(4500))
    elif light == "dim":
        lamps = table_lamps(lamp_places, room, rng)
        ambient = grey(float(rng.uniform(0.02, 0.1)), warm(rng))
        if rng.random() < 0.5:
            lamps.append(screen_lamp(camera_height, float(rng.uniform(0.5, 2)), rng))
    else:
        lamps = [front_lamp(room, float(rng.uniform(2, 5)), daylight, rng)]
        ambient = grey(float(rng.uniform(0.5, 1.0)), daylight)
    if light in ("window", "ceiling", "soft") and rng.random() < 0.3:
        lamps.append(screen_lamp(camera_height, float(rng.uniform(0.5, 2)), rng))
    return lamps[:4], Outside(picture, strength, turn, ambient)


def sun_lamp(rng: np.random.Generator) -> Lamp:
    """Sun that falls steeply in from a side."""
    side = float(rng.choice([-1, 1]))
    direction = (side * float(rng.uniform(2, 5)), float(rng.uniform(-2, 3)), 3.0)
    return Lamp(
        "sun", direction, (0.0, 0.0, 0.0), 0.01, light_colour(4800), float(rng.uniform(4, 12))
    )
