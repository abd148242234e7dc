"""Clothes: which are worn is sampled here, and their cut is a field over the template body.

A garment is the part of MakeHuman's tights where a field in metres is positive: how far a place is
from the nearest hem, sleeve end or neckline. Colours are linear sRGB in 0..1.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Colour = tuple[float, float, float]

TOPS = ("t-shirt", "long sleeve", "hoodie", "shirt", "vest", "turtleneck")
PATTERNS = ("plain", "stripes", "checks", "noise")
UPPER_ARM = 0.26
"""Metres to which a third of sleeve, shoulder to elbow, is reckoned."""


@dataclass(frozen=True)
class Cloth:
    """A fabric: ``scale`` is the pattern's repeat in metres, ``second`` its other colour."""

    pattern: str
    colour: Colour
    second: Colour
    scale: float
    roughness: float = 0.9


@dataclass(frozen=True)
class Garment:
    """A cut.

    sleeve: where it ends, 0 shoulder, 1 elbow, 2 wrist; for legs 1 knee, 2 ankle. neck: the
    neckline's radius, metres. depth: how far a V or scoop reaches down. ease: how far the cloth
    stands off the body, metres. folds: the height of its folds, metres. collar: "rib", "shirt",
    "turtleneck", "hood" or "none".
    """

    kind: str
    cloth: Cloth
    sleeve: float
    neck: float
    depth: float
    ease: float
    folds: float
    collar: str


@dataclass(frozen=True)
class Outfit:
    """What a person wears: a top, trousers and shoes."""

    top: Garment
    trousers: Garment
    shoes: Colour


def linear(red: float, green: float, blue: float) -> Colour:
    """sRGB in 0..1 to linear (IEC 61966-2-1)."""
    values = np.array([red, green, blue])
    low, high = values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    r, g, b = np.where(values <= 0.04045, low, high)
    return float(r), float(g), float(b)


def sample_colour(rng: np.random.Generator) -> Colour:
    """A cloth's colour: black, white and grey as often as they are worn, else any hue."""
    if rng.random() < 0.4:
        value = rng.choice([0.06, 0.12, 0.25, 0.45, 0.7, 0.92])
        tint = rng.normal(0, 0.015, 3)
        return linear(*np.clip(value + tint, 0.02, 0.97))
    hue = rng.random()
    saturation, value = rng.uniform(0.2, 0.9), rng.uniform(0.15, 0.9)
    return linear(*colorsys.hsv_to_rgb(hue, saturation, value))


def sample_cloth(rng: np.random.Generator, plain: float) -> Cloth:
    """A fabric that is plain with the chance ``plain``."""
    pattern = "plain" if rng.random() < plain else str(rng.choice(PATTERNS[1:]))
    scale = {"plain": 0.1, "stripes": 0.05, "checks": 0.06, "noise": 0.08}[pattern]
    return Cloth(
        pattern, sample_colour(rng), sample_colour(rng), float(scale * rng.uniform(0.5, 1.6))
    )


def sample_outfit(rng: np.random.Generator) -> Outfit:
    """Any top as likely as it is needed: bare arms in more than a third of the outfits."""
    kind = str(rng.choice(TOPS, p=[0.28, 0.2, 0.15, 0.17, 0.12, 0.08]))
    top = {
        "t-shirt": (
            rng.uniform(0.35, 0.8),
            0.084,
            rng.choice([0.0, 0.0, 0.05]),
            0.011,
            0.005,
            "rib",
        ),
        "long sleeve": (1.93, 0.08, rng.choice([0.0, 0.03]), 0.01, 0.005, "rib"),
        "hoodie": (1.95, 0.085, 0.01, 0.022, 0.009, "hood"),
        "shirt": (rng.choice([1.93, 1.2]), 0.07, 0.0, 0.013, 0.006, "shirt"),
        "vest": (rng.uniform(-0.38, -0.2), 0.09, rng.uniform(0.02, 0.06), 0.008, 0.003, "none"),
        "turtleneck": (1.95, 0.07, 0.0, 0.009, 0.004, "turtleneck"),
    }[kind]
    sleeve, neck, depth, ease, folds, collar = top
    cloth = sample_cloth(rng, 0.5 if kind != "hoodie" else 0.8)
    denim = linear(*(np.array([0.16, 0.22, 0.36]) * rng.uniform(0.5, 1.7)))
    leg_colour = denim if rng.random() < 0.5 else sample_colour(rng)
    trousers = Cloth("plain", leg_colour, leg_colour, 0.1)
    return Outfit(
        top=Garment(kind, cloth, float(sleeve), neck, float(depth), ease, folds, collar),
        trousers=Garment("trousers", trousers, 1.95, 0.0, 0.0, 0.008, 0.005, "none"),
        shoes=sample_colour(rng),
    )


