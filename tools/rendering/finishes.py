"""Random colours and finishes that homes and offices have."""

from __future__ import annotations

import colorsys

import numpy as np

from rendering.scene import Colour, Surface

WALL_KINDS = {"plain": 0.62, "stripes": 0.1, "pattern": 0.1, "brick": 0.06, "panels": 0.12}
FLOOR_KINDS = {"wood": 0.5, "carpet": 0.25, "tiles": 0.25}


def chosen(shares: dict[str, float], rng: np.random.Generator) -> str:
    """A key, drawn by its share."""
    names = list(shares)
    weights = np.array([shares[name] for name in names], float)
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def linear(value: float) -> float:
    """sRGB to linear light (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A linear colour from hue, saturation and value of sRGB, each in 0..1."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(saturation, 1.0), min(value, 1.0))
    return linear(red), linear(green), linear(blue)


def wall_colour(rng: np.random.Generator) -> Colour:
    """White, off-white, grey, pastel, or now and then a strong colour."""
    style = rng.random()
    if style < 0.35:
        return hsv(rng.uniform(0.05, 0.17), rng.uniform(0.0, 0.12), rng.uniform(0.8, 0.95))
    if style < 0.5:
        return hsv(rng.uniform(0.5, 0.7), rng.uniform(0.0, 0.08), rng.uniform(0.35, 0.85))
    if style < 0.88:
        return hsv(rng.random(), rng.uniform(0.06, 0.28), rng.uniform(0.6, 0.92))
    return hsv(rng.random(), rng.uniform(0.25, 0.6), rng.uniform(0.25, 0.7))


def wood_colour(rng: np.random.Generator) -> Colour:
    """From birch to wenge, and painted white or black."""
    style = rng.random()
    if style < 0.2:
        return hsv(0.1, 0.03, rng.uniform(0.75, 0.93))
    if style < 0.3:
        return hsv(0.6, 0.1, rng.uniform(0.08, 0.25))
    return hsv(rng.uniform(0.05, 0.1), rng.uniform(0.3, 0.65), rng.uniform(0.25, 0.8))


def cloth_colour(rng: np.random.Generator) -> Colour:
    """Any colour that curtains, books and boxes have."""
    return hsv(rng.random(), rng.uniform(0.0, 0.7), rng.uniform(0.15, 0.95))


def wall_surface(rng: np.random.Generator) -> Surface:
    """A wall's finish."""
    kind = chosen(WALL_KINDS, rng)
    colour = wall_colour(rng)
    if kind == "brick":
        colour = hsv(rng.uniform(0.0, 0.08), rng.uniform(0.05, 0.6), rng.uniform(0.4, 0.8))
        shade = 0.55
    else:
        shade = rng.uniform(0.6, 1.15)
    second = tuple(min(0.9, part * shade + rng.uniform(0, 0.03)) for part in colour)
    return Surface(kind, colour, second, float(rng.uniform(0.08, 0.6)), float(rng.uniform(0.4, 1)))


def floor_surface(rng: np.random.Generator) -> Surface:
    """A floor's finish."""
    kind = chosen(FLOOR_KINDS, rng)
    if kind == "wood":
        colour = wood_colour(rng)
    else:
        colour = hsv(rng.random(), rng.uniform(0, 0.35), rng.uniform(0.2, 0.85))
    second = tuple(part * rng.uniform(0.5, 0.9) for part in colour)
    rough = 0.9 if kind == "carpet" else rng.uniform(0.15, 0.6)
    return Surface(kind, colour, second, float(rng.uniform(0.1, 0.5)), float(rough))


def light_colour(kelvin: float) -> Colour:
    """Linear sRGB of a black body, its greatest part 1; the fit of Tanner Helland, 2012."""
    hundred = kelvin / 100
    red = 1.0 if hundred <= 66 else 1.2929 * (hundred - 60) ** -0.1332
    if hundred <= 66:
        green = 0.39008 * np.log(hundred) - 0.63184
        blue = 0.0 if hundred <= 19 else 0.54321 * np.log(hundred - 10) - 1.19625
    else:
        green = 1.12989 * (hundred - 60) ** -0.0755
        blue = 1.0
    parts = [linear(float(np.clip(part, 0, 1))) for part in (red, green, blue)]
    return parts[0], parts[1], parts[2]
