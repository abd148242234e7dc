"""The model card's scores, with the teacher as the yardstick."""

from __future__ import annotations

import argparse
import time
import tomllib
from pathlib import Path

import cv2
import numpy as np
from training.measured import (
    Truth,
    clip_frames,
    full_body,
    read,
    rgbd,
    set_into,
    synthetic_truths,
)
from training.scores import correlation, depth_scores, edge_error, overlap
from training.shards import read_shard
from training.teachers import TEACHER_FILE, resize
from training.validation import network_size

from evaluation.engine import NATIVE, Engine, Map, Picture
from evaluation.hard import hard_pictures, print_hard
from evaluation.rendered import answers_of, mean_scores, print_rendered, read_views

WEIGHTS = Path(__file__).resolve().parents[2] / "livedepth" / "depth" / "weights"
SIZES = {"small": 0.467, "default": 1.0, "large": 1.867}
"""How many times the pixels of 320x192 each size of the model has: 224x128 and 448x256."""


def report_agreement(ours: Engine, teacher: Engine, data: Path, names: list[str]) -> None:
    print("\nAgreement with the teacher on unseen clips (correlation: mean, worst)")
    frames = {name: clip_frames(data / "clips" / f"{name}.mkv", 3) for name in names}
    for label, size in (("320x192", NATIVE), ("256x192", (256, 192)), ("288x224", (288, 224))):
        every: list[float] = []
        for name in names:
            scores = []
            for frame in frames[name]:
                small = resize(frame, 320, 240)
                scores.append(correlation(ours.run(small, size)[0], teacher.run(small)[0]))
            every += scores
            if size == NATIVE:
                print(f"  {name:22s} {np.mean(scores):.4f} {np.min(scores):.4f}")
        print(f"  {'all, at ' + label:22s} {np.mean(every):.4f} {np.min(every):.4f}")


def report_depth(ours: Engine, teacher: Engine, truths: list[Truth]) -> None:
    print("\nDepth of what was never seen (AbsRel, delta1: ours; teacher)")
    for name in dict.fromkeys(truth.name for truth in truths):
        rows = []
        for truth in truths:
            if truth.name == name:
                valid = (truth.depth > 0.1) & (truth.depth < 8.0)
                size = network_size(truth.image.shape)
                one = depth_scores(ours.run(truth.image, size)[0], truth.depth, valid)
                other = depth_scores(teacher.run(truth.image)[0], truth.depth, valid)
                rows.append((*one, *other))
        print("  {:22s} {:.3f} {:.3f}; {:.3f} {:.3f}".format(name, *np.mean(rows, axis=0)))


def report_still(ours: Engine, teacher: Engine, folder: Path) -> None:
    colour = read(folder / "iphone_portrait" / "rgb-image.jpg")
    near = 255.0 - read(folder / "iphone_portrait" / "depth-map.png").astype(np.float32)[..., 0]
    scores = [correlation(engine.run(colour)[0], near) for engine in (ours, teacher)]
    print("  desk, phone (correlation) {:.3f}; {:.3f}".format(*scores))
    portrait = correlation(ours.run(colour, network_size(colour.shape))[0], near)
    print(f"  the same, undistorted     {portrait:.3f}")


def report_mattes(ours: Engine, labelled: list[tuple[str, Picture, Map]]) -> None:
    print("\nMattes (overlap: mean, worst; absolute error within 6 px of the edge)")
    for name in dict.fromkeys(label[0] for label in labelled):
        mine = [
            (ours.run(image, network_size(image.shape))[1], matte)
            for label, image, matte in labelled
            if label == name
        ]
        overlaps = [overlap(matte, truth) for matte, truth in mine]
        edges = [edge_error(matte, truth) for matte, truth in mine if truth.max() > 0.5]
        print(f"  {name:22s} {np.mean(overlaps):.3f} {np.min(overlaps):.3f} {np.mean(edges):.3f}")


def medians(engines: dict[str, tuple[Engine, tuple[int, int]]], runs: int) -> dict[str, float]:
    """Median milliseconds of engines at their sizes, interleaved, with two threads."""
    cv2.setNumThreads(2)
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    rng = np.random.default_rng(0)
    images = {
        name: rng.integers(0, 256, (size[1], size[0], 3), np.uint8)
        for name, (_, size) in engines.items()
    }
    for _ in range(runs):
        for name, (engine, size) in engines.items():
            started = time.perf_counter()
            engine.run(images[name], size)
            seconds[name].append(time.perf_counter() - started)
    return {name: float(np.median(values)) * 1e3 for name, values in seconds.items()}


