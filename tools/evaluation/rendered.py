"""Scores on rendered people in furnished rooms that no training saw: depth, matte and motion are
exact. The depth teacher and MediaPipe's selfie segmentation see the same pictures."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rendering.sequence import Sequence, read_sequence, sequence_folders
from training.pairs import carry_back, visible
from training.scores import align, depth_scores, edge_error, overlap
from training.sequences import label
from training.validation import FARTHEST, network_size, person_scores

from evaluation.engine import Engine, Map, Picture, selfie_mattes

LONGER_SIDE = 640
"""Pictures are judged at this size, so that six pixels of the edge are those of a webcam."""

NOISE = 3.0
"""Grey levels of sensor noise, drawn anew for each frame: renders have none."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame of a sequence at the size it is judged at, and its truth."""

    image: Picture
    depth: Map
    matte: Map
    motion: Map


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a network says of a view; either may be absent."""

    disparity: Map | None
    matte: Map | None


def views(sequence: Sequence, seed: int) -> list[View]:
    """All frames of a sequence, enlarged, with sensor noise."""
    height, width = sequence.matte.shape[1:]
    factor = LONGER_SIDE / max(height, width)
    size = (round(width * factor), round(height * factor))
    rng = np.random.default_rng(seed)

    def larger(plane: NDArray[np.generic]) -> Map:
        return cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)

    result = []
    for index in range(len(sequence.colour)):
        noisy = larger(sequence.colour[index]) + rng.normal(0, NOISE, (size[1], size[0], 1))
        depth = cv2.resize(
            sequence.depth[index].astype(np.float32), size, interpolation=cv2.INTER_NEAREST
        )
        result.append(
            View(
                np.rint(np.clip(noisy, 0, 255)).astype(np.uint8),
                depth,
                np.clip(larger(sequence.matte[index]) / 255.0, 0.0, 1.0),
                larger(sequence.motion[index]) * factor,
            )
        )
    return result


def still_scores(view: View, answer: Answer) -> dict[str, float]:
    """Every figure of one frame; those of people only where there are any."""
    scores: dict[str, float] = {}
    people = bool((view.matte > 0.5).mean() > 0.01)
    if answer.disparity is not None:
        valid = view.depth < FARTHEST
        scores["error"], scores["delta"] = depth_scores(answer.disparity, view.depth, valid)
        room = view.matte < 0.1
        scores["room delta"] = depth_scores(answer.disparity, view.depth, valid, room)[1]
        person = person_scores(answer.disparity, view.depth, view.matte)
        if person is not None:
            scores["person error"], scores["person delta"] = person
    if answer.matte is not None and people:
        scores["overlap"] = overlap(answer.matte, view.matte)
        scores["edge"] = edge_error(answer.matte, view.matte)
    elif answer.matte is not None and view.matte.max() < 0.1:
        scores["nobody"] = float((answer.matte > 0.5).mean())
    return scores


def warping_scores(both: tuple[View, View], answers: tuple[Answer, Answer]) -> dict[str, float]:
    """How much the maps of neighbouring frames change along the exact motion, in percent.

    Disparity is aligned to the truth in each frame and its change taken relative to the mean of
    the truth; only what is visible in both frames counts, and beyond what the truth changes.
    """
    truths = [label(view.depth) for view in both]
    motion = both[0].motion
    mattes = (both[0].matte, both[1].matte)
    seen = visible((truths[0], truths[1]), mattes, motion, 0.05) > 0.5
    scores: dict[str, float] = {}
    if not seen.any():
        return scores

    def change(first: Map, second: Map) -> float:
        return 100.0 * float(np.abs(carry_back(second, motion) - first)[seen].mean())

    if answers[0].disparity is not None and answers[1].disparity is not None:
        valid = [view.depth < FARTHEST for view in both]
        errors = [
            align(answer.disparity, truth, where) - truth
            for answer, truth, where in zip(answers, truths, valid, strict=True)
        ]
        scores["warping, depth"] = change(*errors) / float(truths[0][valid[0]].mean())
    if answers[0].matte is not None and answers[1].matte is not None:
        errors = [answer.matte - matte for answer, matte in zip(answers, mattes, strict=True)]
        scores["warping, matte"] = change(*errors)
    return scores


def mean_scores(
    frames: Several[Several[View]], answers: Several[Several[Answer]]
) -> dict[str, float]:
    """Means of all figures over all frames of all sequences."""
    every: dict[str, list[float]] = {}
    for sequence, said in zip(frames, answers, strict=True):
        rows = [still_scores(view, answer) for view, answer in zip(sequence, said, strict=True)]
        rows += [
            warping_scores(two, answered)
            for two, answered in zip(pairwise(sequence), pairwise(said), strict=True)
        ]
        for row in rows:
            for name, value in row.items():
                every.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in every.items()}


def answers_of(
    engine: Engine, frames: Several[Several[View]], area: float = 1.0, *, native: bool = False
) -> list[list[Answer]]:
    """A network's maps at the size that fits each picture, ``area`` times as large, or at its own
    one whatever the picture's shape."""
    result = []
    for sequence in frames:
        said = []
        for view in sequence:
            if native:
                said.append(Answer(engine.run(view.image)[0], None))
            else:
                maps = engine.run(view.image, network_size(view.image.shape, area))
                said.append(Answer(*maps))
        result.append(said)
    return result


