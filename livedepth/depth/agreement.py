"""How alike two predictions of one picture are, and what disqualifies an engine."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


_FLAT = 1e-4
"""Range of a map as a share of its largest magnitude, of which there has to be more."""


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
    return Agreement(correlation(prediction.depth, reference.depth), matte, metres)


def defect(prediction: Prediction) -> str:
    """What makes a prediction useless, whatever its picture shows; empty if nothing does."""
    depth = prediction.depth
    others = {"matte": prediction.matte, "metres": prediction.metres}
    for name, values in others.items():
        if values is not None and values.shape != depth.shape:
            return f"returns {name} and depth that differ in shape"
    maps = [depth, *(values for values in others.values() if values is not None)]
    if not all(np.isfinite(values).all() for values in maps):
        return "returns values that are not finite"
    if _is_flat(depth) or (prediction.metres is not None and _is_flat(prediction.metres)):
        return "returns a flat map"
    return ""


def objection(
    engine: str, prediction: Prediction, reference: Prediction, tolerance: Tolerance = EXACT
) -> str:
    """What disqualifies an engine that made ``prediction``; empty if nothing does."""
    if fault := defect(prediction):
        return f"engine {engine} {fault}"
    ours, theirs = prediction.depth.shape, reference.depth.shape
    if ours != theirs:
        return (
            f"engine {engine} returns a map of {ours[1]}x{ours[0]}, the reference is "
            f"{theirs[1]}x{theirs[0]}"
        )
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


def _is_flat(values: Map) -> bool:
    """Whether a map says no more than its rounding does."""
    low, high = float(values.min()), float(values.max())
    return high - low <= _FLAT * max(abs(low), abs(high))


def _difference(ours: Map | None, theirs: Map) -> float:
    if ours is None or ours.shape != theirs.shape:
        return math.inf
    return float(np.abs(ours - theirs).mean())


def correlation(ours: NDArray[np.floating], theirs: NDArray[np.floating]) -> float:
    """Correlation (Pearson) of two maps, in -1..1; 0 if they are flat or differ in shape."""
    if ours.shape != theirs.shape:
        return 0.0
    first, second = (values.astype(np.float64) - values.mean() for values in (ours, theirs))
    length = math.sqrt(float((first * first).sum()) * float((second * second).sum()))
    return float((first * second).sum()) / length if length else 0.0
