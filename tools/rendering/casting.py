"""Who is in a scene, where they are, and the camera that looks at them."""

from __future__ import annotations

import math

import numpy as np

from rendering.furniture import ROLES
from rendering.layout import Footprint, discs_along
from rendering.placement import turned
from rendering.scene import Camera, Stand


def sample_people(
    seed: int, count: int, field: float, distance: float | None, rng: np.random.Generator
) -> list[Stand]:
    """Places of the people, the nearest first, none in another's body."""
    people: list[Stand] = []
    widest = 0.65 if distance is None else 0.3
    main_bearing = float(np.clip(rng.normal(0, 0.3), -widest, widest))
    for index in range(count):
        for _ in range(30):
            standing = rng.random() < (0.22 if index == 0 else 0.5)
            if index == 0:
                bearing = main_bearing
                if distance is not None:
                    standing, away = False, distance
                elif standing:
                    away = float(rng.uniform(0.75, 1.5))
                elif rng.random() < 0.5:
                    away = float(rng.uniform(0.5, 0.8))
                else:
                    away = float(rng.uniform(0.8, 1.3))
            else:
                bearing = main_bearing + float(
                    rng.choice([-1, 1]) * rng.uniform(0.15, field * 0.45)
                )
                away = float(rng.uniform(0.7, 3.0))
            x, y = away * math.sin(bearing), away * math.cos(bearing)
            if y < 0.33 or any(math.hypot(x - p.x, y - p.y) < 0.62 for p in people):
                continue
            facing = -math.atan2(x, y) + float(np.clip(rng.normal(0, 0.3), -0.8, 0.8))
            seats = ROLES["seat"]
            chair = None if standing else seats[int(rng.integers(len(seats)))]
            situation = "standing" if standing else "sitting"
            person_seed = int(np.random.default_rng([seed, 30, index]).integers(2**31))
            people.append(Stand(person_seed, situation, x, y, facing, chair))
            break
    return people


def sample_camera(
    people: list[Stand], field: float, columns: int, rows: int, rng: np.random.Generator
) -> Camera:
    """A laptop's or a screen's camera; its angles follow from the framing where somebody is."""
    if people and people[0].situation == "standing":
        height = float(rng.uniform(1.05, 1.6))
    elif rng.random() < 0.55:
        height = float(rng.uniform(0.95, 1.12))
    else:
        height = float(rng.uniform(1.12, 1.36))
    pitch = float(rng.uniform(-0.15, 0.2))
    return Camera(height, 0.0, pitch, float(rng.normal(0, 0.015)), field, columns, rows)


def kept_clear(people: list[Stand]) -> list[Footprint]:
    """Where nothing may stand: about the camera, about people, between them, over the desk."""
    spaces = [Footprint(-0.75, 0.75, -0.6, 0.7)]
    for stand in people:
        spaces.append(
            Footprint(stand.x - 0.42, stand.x + 0.42, stand.y - 0.42, stand.y + 0.42, 0.0, 2.2)
        )
        reach = math.hypot(stand.x, stand.y)
        knees = turned(0.0, -min(0.5, reach), stand.turn)
        spaces.append(
            Footprint(
                stand.x + knees[0] - 0.3,
                stand.x + knees[0] + 0.3,
                stand.y + knees[1] - 0.3,
                stand.y + knees[1] + 0.3,
                0.0,
                1.2,
            )
        )
        spaces += discs_along(stand.x, stand.y, 0.3)
    return spaces
