"""Print the model card's scores again from the weights, with the teacher as the yardstick.

    python tools/evaluate.py [--data DIR] [--model FILE.onnx] [--held-out SHARD] [--sheet FILE.png]

The held-out shard, which carries mattes of the unseen clips, is made by tools/training/prepare.py;
without it those rows are left out and said so.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from training.shards import read_shard  # noqa: E402
from training.teachers import TEACHER_FILE, resize  # noqa: E402

from livedepth.capture.synthetic import SyntheticScene  # noqa: E402

WEIGHTS = ROOT / "livedepth" / "depth" / "weights"
NATIVE = (320, 192)
SYNTHETIC_SEEDS = (0, 1, 2, 3, 4, 5, 6, 7, 8)
EDGE_RADIUS = 6

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]


# --- mathematics --------------------------------------------------------------------------------


def align(prediction: Map, disparity: Map, valid: NDArray[np.bool_]) -> Map:
    """Scale and shift ``prediction`` to ``disparity`` by least squares over the valid pixels."""
    design = np.column_stack([prediction[valid], np.ones(int(valid.sum()))]).astype(np.float64)
    solution = np.linalg.lstsq(design, disparity[valid].astype(np.float64), rcond=None)[0]
    return (prediction * solution[0] + solution[1]).astype(np.float32)


def depth_scores(prediction: Map, depth: Map, valid: NDArray[np.bool_]) -> tuple[float, float]:
    """Absolute relative error and delta1 of a relative disparity against metres.

    Eigen, Puhrsch and Fergus, "Depth Map Prediction from a Single Image", NIPS 2014, after
    alignment in disparity; a prediction is taken no farther than twice the farthest truth.
    """
    truth = np.where(valid, depth, 1.0)
    aligned = align(prediction, 1.0 / truth, valid)
    metres = 1.0 / np.maximum(aligned, 0.5 / float(truth[valid].max()))
    ratio = np.maximum(metres / truth, truth / metres)[valid]
    relative = (np.abs(metres - truth) / truth)[valid]
    return float(relative.mean()), float((ratio < 1.25).mean())


def correlation(first: Map, second: Map) -> float:
    """Pearson correlation, the agreement that is left by scale and shift; 0 for a flat map."""
    first, second = first.ravel() - first.mean(), second.ravel() - second.mean()
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / norm if norm > 1e-9 else 0.0


def overlap(first: Map, second: Map) -> float:
    """Intersection over union of two mattes cut at one half; 1 where both are empty."""
    one, other = first > 0.5, second > 0.5
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def edge_error(matte: Map, truth: Map, radius: int = EDGE_RADIUS) -> float:
    """Mean absolute error within ``radius`` pixels of the edge of the true matte."""
    inside = (truth > 0.5).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    near = cv2.dilate(inside, kernel) != cv2.erode(inside, kernel)
    return float(np.abs(matte - truth)[near].mean()) if near.any() else 0.0


# --- models and data ----------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A picture with measured depth in metres, 0 where there is none."""

    name: str
    image: Picture
    depth: Map


def network_size(image: Picture) -> tuple[int, int]:
    """The multiple-of-32 size (width, height) of about 192x320 pixels nearest to the aspect."""
    height, width = image.shape[:2]
    scale = (NATIVE[0] * NATIVE[1] / (width * height)) ** 0.5
    return (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))


def read(file: Path, flags: int = cv2.IMREAD_COLOR) -> NDArray[np.generic]:
    picture = cv2.imread(str(file), flags)
    if picture is None:
        raise SystemExit(f"{file} cannot be read: name the data's folder with --data")
    return picture


def rgbd(folder: Path) -> Iterator[Truth]:
    """Pictures with measured depth: a living room and a desk."""
    for index in range(5):
        depth = read(folder / "living_room" / f"depth_{index:05d}.png", cv2.IMREAD_UNCHANGED)
        image = read(folder / "living_room" / f"color_{index:05d}.jpg")
        yield Truth("living room", image, depth.astype(np.float32) / 1000.0)
    desk = folder / "tum_desk" / "other_formats_TUM_"
    depth = read(desk.with_name(desk.name + "depth.png"), cv2.IMREAD_UNCHANGED)
    yield Truth(
        "desk", read(desk.with_name(desk.name + "color.png")), depth.astype(np.float32) / 5000.0
    )


def full_body(folder: Path) -> Truth:
    """A person on black: hue, red = near, codes the depth between two planes; turned upright."""
    near, far = 1.75781, 2.48632
    sheet = read(folder / "depthkit_person" / "chae.png")
    colour, coded = sheet[: len(sheet) // 2], sheet[len(sheet) // 2 :]
    hue, saturation, value = cv2.split(cv2.cvtColor(coded, cv2.COLOR_BGR2HSV_FULL))
    metres = near + hue.astype(np.float32) / 255.0 * (far - near)
    depth = np.where((saturation > 128) & (value > 64), metres, 0.0).astype(np.float32)
    turned = [cv2.rotate(plane, cv2.ROTATE_90_COUNTERCLOCKWISE) for plane in (colour, depth)]
    return Truth("full body", *turned)


def set_into(room: Picture, body: Truth, part: float, share: float) -> tuple[Picture, Map]:
    """A person's upper ``part`` in a room, ``share`` of its height tall: the picture, its matte."""
    rows = int(len(body.image) * part)
    height = int(len(room) * share)
    width = round(body.image.shape[1] * height / rows)
    silhouette = cv2.erode((body.depth[:rows] > 0).astype(np.float32), np.ones((5, 5)))
    person, alpha = resize(body.image[:rows], width, height), resize(silhouette, width, height)
    picture, matte = room.astype(np.float32), np.zeros(room.shape[:2], np.float32)
    top, left = len(room) - height, (room.shape[1] - width) // 2
    place = np.s_[top:, left : left + width]
    matte[place] = alpha
    picture[place] += alpha[..., None] * (person.astype(np.float32) - picture[place])
    return np.rint(picture).astype(np.uint8), matte


def clip_frames(file: Path, step: int) -> list[Picture]:
    capture = cv2.VideoCapture(str(file))
    frames: list[Picture] = []
    while True:
        granted, frame = capture.read()
        if not granted:
            break
        frames.append(frame)
    capture.release()
    if not frames:
        raise SystemExit(f"{file} cannot be read: name the data's folder with --data")
    return frames[::step]


# --- report -------------------------------------------------------------------------------------


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


def synthetic_truths(times: tuple[float, ...]) -> list[tuple[Truth, Map]]:
    truths = []
    for seed in SYNTHETIC_SEEDS:
        scene = SyntheticScene(640, 384, seed=seed, people=None if seed else 1)
        for moment in times:
            frame = scene.render(moment)
            name = "demonstration scene" if seed == 0 else "other rendered scenes"
            truths.append((Truth(name, frame.image, frame.depth), frame.matte))
    return truths


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--model", type=Path, default=WEIGHTS / "embedded.onnx")
    parser.add_argument("--held-out", type=Path, help="a shard of unseen clips with mattes")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    arguments = parser.parse_args()
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


if __name__ == "__main__":
    main()
