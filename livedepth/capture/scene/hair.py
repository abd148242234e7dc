"""Hair styles."""

from __future__ import annotations

import math

from livedepth.capture.scene.parts import HEAD, SCALP, PartBuilder
from livedepth.capture.scene.rotations import turn_x, turn_z


def add_short_hair(parts: PartBuilder, hair: int) -> None:
    width = parts.person.look.head_width
    parts.ellipsoid(HEAD, SCALP, (0, 0.036, 0.016), (0.083 * width, 0.092, 0.094), hair)
    parts.ellipsoid(HEAD, SCALP, (0.016, 0.090, -0.036), (0.062 * width, 0.034, 0.052), hair)
    parts.ellipsoid(HEAD, SCALP, (-0.036, 0.084, -0.026), (0.040 * width, 0.032, 0.054), hair)
    parts.ellipsoid(HEAD, SCALP, (0, -0.005, 0.045), (0.076 * width, 0.085, 0.062), hair)


def add_bob_hair(parts: PartBuilder, hair: int) -> None:
    width = parts.person.look.head_width
    parts.ellipsoid(HEAD, SCALP, (0, 0.036, 0.018), (0.088 * width, 0.096, 0.097), hair)
    parts.ellipsoid(HEAD, SCALP, (0, -0.030, 0.046), (0.091 * width, 0.104, 0.066), hair)
    for side in (-1, 1):
        lock = (side * 0.080 * width, -0.022, 0.006)
        parts.ellipsoid(HEAD, SCALP, lock, (0.020, 0.092, 0.056), hair, turn_z(0.05 * side))
        temple = (side * 0.073 * width, 0.036, -0.034)
        parts.ellipsoid(HEAD, SCALP, temple, (0.016, 0.050, 0.040), hair, turn_z(0.16 * side))
    sweep = turn_z(-0.30) @ turn_x(0.5)
    parts.ellipsoid(HEAD, SCALP, (0.026, 0.078, -0.050), (0.064 * width, 0.024, 0.046), hair, sweep)
    sweep = turn_z(0.62) @ turn_x(0.5)
    parts.ellipsoid(
        HEAD, SCALP, (-0.048, 0.070, -0.046), (0.040 * width, 0.022, 0.042), hair, sweep
    )


def add_long_hair(parts: PartBuilder, hair: int) -> None:
    add_bob_hair(parts, hair)
    width = parts.person.look.head_width
    parts.ellipsoid(HEAD, SCALP, (0, -0.13, 0.060), (0.100 * width, 0.165, 0.050), hair)
    for side in (-1, 1):
        lock = (side * 0.088 * width, -0.125, 0.012)
        parts.ellipsoid(HEAD, SCALP, lock, (0.030, 0.115, 0.036), hair, turn_z(0.06 * side))


def add_cropped_hair(parts: PartBuilder, hair: int) -> None:
    width = parts.person.look.head_width
    parts.ellipsoid(HEAD, SCALP, (0, 0.036, 0.004), (0.0795 * width, 0.084, 0.090), hair)
    parts.ellipsoid(HEAD, SCALP, (0, -0.010, 0.040), (0.074 * width, 0.070, 0.060), hair)


def add_bun_hair(parts: PartBuilder, hair: int) -> None:
    add_cropped_hair(parts, hair)
    width = parts.person.look.head_width
    parts.ellipsoid(HEAD, SCALP, (0, 0.040, 0.020), (0.083 * width, 0.088, 0.094), hair)
    parts.ellipsoid(HEAD, SCALP, (0, 0.142, 0.030), (0.040, 0.034, 0.040), hair)


def add_curly_hair(parts: PartBuilder, hair: int) -> None:
    width = parts.person.look.head_width
    parts.ellipsoid(HEAD, SCALP, (0, 0.034, 0.020), (0.090 * width, 0.096, 0.098), hair)
    for i in range(26):
        lift = 1.0 - 1.15 * (i + 0.5) / 26
        around = 2.399963 * i
        ring = math.sqrt(max(1.0 - lift * lift, 0.0))
        x, z = ring * math.cos(around), ring * math.sin(around)
        if z < -0.45 and lift < 0.45:
            continue
        centre = (0.083 * width * x, 0.040 + 0.088 * lift, 0.018 + 0.086 * z)
        radius = 0.031 + 0.004 * math.sin(5.0 * i)
        parts.ellipsoid(HEAD, SCALP, centre, (radius, radius, radius), hair)


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
