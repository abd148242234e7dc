"""How alike two predictions of one picture are, and what disqualifies an engine."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livedepth.frame import Map, Prediction


@dataclass(frozen=True, slots=True)
class Tolerance:
    """correlation: of the depth maps, at least. difference: mean |difference| of the mattes, and
    of metres as a share of the reference's mean, at most."""

    correlation: float
    difference: float


EXACT = Tolerance(0.999, 0.01)
ROUNDED = Tolerance(0.998, 0.02)
"""For an engine that calculates in less than 32 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How alike two predictions are: correlation of depth (1 = equal up to scale and shift),
    mean absolute difference of the mattes (0..1), relative difference of metres; the latter two 0
    where there are none."""

    correlation: float
    matte: float = 0.0
    metres: float = 0.0


def agreement(prediction: Prediction, reference: Prediction) -> Agreement:
    """Compare two predictions of one picture.

    A flat or unequal map correlates with nothing: its correlation is 0.
    """
    matte = metres = 0.0
    if reference.matte is not None:
        matte = _difference(prediction.matte, reference.matte)
    if reference.metres is not None:
        metres = _difference(prediction.metres, reference.metres) / float(reference.metres.mean())
    return Agreement(_correlation(prediction.depth, reference.depth), matte, metres)


def objection(
    engine: str, prediction: Prediction, reference: Prediction, tolerance: Tolerance = EXACT
) -> str:
    """What disqualifies an engine that made ``prediction``; empty if nothing does."""
    depth = prediction.depth
    if not np.isfinite(depth).all():
        return f"engine {engine} returns values that are not finite"
    if float(np.ptp(depth)) <= 0.0:
        return f"engine {engine} returns a flat map"
    if depth.shape != reference.depth.shape:
        return (
            f"engine {engine} returns a map of {depth.shape[1]}x{depth.shape[0]}, the reference "
            f"is {reference.depth.shape[1]}x{reference.depth.shape[0]}"
        )
    if prediction.matte is not None and prediction.matte.shape != depth.shape:
        return f"engine {engine}: its matte and its depth differ in shape"
    found = agreement(prediction, reference)
    disagrees = f"engine {engine} disagrees with the reference"
    # Written so that what is not a number fails.
    if not found.correlation >= tolerance.correlation:
        return f"{disagrees}: {found.correlation:.4g}, needs {tolerance.correlation:g}"
    if not found.matte <= tolerance.difference:
        return f"{disagrees}: its matte is off by {found.matte:.3f}, at most {tolerance.difference}"
    if not found.metres <= tolerance.difference:
        return f"{disagrees}: metres are off by {found.metres:.1%}"
    return ""


def _difference(ours: Map | None, theirs: Map) -> float:
    if ours is None or ours.shape != theirs.shape:
        return math.inf
    return float(np.abs(ours - theirs).mean())


def _correlation(ours: Map, theirs: Map) -> float:
    if ours.shape != theirs.shape:
        return 0.0
    first, second = (values.astype(np.float64) - values.mean() for values in (ours, theirs))
    length = math.sqrt(float((first * first).sum()) * float((second * second).sum()))
    return float((first * second).sum()) / length if length else 0.0
