"""A person from a seed: what is sampled (pure), and the .npz that Blender builds it from.

The file holds a JSON ``header`` (what parts there are and what they are made of) and, by part:
``NAME/vertices`` float32 (frames + 1, n, 3), ``NAME/faces`` int32 (m, 4) with -1 for a triangle's
last corner, ``NAME/colour`` float32 (n, 3) linear sRGB, ``NAME/pattern`` float32 (n, 3) cloth
coordinates in metres; the hair's ``hair/points`` float32 (frames + 1, strands, 8, 3),
``hair/radius`` (strands, 8) metres and ``hair/colour`` (strands, 3). ``seat`` (3,) is where one who
sits touches the chair, ``head`` (frames + 1, 3) the middle of the head. Metres, Z up, facing -Y,
soles or shoes on z = 0. One frame more than asked for, so that the last has a motion too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rendering.accessories import HELD
from rendering.complexion import sample_iris
from rendering.hair import Hair, sample_hair
from rendering.poses import GESTURES, SITTING, STANDING, Track, demo_track, sample_track
from rendering.wardrobe import (
    Cloth,
    Colour,
    Garment,
    Outfit,
    linear,
    sample_colour,
    sample_outfit,
)

Array = NDArray[np.float64]
Pairs = tuple[tuple[str, float], ...]

GESTURE_CHANCES = (0.24, 0.12, 0.1, 0.05, 0.1, 0.08, 0.08, 0.06, 0.1, 0.07)
FACE_CHANGES = (
    "nose-scale-horiz-incr", "nose-scale-vert-incr", "nose-hump-incr", "nose-point-width-incr",
    "nose-volume-incr", "mouth-scale-horiz-incr", "mouth-lowerlip-volume-incr",
    "mouth-upperlip-volume-incr", "chin-width-incr", "chin-prominent-incr", "chin-height-incr",
    "head-fat-incr", "head-scale-horiz-incr", "head-scale-vert-incr", "forehead-scale-vert-incr",
    "eyebrows-trans-up", "eyebrows-angle-up", "measure-neck-circ-incr",
    "measure-shoulder-dist-incr",
)  # fmt: skip
PAIRED_CHANGES = (
    "cheek-volume-incr", "cheek-bones-incr", "eye-scale-incr", "eye-corner1-up", "eye-bag-incr",
    "ear-scale-incr", "ear-wing-incr", "eye-trans-out",
)  # fmt: skip


@dataclass(frozen=True)
class PersonSpec:
    """Everything about a person, sampled.

    age in years (16..80). female, weight, tone: 0..1 (tone 1 is the darkest skin). undertone:
    -1..1.
    phenotypes, changes: anny's shape parameters by name. glasses: "none", "round" or "square".
    held: what the hand that does not gesture holds. side: 0 if the left hand gestures, else 1.
    times: seconds of the frames, one more than are rendered. period: seconds after which the
    motion repeats, or None.
    """

    seed: int
    age: float
    female: float
    weight: float
    tone: float
    undertone: float
    make_up: float
    iris: Colour
    phenotypes: Pairs
    changes: Pairs
    hair: Hair
    outfit: Outfit
    glasses: str
    glasses_colour: Colour
    headphones: bool
    headphones_colour: Colour
    held: str
    held_colour: Colour
    posture: str
    gesture: str
    side: int
    times: tuple[float, ...]
    period: float | None = None


def anny_age(years: float) -> float:
    """anny's age in 0..1: a child's body ends at 1/3, 2/3 is young, 1 is old."""
    return float(np.interp(years, [16, 25, 45, 80], [0.56, 0.68, 0.8, 0.98]))


def sample_person(seed: int, frames: int, seconds_between: float, situation: str) -> PersonSpec:
    """A person by seed; ``situation`` is "sitting" or "standing"."""
    if situation not in (SITTING, STANDING):
        raise ValueError(f"situation {situation!r}: choose {SITTING!r} or {STANDING!r}")
    if frames < 1:
        raise ValueError(f"frames {frames}: at least 1")
    rng = np.random.default_rng([seed, 7])
    age = float(16 + 64 * rng.beta(1.4, 2.0))
    female = float(rng.choice([rng.uniform(0, 0.15), rng.uniform(0.85, 1)]))
    tone, weight = float(rng.random()), float(rng.beta(2.2, 2.2))
    gesture = str(rng.choice(GESTURES, p=GESTURE_CHANCES))
    if situation == STANDING and gesture == "lap":
        gesture = "talking"
    held = str(rng.choice(HELD, p=[0.62, 0.11, 0.11, 0.05, 0.06, 0.05]))
    if gesture in ("arms up", "crossed", "lap"):
        held = "none"
    return PersonSpec(
        seed=seed,
        age=age,
        female=female,
        weight=weight,
        tone=tone,
        undertone=float(rng.uniform(-1, 1)),
        make_up=float(rng.uniform(0.2, 1) if female > 0.5 and rng.random() < 0.4 else 0),
        iris=sample_iris(rng, tone),
        phenotypes=_phenotypes(rng, age, female, weight, tone),
        changes=_changes(rng),
        hair=sample_hair(rng, female, age, tone),
        outfit=sample_outfit(rng),
        glasses=str(rng.choice(["none", "round", "square"], p=[0.68, 0.14, 0.18])),
        glasses_colour=_frame_colour(rng),
        headphones=bool(rng.random() < 0.2),
        headphones_colour=_frame_colour(rng),
        held=held,
        held_colour=sample_colour(rng),
        posture=situation,
        gesture=gesture,
        side=int(rng.integers(2)),
        times=tuple(float(seconds_between * frame) for frame in range(frames + 1)),
    )


def demo_person(frames: int, seconds_between: float) -> PersonSpec:
    """A friendly woman who sits and talks for one period of ``frames``; the clip then repeats."""
    rng = np.random.default_rng(5)
    base = sample_person(5, frames, seconds_between, SITTING)
    outfit = sample_outfit(np.random.default_rng(2))
    top = _long_sleeved(outfit)
    hair = Hair("bob", linear(0.36, 0.22, 0.13), 0.2, -0.028, False, 0.008, 0.1, "none")
    return PersonSpec(
        seed=5,
        age=34,
        female=0.95,
        weight=0.3,
        tone=0.3,
        undertone=0.3,
        make_up=0.25,
        iris=base.iris,
        phenotypes=_phenotypes(rng, 34, 0.95, 0.3, 0.3),
        changes=tuple((name, 0.4 * amount) for name, amount in base.changes),
        hair=hair,
        outfit=top,
        glasses="none",
        glasses_colour=base.glasses_colour,
        headphones=False,
        headphones_colour=base.headphones_colour,
        held="none",
        held_colour=base.held_colour,
        posture=SITTING,
        gesture="demo",
        side=1,
        times=tuple(float(seconds_between * frame) for frame in range(frames + 1)),
        period=float(frames * seconds_between),
    )


def _long_sleeved(outfit: Outfit) -> Outfit:
    teal = linear(0.13, 0.4, 0.42)
    cloth = Cloth("plain", teal, teal, 0.1)
    return replace(outfit, top=Garment("long sleeve", cloth, 1.93, 0.08, 0.02, 0.011, 0.005, "rib"))


def track_of(spec: PersonSpec) -> Track:
    """The spec's motion over its times."""
    times = np.array(spec.times)
    if spec.period is not None:
        return demo_track(times, spec.period)
    return sample_track(spec.seed, times, spec.posture, spec.gesture, spec.held, spec.side)


