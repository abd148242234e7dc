"""How steady the stabilised maps of real clips are, for the embedded network and the teacher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
from training.measured import clip_frames
from training.teachers import TEACHER_FILE, DepthTeacher

from evaluation.tables import print_results
from livedepth.benchmarks.case import Result
from livedepth.benchmarks.steadiness import Steadiness, measure
from livedepth.depth.registry import load_model
from livedepth.frame import Image, Prediction

RATE = 30.0


def mean(figures: Sequence[Steadiness]) -> Steadiness:
    """Every figure's mean over clips."""
    return Steadiness(*np.mean([astuple(each) for each in figures], axis=0).tolist())


def print_steadiness(data: Path, model_file: Path, engine: str) -> None:
    """Measure every clip under ``data`` and print a row for each figure, then the means."""
    files = sorted((data / "clips").glob("*.mkv"))
    if not files:
        raise SystemExit(f"{data / 'clips'} holds no clips: name the data's folder with --data")
    if not (data / TEACHER_FILE).exists():
        raise SystemExit(f"{data / TEACHER_FILE} is missing: name the data's folder with --data")
    embedded, teacher = load_model(str(model_file), engine), DepthTeacher(data / TEACHER_FILE)
    try:
        models: dict[str, Callable[[Image], Prediction]] = {
            "embedded": embedded.infer,
            "teacher": lambda image: Prediction(teacher(image).copy()),
        }
        for name, infer in models.items():
            print(f"\nSteadiness, {name}")
            print_results(_results(name, infer, files))
    finally:
        embedded.close()


def _results(
    name: str, infer: Callable[[Image], Prediction], files: Sequence[Path]
) -> list[Result]:
    figures, rows, size = [], [], ""
    for file in files:
        images = clip_frames(file, 1)
        figures.append(measure(images, [infer(image) for image in images], RATE))
        size = f"{images[0].shape[1]}x{images[0].shape[0]}"
        rows += figures[-1].results(f"{name}, {file.stem}", size)
    return [*rows, *mean(figures).results(f"{name}, mean of {len(files)} clips", size)]