def selfie_answers(frames: Several[Several[View]], segmenter: str) -> list[list[Answer]]:
    """MediaPipe's mattes, asked for once for each size of picture."""
    flat = [(i, view) for i, sequence in enumerate(frames) for view in sequence]
    result: list[list[Answer]] = [[] for _ in frames]
    for shape in dict.fromkeys(view.image.shape for _, view in flat):
        chosen = [(i, view) for i, view in flat if view.image.shape == shape]
        mattes = selfie_mattes([view.image for _, view in chosen], segmenter)
        for (i, _), matte in zip(chosen, mattes, strict=True):
            result[i].append(Answer(None, matte))
    return result


def read_views(folder: Path) -> list[list[View]]:
    """All kept-out sequences below a folder."""
    folders = sequence_folders(folder)
    if not folders:
        raise SystemExit(f"{folder} holds no rendered sequence: tools/render.py makes them")
    return [views(read_sequence(place), seed) for seed, place in enumerate(folders)]


ROWS = (
    ("error", "depth, all of the picture, AbsRel"),
    ("delta", "depth, all of the picture, delta1"),
    ("room delta", "depth, the room, delta1"),
    ("person error", "depth, the people, AbsRel"),
    ("person delta", "depth, the people, delta1"),
    ("overlap", "matte, overlap"),
    ("edge", "matte, error within 6 px of the edge"),
    ("nobody", "matte where nobody is, share of the picture"),
    ("warping, depth", "depth, change along the motion, %"),
    ("warping, matte", "matte, change along the motion, %"),
)


def print_rendered(ours: Engine, teacher: Engine, folder: Path, segmenter: str | None) -> None:
    """Print the table of kept-out renders: ours beside both teachers."""
    frames = read_views(folder)
    columns = [
        mean_scores(frames, answers_of(ours, frames)),
        mean_scores(frames, answers_of(teacher, frames, native=True)),
    ]
    if segmenter is None:
        print("\nNo --segmenter: selfie segmentation is left out")
        columns.append({})
    else:
        columns.append(mean_scores(frames, selfie_answers(frames, segmenter)))
    count = sum(len(sequence) for sequence in frames)
    print(f"\nRendered people and rooms, {len(frames)} sequences, {count} frames")
    print(f"  {'':45s} {'ours':>8s} {'teacher':>8s} {'selfie':>8s}")
    for name, title in ROWS:
        values = [f"{c[name]:8.3f}" if name in c else f"{'-':>8s}" for c in columns]
        print(f"  {title:45s} {' '.join(values)}")