def report_time(model: Path, ours: Engine, teacher: Engine, runs: int = 60) -> None:
    """One engine for each size: a change of size costs the engine a new start."""
    engines = {"teacher": (teacher, NATIVE), "default": (ours, NATIVE)}
    for name in ("small", "large"):
        engines[name] = (network(model), network_size((1080, 1920), SIZES[name]))
    times = medians(engines, runs)
    print("\nTime, OpenCV, 2 threads, interleaved medians: milliseconds, share of the teacher's")
    for name, (_, size) in engines.items():
        share = times[name] / times["teacher"]
        print(f"  {name:8s} {size[0]}x{size[1]} {times[name]:5.1f} {share:.2f}")


def network(model: Path) -> Engine:
    return Engine(model, 1.0 / 255.0, ("disparity", "matte"))


def sheet(ours: Engine, teacher: Engine, pictures: list[tuple[Picture, Map | None]]) -> Picture:
    """A contact sheet: picture, teacher's disparity, ours, the label's matte, ours."""

    def tile(plane: Map) -> Picture:
        low, high = np.percentile(plane, [0.5, 99.5])
        grey = np.clip((plane - low) / max(float(high - low), 1e-6) * 255, 0, 255)
        return cv2.applyColorMap(grey.astype(np.uint8), cv2.COLORMAP_INFERNO)

    def grey(plane: Map) -> Picture:
        return cv2.cvtColor((plane * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)

    rows = []
    for picture, matte in pictures:
        small = cv2.resize(picture, (320, 192), interpolation=cv2.INTER_AREA)
        label = np.zeros((192, 320), np.float32) if matte is None else resize(matte, 320, 192)
        disparity, mine = ours.run(small, network_size(picture.shape))
        theirs = teacher.run(small)[0]
        rows.append(np.hstack([small, tile(theirs), tile(disparity), grey(label), grey(mine)]))
    return np.vstack(rows)


def report_sizes(ours: Engine, folder: Path) -> None:
    """What the same weights give at each size of the model."""
    frames = read_views(folder)
    names = ("person error", "person delta", "delta", "overlap", "edge", "warping, matte")
    print("\nSizes, on the same renders\n  " + " " * 10 + "".join(f"{n:>15s}" for n in names))
    for name, area in SIZES.items():
        scores = mean_scores(frames, answers_of(ours, frames, area))
        print(f"  {name:10s}" + "".join(f"{scores.get(n, np.nan):15.3f}" for n in names))


def print_card(arguments: argparse.Namespace) -> None:
    """Print every table of the card; see tools/evaluate.py for the options that are read."""
    ours = network(arguments.model)
    teacher = Engine(arguments.data / TEACHER_FILE, 1.0, ())
    training = tomllib.loads((WEIGHTS / "training.toml").read_text())
    report_time(arguments.model, ours, teacher)
    report_agreement(ours, teacher, arguments.data, training["data"]["held_out_clips"])
    rooms = list(rgbd(arguments.data / "rgbd"))
    rendered = synthetic_truths((0.0, 2.0, 5.0))
    body = full_body(arguments.data / "rgbd")
    report_depth(ours, teacher, [*rooms, body, *(truth for truth, _ in rendered)])
    report_still(ours, teacher, arguments.data / "rgbd")
    labelled = [(truth.name, truth.image, matte) for truth, matte in rendered]
    for room in (rooms[0], rooms[-1]):
        for part, share in ((0.45, 0.85), (0.6, 0.95), (1.0, 0.95)):
            labelled.append((f"person in {room.name}", *set_into(room.image, body, part, share)))
    if arguments.held_out is None:
        print("\nNo --held-out shard: the mattes of unseen clips are left out")
    else:
        shard = read_shard(arguments.held_out)
        samples = [shard.sample(index) for index in range(len(shard))]
        labelled += [("unseen clips", sample.image, sample.matte) for sample in samples]
    report_mattes(ours, labelled)
    if arguments.rendered is None:
        print("\nNo --rendered folder: people in furnished rooms and the sizes are left out")
    else:
        print_rendered(ours, teacher, arguments.rendered, arguments.segmenter)
        report_sizes(ours, arguments.rendered)
    chosen: list[tuple[Picture, Map | None]] = [(truth.image, None) for truth in rooms[::3]]
    chosen += [(image, matte) for _, image, matte in labelled[:1] + labelled[4::5]]
    if arguments.hard is None:
        print("\nNo --hard folder: pictures that must not fail are left out")
    else:
        hard = hard_pictures(arguments.hard)
        print_hard(ours, teacher, hard, arguments.segmenter)
        chosen += [(truth.image, matte) for truth, matte in hard]
    if arguments.sheet is not None:
        cv2.imwrite(str(arguments.sheet), sheet(ours, teacher, chosen))
        print(f"\n{arguments.sheet}: {len(chosen)} rows")
