"""Colours of skin, lips, brows, scalp and eyes, one for each vertex, linear sRGB in 0..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rendering.body import SKIN_VERTICES, Template
from rendering.hair import Hair, beard_depth, brow_distance, scalp_depth
from rendering.surface import loft
from rendering.wardrobe import Colour, linear

Array = NDArray[np.float64]

TONES = np.array(
    [
        [0.91, 0.75, 0.67],
        [0.84, 0.66, 0.55],
        [0.69, 0.49, 0.37],
        [0.49, 0.33, 0.24],
        [0.3, 0.2, 0.15],
    ]
)
"""sRGB skin from the lightest to the darkest, evenly in lightness."""
IRISES = (
    (0.2, 0.11, 0.06),
    (0.33, 0.2, 0.1),
    (0.3, 0.34, 0.2),
    (0.32, 0.45, 0.58),
    (0.4, 0.44, 0.46),
)
RINGS = np.radians([0.5, 10, 12, 26, 30, 45, 70, 100, 140, 179])
SEGMENTS = 20


def skin_colour(tone: float, undertone: float) -> Array:
    """sRGB (3,) of a tone 0 (light) to 1 (dark); undertone -1 (olive) to 1 (rosy)."""
    at = np.array([np.interp(tone, np.linspace(0, 1, len(TONES)), TONES[:, c]) for c in range(3)])
    return np.clip(at * (1 + 0.035 * undertone * np.array([1, -1, -0.2])), 0, 1)


def paint_skin(
    shared: Template,
    tone: float,
    undertone: float,
    hair: Hair,
    make_up: float,
    seed: int,
) -> Array:
    """Linear colours (13380, 3) of the skin. make_up: 0..1 reddens the lips."""
    rng = np.random.default_rng([seed, 41])
    rest = shared.rest[:SKIN_VERTICES]
    base = skin_colour(tone, undertone)
    colour = np.tile(base, (SKIN_VERTICES, 1))

    def mix(amount: Array, target: Array | tuple[float, float, float]) -> None:
        colour[:] += amount[:, None] * (np.array(target) - colour)

    blotch = sum(np.sin(rest @ rng.normal(0, 60, 3) + rng.uniform(0, 6)) for _ in range(5)) / 5
    colour *= 1 + 0.035 * blotch[:, None]
    redder = base * [1.02, 0.8, 0.78]
    cheek = np.exp(
        -(((np.abs(rest[:, 0]) - 0.045) / 0.02) ** 2) - ((rest[:, 2] - 0.66) / 0.018) ** 2
    )
    nose = np.exp(-((rest[:, 0] / 0.016) ** 2) - ((rest[:, 2] - 0.655) / 0.014) ** 2)
    in_front = (rest[:, 1] < -0.09) & (shared.masks["face"] > 0.4)
    mix(0.5 * in_front * np.maximum(cheek, 0.8 * nose), redder)
    mix(0.5 * np.clip(shared.masks["ears"], 0, 1), redder)
    socket = np.exp(
        -(((np.abs(rest[:, 0]) - 0.034) / 0.02) ** 2) - ((rest[:, 2] - 0.685) / 0.01) ** 2
    )
    mix(0.3 * in_front * socket, base * [0.85, 0.74, 0.74])
    lips = np.clip(shared.masks["lips"] * 1.3, 0, 1)
    natural = base * [0.88, 0.62, 0.62]
    mix(0.85 * lips, (1 - make_up) * natural + make_up * np.array([0.62, 0.16, 0.2]))
    mix(np.clip(shared.masks["fingernails"], 0, 1) * 0.4, base * [1.08, 0.98, 0.98])
    lids = np.clip(shared.masks["eyelids"], 0, 1)
    mix(lids * (0.25 + 0.4 * make_up), base * [0.72, 0.6, 0.6])
    hair_srgb = np.array(hair.colour) ** (1 / 2.2)
    if hair.style != "bald":
        scalp = scalp_depth(rest, shared.masks["ears"], hair.hairline)
        mix(0.85 * np.clip(scalp / 0.012, 0, 1), hair_srgb * 0.85)
    if hair.beard != "none":
        strength = {"stubble": 0.35, "short": 0.6, "full": 0.75}[hair.beard]
        growth = np.clip(beard_depth(rest, shared.masks["lips"]) / 0.012, 0, 1)
        mix(strength * growth, hair_srgb)
    brow = np.clip(1.4 - brow_distance(rest) / 0.004, 0, 1)
    mix(0.45 * brow, hair_srgb * 0.8)
    mix((shared.masks["inside-mouth"] > 0.5) * 1.0, (0.25, 0.08, 0.08))
    return np.stack(linear_array(colour), -1)


def linear_array(colours: Array) -> tuple[Array, Array, Array]:
    """sRGB (n, 3) to three linear channels (n,) (IEC 61966-2-1)."""
    colours = np.clip(colours, 0, 1)
    value = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return value[:, 0], value[:, 1], value[:, 2]


def eyeball(iris: Colour) -> tuple[Array, NDArray[np.int64], Array]:
    """A unit eyeball that looks along -Y: vertices (n, 3), quads and linear colours (n, 3)."""
    angle = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    around = np.stack([np.cos(angle), np.zeros(SEGMENTS), np.sin(angle)], -1)
    vertices = (
        np.sin(RINGS)[:, None, None] * around - np.cos(RINGS)[:, None, None] * np.array([0, 1.0, 0])
    ).reshape(-1, 3)
    white, pupil = np.array(linear(0.86, 0.84, 0.82)), np.array([0.004, 0.004, 0.004])
    edge = np.array(iris) * 0.6
    ring_colours = [
        pupil,
        pupil,
        np.array(iris),
        edge,
        white,
        white,
        white * 0.9,
        white,
        white,
        white,
    ]
    return vertices, loft(len(RINGS), SEGMENTS), np.repeat(np.array(ring_colours), SEGMENTS, 0)


def sample_iris(rng: np.random.Generator, tone: float) -> Colour:
    """Dark eyes with dark skin, any with light skin."""
    last = len(IRISES) if tone < 0.45 else 2
    return linear(*(np.array(IRISES[rng.integers(last)]) * rng.uniform(0.8, 1.2)))