@dataclass(frozen=True)
class Regions:
    """Coordinates on the template: limb (vertices,) is 0 at a shoulder, 1 elbow, 2 wrist, far below
    0 on the trunk; leg likewise from the hip. rest: (vertices, 3). neck: (3,) its base."""

    rest: Array
    arm: Array
    leg: Array
    neck: Array


def along_limb(points: Array, joints: tuple[Array, Array, Array]) -> Array:
    """How far (n,) points are along a limb of two bones: 0, 1 and 2 at its joints."""
    first, middle, last = joints
    upper = (points - first) @ (middle - first) / np.sum((middle - first) ** 2)
    lower = (points - middle) @ (last - middle) / np.sum((last - middle) ** 2)
    return np.clip(upper, -1, 1) + np.clip(lower, 0, 1.6)


def regions(rest: Array, heads: Array, bones: dict[str, int], weights: Array) -> Regions:
    """The coordinates of every template vertex."""

    def limb(joints: tuple[str, str, str], starts: tuple[str, ...]) -> Array:
        result = np.full(len(rest), -1.0)
        for side in "LR":
            ends = tuple(heads[bones[f"{name}.{side}"]] for name in joints)
            columns = [
                i for name, i in bones.items() if name.endswith(side) and name.startswith(starts)
            ]
            share = np.clip(weights[:, columns].sum(1) * 1.6, 0, 1)
            result = np.maximum(result, share * (along_limb(rest, ends) + 1) - 1)
        return result

    arms = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
    return Regions(
        rest=rest,
        arm=limb(("upperarm01", "lowerarm01", "wrist"), arms),
        leg=limb(("upperleg01", "lowerleg01", "foot"), ("upperleg", "lowerleg", "foot", "toe")),
        neck=heads[bones["neck01"]],
    )


def top_field(place: Regions, garment: Garment, hem: float) -> Array:
    """Metres (vertices,) inside a top; ``hem`` is its lower edge's height on the template."""
    sleeve = UPPER_ARM * (garment.sleeve - place.arm)
    centre = place.neck + np.array([0.0, -0.012, 0.0])
    bottom = centre + np.array([0.0, -0.05 - 0.4 * garment.depth, -garment.depth - 0.012])
    line = bottom - centre
    lowered = np.minimum(place.rest, [np.inf, np.inf, centre[2]])
    share = np.clip((lowered - centre) @ line / np.sum(line**2), 0, 1)
    from_neck = np.linalg.norm(lowered - centre - share[:, None] * line, axis=1)
    on_neck = np.where(place.rest[:, 2] > place.neck[2] + 0.055, -1.0, 1.0)
    torso = np.where(place.arm > -0.2, np.inf, place.rest[:, 2] - hem)
    return np.minimum.reduce([sleeve, from_neck - garment.neck, torso, on_neck])


def trousers_field(place: Regions, garment: Garment, waist: float) -> Array:
    """Metres (vertices,) inside trousers below the height ``waist`` of the template."""
    end = 0.45 * (garment.sleeve - place.leg)
    return np.minimum.reduce([end, waist - place.rest[:, 2], np.where(place.arm > 0, -1.0, 1.0)])


def folds(rest: Array, place_arm: Array, height: float, seed: int) -> Array:
    """Static folds (n,) in metres: oblique waves that are strongest at waist, elbow and armpit."""
    rng = np.random.default_rng([seed, 23])
    total = np.zeros(len(rest))
    for octave in range(7):
        direction = rng.normal(0, 1, 3) * [0.55, 0.55, 1.0]
        direction *= rng.uniform(55, 130) / np.linalg.norm(direction)
        warp = 1.3 * np.sin(rest @ rng.normal(0, 14, 3) + rng.uniform(0, 6))
        ridge = np.sin(rest @ direction + warp + rng.uniform(0, 6))
        total += ridge * np.abs(ridge) / (1 + 0.25 * octave)
    near_elbow = np.exp(-((place_arm - 1) ** 2) / 0.08) + np.exp(-((place_arm - 0.1) ** 2) / 0.03)
    return height * total / 1.8 * (0.6 + 0.6 * near_elbow)
