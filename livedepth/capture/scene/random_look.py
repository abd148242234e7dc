"""Everything that a seed decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livedepth.capture.scene.colours import scaled
from livedepth.capture.scene.hand_made import HAND_MADE, HAND_MADE_LIGHT
from livedepth.capture.scene.looks import LightLook, Look
from livedepth.capture.scene.random_people import random_people
from livedepth.capture.scene.random_room import random_room

MOST_PEOPLE = 3
FACE_PLACE = (0.0, 1.2, 0.9)


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
        fill=scaled((0.9, 1.0, 1.15), rng.uniform(0.1, 0.7)),
        room=scaled((1.0 + warmth, 1.0, 1.0 - warmth), room),
        daylight=scaled((0.85, 1.0, 1.18), rng.uniform(0.3, 2.0)),
        lamp=scaled((0.50, 0.29, 0.12), rng.uniform(0.3, 1.6)),
        sky=scaled((0.97, 1.0, 1.06), ambient),
        ground=scaled((1.0, 0.86, 0.75), 0.65 * ambient),
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
    """The look of a seed (0: the hand-made one) with as many people, None: as it draws."""
    if seed != 0:
        return random_look(seed, people)
    if people is None or people == 1:
        return HAND_MADE
    return replace(HAND_MADE, people=random_people(np.random.default_rng(0), people, 1.5))
