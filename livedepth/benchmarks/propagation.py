"""Maps that come late and seldom, carried to the frame: how right they are, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.benchmarks.case import Result, interleaved_medians
from livedepth.benchmarks.compositing import network_depth
from livedepth.capture.synthetic import SyntheticScene
from livedepth.frame import Image, SteadyDepth
from livedepth.stabiliser.flow import backward_flow
from livedepth.stabiliser.propagation import Propagator

LATENCY, PERIOD = 6, 6
"""Frames at 30 a second: maps are 200 ms old when they come, five a second."""

_RATE = 30.0
_BEGIN, _FRAMES = 5.0, 84
_MEMORY, _CHANGED, _FEWEST = 12, 0.15, 20
_YARDSTICK_SIZE = (256, 144)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame and the depth that is right for it."""

    image: Image
    depth: SteadyDepth


def waving(width: int, height: int, frames: int = _FRAMES) -> list[Shot]:
    """The synthetic scene's person raising a hand and waving, with the truth at network size."""
    scene = SyntheticScene(width, height, noise=0.01)
    shots = []
    for index in range(frames):
        truth = scene.render(_BEGIN + index / _RATE)
        shots.append(Shot(truth.image, network_depth(truth)))
    return shots


def held(shots: Sequence[Shot]) -> list[SteadyDepth | None]:
    """What each frame gets where the newest map is used as it is."""
    return [
        shots[(index - LATENCY) // PERIOD * PERIOD].depth if index >= LATENCY else None
        for index in range(len(shots))
    ]


def propagated(shots: Sequence[Shot]) -> list[SteadyDepth | None]:
    """What each frame gets where the newest map is carried to it."""
    propagator = Propagator()
    results = []
    for index, shot in enumerate(shots):
        propagator.advance(shot.image, index)
        made_of = index - LATENCY
        if made_of >= 0 and made_of % PERIOD == 0:
            propagator.renew(shots[made_of].depth, made_of)
        results.append(propagator.current())
    return results


def errors(
    shots: Sequence[Shot], results: Sequence[SteadyDepth | None]
) -> tuple[float, float, float]:
    """Mean absolute error where something moves: of matte, of disparity, and of matte too high.

    A pixel moves where the true matte of any of the last 0.4 seconds differs from now, and next
    to it. The third is what is left behind as a ghost.
    """
    rows = []
    for index in range(_MEMORY, len(shots)):
        result, truth = results[index], shots[index].depth
        moving = _moving([shot.depth for shot in shots[index - _MEMORY : index + 1]])
        if result is not None and int(moving.sum()) >= _FEWEST:
            wrong = (result.matte - truth.matte)[moving]
            farther = np.abs(result.disparity - truth.disparity)[moving]
            rows.append((np.abs(wrong).mean(), farther.mean(), np.maximum(wrong, 0.0).mean()))
    matte, disparity, ghost = np.mean(rows, axis=0)
    return float(matte), float(disparity), float(ghost)


def propagation() -> Iterator[Result]:
    """A waving hand at five maps a second, 200 ms old, beside holding each map; then the cost."""
    shots = waving(1280, 720)
    ours, theirs = errors(shots, propagated(shots)), errors(shots, held(shots))
    names = ("matte error", "disparity error", "matte left behind")
    for name, error, yardstick, least in zip(names, ours, theirs, (3.0, 3.0, 4.0), strict=True):
        ratio = yardstick / error
        yield Result(
            "propagation", "1280x720", round(100 * error, 2), f"% {name}", "holding the map",
            round(100 * yardstick, 2), round(ratio, 2), f"{least:g} times less", ratio >= least,
        )  # fmt: skip
    yield _cost(shots)


def _moving(depths: Sequence[SteadyDepth]) -> NDArray[np.bool_]:
    now = depths[-1].matte
    changes = [np.abs(depth.matte - now) > _CHANGED for depth in depths[:-1]]
    moving = np.any(changes, axis=0).astype(np.uint8)
    return np.asarray(cv2.dilate(moving, np.ones((3, 3), np.uint8)) > 0)


def _cost(shots: Sequence[Shot]) -> Result:
    propagator, count = Propagator(), 0

    def step() -> None:
        nonlocal count
        # To and fro, so that the last shot is not followed by a jump to the first.
        turn = count % (2 * len(shots) - 2)
        shot = shots[min(turn, 2 * len(shots) - 2 - turn)]
        propagator.advance(shot.image, count)
        if count % PERIOD == 0:
            propagator.renew(shot.depth, count)
        propagator.current()
        count += 1

    greys = [
        np.asarray(
            cv2.cvtColor(cv2.resize(shot.image, _YARDSTICK_SIZE), cv2.COLOR_BGR2GRAY), np.uint8
        )
        for shot in shots[-2:]
    ]
    medium = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    cost, flow = interleaved_medians(
        step, lambda: backward_flow(medium, greys[1], greys[0]), rounds=2 * len(shots)
    )
    return Result(
        "propagation", "1280x720", round(1e3 * cost, 2), "ms a frame", "DIS medium, 256x144",
        round(1e3 * flow, 2), round(flow / cost, 2), "3 ms", cost <= 3e-3,
    )  # fmt: skip
