"""The model card's scores, with the teacher as the yardstick."""

from __future__ import annotations

import argparse
import time
import tomllib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
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

WEIGHTS = Path(__file__).resolve().parents[2] / "livedepth" / "depth" / "weights"
NATIVE = (320, 192)

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]


class Engine:
    """An ONNX network in OpenCV's engine; pixels are scaled by ``scale`` and nothing else."""

    def __init__(self, file: Path, scale: float, outputs: tuple[str, ...]) -> None:
        if not file.exists():
            raise SystemExit(f"{file} is missing: name it with --data or --model")
        self.network = cv2.dnn.readNetFromONNX(str(file), engine=cv2.dnn.ENGINE_NEW)
        self.scale, self.outputs = scale, outputs

    def run(self, image: Picture, size: tuple[int, int] = NATIVE) -> list[Map]:
        """The outputs at a network size (width, height), each resampled to the picture's."""
        self.network.setInput(cv2.dnn.blobFromImage(image, self.scale, size, swapRB=True))
        names = list(self.outputs) or self.network.getUnconnectedOutLayersNames()
        maps = self.network.forward(names)
        height, width = image.shape[:2]
        return [resize(np.squeeze(values), width, height) for values in maps]


def network_size(image: Picture) -> tuple[int, int]:
    """The multiple-of-32 size (width, height) of about 192x320 pixels nearest to the aspect."""
    height, width = image.shape[:2]
    scale = (NATIVE[0] * NATIVE[1] / (width * height)) ** 0.5
    return (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))


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
    print("\nDepth in rooms never seen (AbsRel, delta1: ours; teacher)")
    for name in dict.fromkeys(truth.name for truth in truths):
        rows = []
        for truth in truths:
            if truth.name == name:
                valid = (truth.depth > 0.1) & (truth.depth < 8.0)
                one = depth_scores(ours.run(truth.image)[0], truth.depth, valid)
                other = depth_scores(teacher.run(truth.image)[0], truth.depth, valid)
                rows.append((*one, *other))
        print("  {:22s} {:.3f} {:.3f}; {:.3f} {:.3f}".format(name, *np.mean(rows, axis=0)))


def report_still(ours: Engine, teacher: Engine, folder: Path) -> None:
    colour = read(folder / "iphone_portrait" / "rgb-image.jpg")
    near = 255.0 - read(folder / "iphone_portrait" / "depth-map.png").astype(np.float32)[..., 0]
    scores = [correlation(engine.run(colour)[0], near) for engine in (ours, teacher)]
    print("  desk, phone (correlation) {:.3f}; {:.3f}".format(*scores))
    portrait = correlation(ours.run(colour, network_size(colour))[0], near)
    print(f"  the same, undistorted     {portrait:.3f}")


def report_mattes(ours: Engine, labelled: list[tuple[str, Picture, Map]]) -> None:
    print("\nMattes (overlap: mean, worst; absolute error within 6 px of the edge)")
    for name in dict.fromkeys(label[0] for label in labelled):
        mine = [(ours.run(image)[1], matte) for label, image, matte in labelled if label == name]
        overlaps = [overlap(matte, truth) for matte, truth in mine]
        edges = [edge_error(matte, truth) for matte, truth in mine if truth.max() > 0.5]
        print(f"  {name:22s} {np.mean(overlaps):.3f} {np.min(overlaps):.3f} {np.mean(edges):.3f}")


def report_time(ours: Engine, teacher: Engine, runs: int = 60) -> None:
    cv2.setNumThreads(2)
    image = np.random.default_rng(0).integers(0, 256, (NATIVE[1], NATIVE[0], 3), np.uint8)
    seconds: dict[str, list[float]] = {"ours": [], "teacher": []}
    for _ in range(runs):
        for name, engine in (("ours", ours), ("teacher", teacher)):
            started = time.perf_counter()
            engine.run(image)
            seconds[name].append(time.perf_counter() - started)
    medians = {name: float(np.median(values)) * 1e3 for name, values in seconds.items()}
    ratio = medians["ours"] / medians["teacher"]
    print("\nTime at 320x192, OpenCV, 2 threads, interleaved medians")
    print(f"  ours {medians['ours']:.1f} ms, teacher {medians['teacher']:.1f} ms: {ratio:.2f}")


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
        disparity, mine = ours.run(small)
        theirs = teacher.run(small)[0]
        rows.append(np.hstack([small, tile(theirs), tile(disparity), grey(label), grey(mine)]))
    return np.vstack(rows)


def print_card(arguments: argparse.Namespace) -> None:
    """Print every table of the card; data, model, held_out and sheet are read from the options."""
    ours = Engine(arguments.model, 1.0 / 255.0, ("disparity", "matte"))
    teacher = Engine(arguments.data / TEACHER_FILE, 1.0, ())
    training = tomllib.loads((WEIGHTS / "training.toml").read_text())
    report_time(ours, teacher)
    report_agreement(ours, teacher, arguments.data, training["data"]["held_out_clips"])
    rooms = list(rgbd(arguments.data / "rgbd"))
    rendered = synthetic_truths((0.0, 2.0, 5.0))
    report_depth(ours, teacher, [*rooms, *(truth for truth, _ in rendered)])
    report_still(ours, teacher, arguments.data / "rgbd")
    labelled = [(truth.name, truth.image, matte) for truth, matte in rendered]
    body = full_body(arguments.data / "rgbd")
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
    if arguments.sheet is not None:
        chosen = [(truth.image, None) for truth in rooms[::3]]
        chosen += [(image, matte) for _, image, matte in labelled[:1] + labelled[4::5]]
        cv2.imwrite(str(arguments.sheet), sheet(ours, teacher, chosen))
        print(f"\n{arguments.sheet}: {len(chosen)} rows")
