"""Pictures on which a portrait mode must not fail, with their truth: nobody, three people, a face
that fills the frame, a dark room, back light, a person at the edge, a printed photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from training.measured import Truth, read
from training.scores import depth_scores, overlap
from training.validation import FARTHEST, network_size

from evaluation.engine import Engine, Map, selfie_mattes


def hard_pictures(folder: Path) -> list[tuple[Truth, Map]]:
    """Every NAME.png below a folder with NAME-depth.npy in metres and NAME-matte.npy, 255 = a
    person."""
    files = [file for file in sorted(folder.glob("*.png")) if truth_of(file, "depth").exists()]
    if not files:
        raise SystemExit(f"{folder} holds no hard picture: tools/render.py hard makes them")
    return [
        (
            Truth(file.stem, read(file), np.load(truth_of(file, "depth")).astype(np.float32)),
            np.load(truth_of(file, "matte")).astype(np.float32) / 255.0,
        )
        for file in files
    ]


def truth_of(file: Path, what: str) -> Path:
    return file.with_name(f"{file.stem}-{what}.npy")


def print_hard(
    ours: Engine, teacher: Engine, pictures: list[tuple[Truth, Map]], segmenter: str | None
) -> None:
    """One row for each: depth of ours and the teacher, matte of ours and selfie segmentation.

    The pictures are of one size.
    """
    images = [truth.image for truth, _ in pictures]
    theirs = selfie_mattes(images, segmenter) if segmenter else []
    print("\nHard pictures (AbsRel, delta1: ours; teacher | matte's overlap, false share: ours;")
    print("  selfie segmentation; the share is what is taken for people and is not)")
    for index, (truth, people) in enumerate(pictures):
        disparity, matte = ours.run(truth.image, network_size(truth.image.shape))
        valid = truth.depth < FARTHEST
        depths = [
            "{:.3f} {:.3f}".format(*depth_scores(map_, truth.depth, valid))
            for map_ in (disparity, teacher.run(truth.image)[0])
        ]
        scores = [
            f"{overlap(map_, people):.3f} {float(((map_ > 0.5) & (people < 0.5)).mean()):.3f}"
            for map_ in [matte, *theirs[index : index + 1]]
        ]
        print(f"  {truth.name:20s} {'; '.join(depths)} | {'; '.join(scores)}")
