"""People drawn from a seed."""

from __future__ import annotations

import numpy as np

from livedepth.capture.raycast.tables import CHECKS, KNIT, STRIPES
from livedepth.capture.scene.colours import Triple, any_colour, jitter, linear
from livedepth.capture.scene.hair import HAIR_STYLES
from livedepth.capture.scene.looks import PersonLook

SKINS = ("#e9c2a7", "#e2b08f", "#dfa585", "#c98a63", "#a86a45", "#7e4a2f", "#583222", "#3d2318")
HAIRS = ("#1a1412", "#2b1c14", "#4a2f20", "#6f4628", "#a5743f", "#d2aa66", "#8a3b1d", "#8d8a88")
IRISES = ("#3a2414", "#5c3b1e", "#5b7a4a", "#3f6c93", "#6d7f86")
DARK_TONE = 4


def random_colouring(rng: np.random.Generator) -> tuple[Triple, Triple, Triple]:
    """Skin, hair and iris; dark skin goes with dark or grey hair and brown eyes."""
    tone = int(rng.integers(len(SKINS)))
    hairs, irises = (HAIRS, IRISES) if tone < DARK_TONE else (HAIRS[:3] + HAIRS[-1:], IRISES[:2])
    return (
        jitter(rng, linear(SKINS[tone]), 0.07),
        jitter(rng, linear(str(rng.choice(hairs))), 0.15),
        linear(str(rng.choice(irises))),
    )


def random_person(rng: np.random.Generator, position: Triple) -> PersonLook:
    style = str(rng.choice(list(HAIR_STYLES)))
    bearded = style not in ("bob", "long", "bun") and rng.random() < 0.4
    skin, hair, iris = random_colouring(rng)
    return PersonLook(
        position=position,
        turn=rng.uniform(-0.4, 0.4),
        head_turn=float(rng.normal(0.0, 0.25)),
        head_nod=rng.uniform(-0.2, 0.2),
        shoulders=rng.uniform(0.88, 1.15),
        head_width=rng.uniform(0.92, 1.08),
        jaw=rng.uniform(0.9, 1.15),
        nose=rng.uniform(0.8, 1.25),
        eyes=rng.uniform(0.9, 1.12),
        brows=rng.uniform(0.7, 1.4),
        smile=rng.uniform(-0.2, 1.3),
        blush=rng.uniform(0.1, 0.6),
        beard=rng.uniform(0.4, 1.2) if bearded else 0.0,
        skin=skin,
        hair=hair,
        iris=iris,
        hair_style=style,
        clothing=int(rng.choice((STRIPES, CHECKS, KNIT))),
        cloth=any_colour(rng, (0.05, 0.75), (0.12, 0.95)),
        accent=any_colour(rng, (0.1, 0.8), (0.1, 0.9)),
        trousers=any_colour(rng, (0.1, 0.6), (0.1, 0.6)),
        period=rng.uniform(0.02, 0.11),
        glasses=bool(rng.random() < 0.3),
        headphones=bool(rng.random() < 0.2),
        waving_side=int(rng.choice((-1, 1))),
        phase=rng.uniform(0.0, 40.0),
    )


def random_people(rng: np.random.Generator, count: int, farthest: float) -> tuple[PersonLook, ...]:
    """People side by side; several, and now and then a single one, sit further back."""
    spread = 0.62
    looks = []
    for i in range(count):
        column = i - 0.5 * (count - 1)
        x = column * spread + rng.uniform(-0.10, 0.10)
        near = count == 1 and rng.random() < 0.85
        z = rng.uniform(0.6, 1.2) if near else rng.uniform(1.0, min(1.9, farthest))
        looks.append(random_person(rng, (x, rng.uniform(-0.06, 0.08), z)))
    return tuple(looks)