def write_person(spec: PersonSpec, path: Path) -> None:
    """Build the body for every frame and write what Blender needs (see the module).

    Raises FileNotFoundError when the folder is missing, ImportError without anny.
    """
    from rendering.assembly import assemble

    arrays, header = assemble(spec)
    with open(path, "wb") as file:
        np.savez(file, header=np.array(json.dumps(header)), **arrays)


def _phenotypes(
    rng: np.random.Generator, age: float, female: float, weight: float, tone: float
) -> Pairs:
    """Shape and skin go together only loosely: any mix of ancestries may have any tone."""
    mix = rng.dirichlet([0.5 + 2.0 * tone, 0.8, 0.5 + 2.0 * (1 - tone)])
    return (
        ("gender", 1 - female),
        ("age", anny_age(age)),
        ("muscle", float(rng.uniform(0.3, 0.75))),
        ("weight", 0.2 + 0.62 * weight),
        ("height", float(rng.uniform(0.3, 0.7))),
        ("proportions", float(rng.uniform(0.4, 0.9))),
        ("cupsize", float(rng.uniform(0.25, 0.65))),
        ("firmness", float(rng.uniform(0.35, 0.7))),
        *zip(("african", "asian", "caucasian"), (float(share) for share in mix), strict=True),
    )


def _changes(rng: np.random.Generator) -> Pairs:
    single = [(name, float(rng.normal(0, 0.28))) for name in FACE_CHANGES]
    for name in PAIRED_CHANGES:
        amount = float(rng.normal(0, 0.28))
        single += [(f"{side}-{name}", amount) for side in "lr"]
    return tuple((name, float(np.clip(amount, -0.8, 0.8))) for name, amount in single)


def _frame_colour(rng: np.random.Generator) -> Colour:
    return (0.01, 0.01, 0.012) if rng.random() < 0.6 else sample_colour(rng)
