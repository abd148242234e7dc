"""A room and what stands in it drawn from a seed."""

from __future__ import annotations

import numpy as np

from livedepth.capture.raycast.tables import PLASTER, WALLPAPER
from livedepth.capture.scene.colours import any_colour, jitter, scaled, tinted
from livedepth.capture.scene.desk import DESK_THINGS
from livedepth.capture.scene.looks import RoomLook
from livedepth.capture.scene.room import FURNITURE


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
        wall=int(rng.choice((PLASTER, PLASTER, WALLPAPER))),
        wall_colour=wall,
        wall_accent=jitter(rng, wall, 0.3),
        wallpaper_period=rng.uniform(0.08, 0.4),
        floor=floor,
        floor_accent=scaled(floor, rng.uniform(0.4, 0.8)),
        timber=timber,
        timber_accent=scaled(timber, rng.uniform(0.3, 0.7)),
        cloth=any_colour(rng, (0.0, 0.5), (0.1, 0.7)),
        slots=slots,
        desk_height=rng.uniform(0.72, 0.98),
        desk_edge=rng.uniform(0.40, 0.56),
        desk_things=random_desk_things(rng),
        chair=bool(rng.random() < 0.7),
    )
