"""How fast engines run a model, what they take, and how near to the exact map they come.

A time is from a frame in the host's memory, BGR uint8, to the maps in the host's memory, float32:
``DepthModel.infer`` returns arrays that the host may read, so whatever device computed them has
finished when the clock is read. Engines take turns, so that a machine that slows down, or is busy
for a while, slows all alike; each turn begins with an inference that does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from livedepth.benchmarks.candidates import Candidate, Size
from livedepth.depth.agreement import Agreement, agreement
from livedepth.depth.reference import MAKERS
from livedepth.frame import Image

_TURNS = 10
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each engine is timed: ``repeats`` inferences, or, where that is None, ``seconds``.

    An engine too slow for that runs three times.
    """

    seconds: float = 2.0
    repeats: int | None = None

    def wanted(self, turn: int, taken: int, spent: float) -> bool:
        """Whether one more time is due in turn 0, 1, ..., after ``taken`` in ``spent`` seconds."""
        share = (turn + 1) / _TURNS
        if self.repeats is not None:
            return taken < round(self.repeats * share)
        return taken < min(turn + 1, _FEWEST) or spent < self.seconds * share


@dataclass(frozen=True, slots=True)
class Figures:
    """One row: what an engine takes for a model at a network's input size.

    p50, p95: milliseconds; spread: milliseconds between the quartiles; rate: frames a second;
    count: how many were timed. exact: the engine whose maps the others are held against;
    correlation with them, mean difference of mattes and relative difference of metres, each in the
    worst of the pictures. speedup: times faster than torch's eager fp32 on the GPU.
    """

    model: str
    engine: str
    device: str
    precision: str
    size: Size
    p50: float
    p95: float
    spread: float
    rate: float
    count: int
    megabytes: float
    device_megabytes: float | None
    exact: str | None
    correlation: float | None
    matte_difference: float | None
    metres_difference: float | None
    speedup: float | None


def measure(
    candidates: Sequence[Candidate],
    images: Sequence[Image],
    effort: Effort,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Time every candidate; what was taken stays in it, also where this is interrupted.

    progress: is told how many turns are over, of how many.
    """
    total = _TURNS * len(candidates)
    for turn in range(_TURNS):
        for index, candidate in enumerate(candidates):
            _take_turn(candidate, turn, images, effort)
            if progress is not None:
                progress(turn * len(candidates) + index + 1, total)


def _take_turn(candidate: Candidate, turn: int, images: Sequence[Image], effort: Effort) -> None:
    infer, seconds = candidate.model.infer, candidate.seconds
    if not effort.wanted(turn, len(seconds), candidate.spent):
        return
    began = time.perf_counter()
    spent = candidate.spent
    infer(images[0])
    while effort.wanted(turn, len(seconds), candidate.spent):
        image = images[len(seconds) % len(images)]
        started = time.perf_counter()
        infer(image)
        ended = time.perf_counter()
        seconds.append(ended - started)
        candidate.spent = spent + ended - began


def exact_among(candidates: Iterable[Candidate]) -> Candidate | None:
    """The candidate whose maps count as exact: fp32 on the CPU, the most trusted engine's."""
    exact = [
        candidate
        for candidate in candidates
        if candidate.precision == "fp32" and candidate.model.engine in MAKERS
    ]
    return min(exact, key=lambda candidate: MAKERS.index(candidate.model.engine), default=None)


def worst_agreement(candidate: Candidate, exact: Candidate) -> Agreement:
    """How near the maps come to the exact ones in the picture where they come least near."""
    found = [
        agreement(ours, theirs)
        for ours, theirs in zip(candidate.predictions, exact.predictions, strict=True)
    ]
    return Agreement(
        min(each.correlation for each in found),
        max(each.matte for each in found),
        max(each.metres for each in found),
    )


def figures(candidate: Candidate, exact: Candidate | None, yardstick: Candidate | None) -> Figures:
    """Sum up what was measured, beside the exact maps and the yardstick where there are any.

    The candidate must have been timed at least once.
    """
    low, middle, high, late = np.percentile(candidate.seconds, (25, 50, 75, 95)) * 1e3
    near = matte = metres = speedup = None
    if exact is not None:
        near, shown = worst_agreement(candidate, exact), candidate.predictions[0]
        matte = near.matte if shown.matte is not None else None
        metres = near.metres if shown.metres is not None else None
    if yardstick is not None and yardstick.seconds:
        speedup = float(np.median(yardstick.seconds)) * 1e3 / float(middle)
    return Figures(
        model=candidate.model.name,
        engine=candidate.model.engine,
        device=candidate.device,
        precision=candidate.precision,
        size=candidate.size,
        p50=round(float(middle), 3),
        p95=round(float(late), 3),
        spread=round(float(high - low), 3),
        rate=round(len(candidate.seconds) / sum(candidate.seconds), 2),
        count=len(candidate.seconds),
        megabytes=round(candidate.megabytes, 1),
        device_megabytes=_rounded(candidate.device_megabytes, 1),
        exact=exact.model.engine if exact else None,
        correlation=_rounded(near.correlation if near else None, 6),
        matte_difference=_rounded(matte, 5),
        metres_difference=_rounded(metres, 5),
        speedup=_rounded(speedup, 2),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
