"""Hair: which style, colour and beard are sampled, and where on the head hair grows.

Places are told on the template body: metres, Z up, facing -Y. Colours are linear sRGB in 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rendering.wardrobe import Colour, linear

Array = NDArray[np.float64]

STYLES = ("bald", "buzz", "short", "swept", "afro", "curly", "bob", "long", "ponytail", "bun")
BEARDS = ("none", "stubble", "short", "full")
POINTS = 8
STRANDS = 6500
ALONG = np.linspace(0, 1, POINTS) ** 1.35
"""Where along a strand its points are: closer together where it bends over the head."""


@dataclass(frozen=True)
class Hair:
    """A style: ``length`` in metres, ``part`` where the parting is (metres to the left), ``fringe``
    whether it falls over the forehead, ``thickness`` how far it stands off the head, ``hairline``
    how much higher than usual it begins, metres."""

    style: str
    colour: Colour
    length: float
    part: float
    fringe: bool
    thickness: float
    curl: float
    beard: str
    hairline: float = 0.0


@dataclass(frozen=True)
class Strands:
    """points: (strands, 8, 3). radius: (strands, POINTS) metres. shade: (strands,) 0.7..1.3
    times the colour. kind: (strands,) 0 scalp, 1 brow, 2 beard, 3 lash."""

    points: Array
    radius: Array
    shade: Array
    kind: NDArray[np.int64]


def sample_hair(rng: np.random.Generator, female: float, age: float, tone: float) -> Hair:
    """female and tone in 0..1 (1 is the darkest skin), age in years."""
    long_ones = np.array([0.01, 0.01, 0.06, 0.08, 0.06, 0.12, 0.2, 0.26, 0.12, 0.08])
    short_ones = np.array([0.12, 0.14, 0.34, 0.18, 0.05, 0.07, 0.04, 0.04, 0.01, 0.01])
    chance = female * long_ones + (1 - female) * short_ones
    chance[4] *= 0.3 + 2.4 * tone
    chance[0] *= 0.4 + age / 50
    style = str(rng.choice(STYLES, p=chance / chance.sum()))
    length = {
        "bald": 0.0,
        "buzz": rng.uniform(0.004, 0.009),
        "short": rng.uniform(0.025, 0.06),
        "swept": rng.uniform(0.06, 0.1),
        "afro": rng.uniform(0.04, 0.11),
        "curly": rng.uniform(0.09, 0.26),
        "bob": rng.uniform(0.2, 0.28),
        "long": rng.uniform(0.34, 0.5),
        "ponytail": rng.uniform(0.35, 0.45),
        "bun": 0.25,
    }[style]
    beard = "none"
    if female < 0.4 and rng.random() < 0.55:
        beard = str(rng.choice(BEARDS[1:], p=[0.45, 0.35, 0.2]))
    return Hair(
        style=style,
        colour=sample_hair_colour(rng, age, tone),
        length=float(length),
        part=float(rng.choice([-0.028, 0.0, 0.028])),
        fringe=bool(rng.random() < 0.3),
        thickness=float(rng.uniform(0.006, 0.016)),
        curl=float({"curly": 1.0, "afro": 1.0}.get(style, rng.choice([0.0, 0.15, 0.4]))),
        beard=beard,
        hairline=float(rng.uniform(-0.004, 0.008) + (1 - female) * np.clip(age - 45, 0, 35) / 2500),
    )


def sample_hair_colour(rng: np.random.Generator, age: float, tone: float) -> Colour:
    """Black, browns, blonds, red, dyed now and then; grey with the years."""
    colours = np.array(
        [[0.06, 0.05, 0.05], [0.16, 0.1, 0.07], [0.32, 0.2, 0.12], [0.5, 0.36, 0.22],
         [0.78, 0.63, 0.42], [0.5, 0.2, 0.1], [0.35, 0.15, 0.4]]
    )  # fmt: skip
    light = 1 - tone
    chance = np.array(
        [0.3 + 1.2 * tone, 0.35, 0.3 * light, 0.22 * light, 0.2 * light, 0.1 * light, 0.03]
    )
    colour = colours[rng.choice(len(colours), p=chance / chance.sum())] * rng.uniform(0.8, 1.2)
    grey = np.clip((age - rng.uniform(38, 70)) / 18, 0, 1)
    mixed = (1 - grey) * colour + grey * np.array([0.72, 0.71, 0.69])
    return linear(*np.clip(mixed, 0.02, 0.95))


def scalp_depth(rest: Array, ears: Array, hairline: float) -> Array:
    """Metres (n,) inside the hairline on the template; ``hairline`` moves it up from the brows."""
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    forehead = z - (0.762 + hairline) + np.clip(x - 0.03, 0, 1) * 0.15
    temple = np.minimum(y + 0.092 - hairline + np.clip(z - 0.7, 0, 0.06) * 0.25, z - 0.684)
    nape = np.minimum(y + 0.032, z - 0.608)
    inside = np.maximum.reduce([forehead, temple, nape])
    return np.where(ears > 0.3, -1.0, inside)


def beard_depth(rest: Array, lips: Array) -> Array:
    """Metres (n,) inside the area where a beard grows, on the template."""
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    jaw = np.minimum(0.63 + np.clip(x - 0.02, 0, 1) * 0.75 - z, z - 0.576)
    jaw = np.minimum(jaw, np.minimum(-0.045 - y, 0.085 - x))
    lip = np.minimum(np.minimum(0.649 - z, 0.03 - x), -0.13 - y)
    return np.where(lips > 0.3, -1.0, np.maximum(jaw, lip))


def brow_distance(rest: Array) -> Array:
    """Metres (n,) from the arch of the brows, on the template."""
    x = np.abs(rest[:, 0])
    arch = 0.7158 + 0.0035 * np.sin(np.clip((x - 0.012) / 0.045, 0, 1) * np.pi * 0.95)
    beside = np.clip(0.013 - x, 0, 1) + np.clip(x - 0.054, 0, 1)
    return np.where(rest[:, 1] < -0.1, np.hypot(rest[:, 2] - arch, beside), 1.0)
