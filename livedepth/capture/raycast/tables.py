"""The records that describe a world to the kernels, and the numbers of their kinds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FAR = 1.0e6
NEAR = 1.0e-3
TILE = 8
ELLIPSOID, BOX, ROUND_CONE, FRUSTUM, RING = range(5)

(
    PLAIN,
    STRIPES,
    CHECKS,
    KNIT,
    WOOD,
    PLANKS,
    PLASTER,
    WALLPAPER,
    BOOKS,
    POSTER,
    OUTDOORS,
    FACE,
    HAIR,
    LEAF,
    FABRIC,
) = range(15)


def record(integers: str, floats: str) -> np.dtype[np.void]:
    return np.dtype(
        [(name, np.int64) for name in integers.split()]
        + [(name, np.float64) for name in floats.split()]
    )


# One primitive. World point = R @ local + (x, y, z), R row by row in r00..r22. Texture point =
# W @ local + (u, v, w), W in w00..w22. a, b, c by kind: ELLIPSOID radii; BOX half extents;
# ROUND_CONE length along +y, first and last radius; FRUSTUM bottom radius, half height, top
# radius; RING half width, half height, inner fraction. bound: radius about the centre. Solids of
# one blend group (> 0) share normals within `melt` metres of each other. subject: 1 for a person.
SOLID = record(
    "kind material blend",
    "x y z r00 r01 r02 r10 r11 r12 r20 r21 r22 a b c bound melt subject"
    " u v w w00 w01 w02 w10 w11 w12 w20 w21 w22",
)

# Colours are linear RGB. scale: texture period or frequency. wrap: how far light reaches round
# the shadow edge. glow > 0: its own light. half_width to variant: POSTER, BOOKS; the rest: FACE.
MATERIAL = record(
    "pattern",
    "red1 green1 blue1 red2 green2 blue2 red3 green3 blue3 scale gloss wrap glow"
    " half_width half_height variant"
    " openness opening gaze_x gaze_y brow_lift smile eye_size brow_weight beard blush",
)

# A point light, inverse square beyond `radius`. The first of a table casts shadows.
LIGHT = record("", "x y z red green blue radius")

# A sphere that shades whatever is not of the blend group `owner`.
OCCLUDER = record("owner", "x y z radius")

# A pinhole: focal length and centre in pixels; the eye; unit vectors right, down and forward.
CAMERA = record("", "focal centre_x centre_y x y z rx ry rz dx dy dz fx fy fz")

# Light without a direction, linear RGB, from above (1) and from below (2).
AIR = record("", "red1 green1 blue1 red2 green2 blue2")

Table = NDArray[np.void]


class World(NamedTuple):
    """All that a ray needs: tables of these records, one row of CAMERA and one of AIR."""

    camera: Table
    solids: Table
    materials: Table
    lights: Table
    occluders: Table
    air: Table


class Tiles(NamedTuple):
    """Which solids matter in which tile.

    active (a,): the tiles where one that is not settled may be seen. members (t, n): first the
    `seen` (t,) solids that may be seen, then those these may melt into, `nearby` (t,) in all.
    """

    active: NDArray[np.int64]
    seen: NDArray[np.int64]
    nearby: NDArray[np.int64]
    members: NDArray[np.int16]
