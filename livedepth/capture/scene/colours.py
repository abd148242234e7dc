"""Linear RGB colours, given as sRGB or drawn at random."""

from __future__ import annotations

import colorsys

import numpy as np

Triple = tuple[float, float, float]


def decode(level: float) -> float:
    """Linear light 0..1 of an sRGB level 0..1 (IEC 61966-2-1)."""
    return level / 12.92 if level < 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)


def linear(code: str) -> Triple:
    """Linear RGB of an sRGB colour '#rrggbb'."""
    red, green, blue = (int(code[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    return decode(red), decode(green), decode(blue)


def tinted(hue: float, saturation: float, value: float) -> Triple:
    """Linear RGB of an sRGB colour given by hue, saturation and value, each 0..1."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return decode(red), decode(green), decode(blue)


def scaled(colour: Triple, factor: float) -> Triple:
    """The colour, brighter or darker by the factor."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def jitter(rng: np.random.Generator, colour: Triple, amount: float) -> Triple:
    """The colour with each channel scaled by 1 - amount .. 1 + amount."""
    factors = rng.uniform(1.0 - amount, 1.0 + amount, 3)
    return colour[0] * factors[0], colour[1] * factors[1], colour[2] * factors[2]


def any_colour(
    rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]
) -> Triple:
    """Any hue, with saturation and value drawn from the two ranges, within 0..1."""
    return tinted(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
