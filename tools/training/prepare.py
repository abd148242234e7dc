"""Make the pool of labelled pictures that the embedded network is trained on.

    python prepare.py real       --data DIR --pool DIR --segmenter PYTHON
    python prepare.py clips      --data DIR --pool DIR --segmenter PYTHON --files FILE ...
    python prepare.py people     --data DIR --pool DIR --segmenter PYTHON --files FILE ...
    python prepare.py panoramas  --data DIR --pool DIR --count N --seed S --files FILE.hdr ...
    python prepare.py composites --data DIR --pool DIR --count N --seed S
    python prepare.py synthetic  --pool DIR --count N --seed S

``real`` labels pairs of neighbouring frames of the training clips, and the photographs that
packages carry; ``clips`` labels further video files, one shard each, and ``people`` such whose
people alone are wanted, to be set into other places; ``panoramas`` takes N views out of each;
``composites`` sets people into rooms and photographs; ``synthetic`` renders scenes with exact
truth. Each adds shards to the pool, so that a running trainer finds more to learn from. The frames
of held-out clips go to ``POOL-held-out/clips``, which tools/evaluate.py takes as --held-out.
Sequences of furnished rooms, which tools/render.py makes, need no shard.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from livedepth.capture.synthetic import SyntheticScene  # noqa: E402
from training.composites import paste, place_person, scatter  # noqa: E402
from training.panoramas import random_views  # noqa: E402
from training.rooms import random_crop, random_room  # noqa: E402
from training.sequences import METRES_TO_LABEL  # noqa: E402
from training.shards import Sample, Shard, read_shard, write_shard  # noqa: E402
from training.sources import optical_flow  # noqa: E402
from training.teachers import TEACHER_FILE, DepthTeacher, refine_matte, resize  # noqa: E402

SIZES = {"4:3": (384, 288), "16:9": (384, 224)}
SEGMENTED = {"4:3": (640, 480), "16:9": (640, 360)}
VERBS = ("real", "clips", "people", "panoramas", "composites", "synthetic")
MOST_PAIRS = 40
"""How many pairs of neighbours are taken of one further clip."""

PEOPLE = ("astronaut.png", "grace_hopper.jpg")
OBJECTS = ("coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "china.jpg")
TEXTURES = ("brick.png", "grass.png", "gravel.png", "flower.jpg", "retina.jpg", "ihc.png")


def package_pictures(names: tuple[str, ...]) -> list[NDArray[np.uint8]]:
    """Photographs by name, from the packages that carry them; an absent package is left out."""
    folders = (
        ("skimage", "data"),
        ("sklearn", "datasets/images"),
        ("matplotlib", "mpl-data/sample_data"),
    )
    pictures = []
    for package, below in folders:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            print(f"{package} is not installed: its photographs are left out", flush=True)
            continue
        folder = Path(spec.origin).parent / below
        pictures.extend(
            cv2.imread(str(folder / name)) for name in names if (folder / name).exists()
        )
    return pictures


def clip_frames(file: Path, step: int) -> list[NDArray[np.uint8]]:
    """Every ``step``-th frame of a clip, BGR."""
    capture = cv2.VideoCapture(str(file))
    frames = []
    try:
        while capture.grab():
            if len(frames) * step == int(capture.get(cv2.CAP_PROP_POS_FRAMES)) - 1:
                frames.append(capture.retrieve()[1])
    finally:
        capture.release()
    if not frames:
        raise SystemExit(f"{file} holds no frame that can be read")
    return frames


def segment(pictures: list[NDArray[np.uint8]], work: Path, segmenter: str) -> NDArray[np.uint8]:
    """Coarse mattes uint8 (n, height, width) by an interpreter that has MediaPipe."""
    np.save(work / "pictures.npy", np.stack(pictures))
    script = Path(__file__).with_name("segment.py")
    command = [segmenter, str(script), str(work / "pictures.npy"), str(work / "mattes.npy")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return np.load(work / "mattes.npy")


def label_real(
    pictures: list[NDArray[np.uint8]],
    teacher: DepthTeacher,
    work: Path,
    segmenter: str | None,
    aspect: str = "4:3",
) -> list[Sample]:
    """Teacher-labelled samples; without a segmenter nobody is in the pictures."""
    width, height = SIZES[aspect]
    large = [resize(picture, *SEGMENTED[aspect]) for picture in pictures]
    empty = np.zeros((len(large), *large[0].shape[:2]))
    mattes = segment(large, work, segmenter) if segmenter else empty
    samples = []
    for picture, matte in zip(large, mattes, strict=True):
        small = resize(picture, width, height)
        coarse = resize(matte, width, height).astype(np.float32) / 255.0
        disparity = resize(teacher(picture), width, height)
        samples.append(Sample(small, disparity, refine_matte(small, coarse)))
    return samples


def prepare_panoramas(data: Path, pool: Path, files: list[Path], count: int, seed: int) -> None:
    teacher = DepthTeacher(data / TEACHER_FILE)
    rng = np.random.default_rng(seed)
    for aspect, size in SIZES.items():
        pictures = []
        for file in files:
            panorama = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            if panorama is None or panorama.dtype != np.float32:
                raise SystemExit(f"{file} is no panorama in .hdr that can be read")
            pictures += random_views(panorama[..., :3], count // len(SIZES), *size, rng)
        samples = label_real(pictures, teacher, pool, None, aspect)
        name = f"panoramas-{seed}-{size[0]}x{size[1]}"
        write_shard(pool / name, "panoramas", samples)
        print(f"{name}: {len(samples)} pictures, {aspect}", flush=True)


def motion_of_pairs(samples: list[Sample]) -> NDArray[np.float32]:
    """The motion (n / 2, height, width, 2) from each sample 2k to 2k + 1."""
    pairs = zip(samples[::2], samples[1::2], strict=True)
    return np.stack([optical_flow(first, second) for first, second in pairs])


def is_sure(matte: NDArray[np.float32]) -> bool:
    """Whether a matte shows somebody, and little of it is between nobody and somebody."""
    shown = (matte > 0.1).sum()
    unsure = ((matte > 0.1) & (matte < 0.9)).sum()
    return bool(shown > 0.02 * matte.size and unsure < 0.2 * shown)


def prepare_clips(data: Path, pool: Path, segmenter: str, files: list[Path], kind: str) -> None:
    teacher = DepthTeacher(data / TEACHER_FILE)
    for file in files:
        every = clip_frames(file, 1)
        height, width = every[0].shape[:2]
        aspect = "16:9" if width / height > 1.55 else "4:3"
        starts = range(0, len(every) - 1, max(2, len(every) // MOST_PAIRS))
        frames = [frame for start in starts for frame in every[start : start + 2]]
        labelled = label_real(frames, teacher, pool, segmenter, aspect)
        pairs = zip(labelled[::2], labelled[1::2], strict=True)
        sure = [pair for pair in pairs if all(is_sure(sample.matte) for sample in pair)]
        samples = [sample for pair in sure for sample in pair]
        if not samples:
            print(f"{file.name}: no frame with somebody whom the segmenter is sure of", flush=True)
            continue
        write_shard(pool / f"{kind}-{file.stem}", kind, samples, motion_of_pairs(samples))
        print(f"{file.name}: {len(samples)} of {len(frames)} frames, {aspect}", flush=True)


def prepare_real(data: Path, pool: Path, segmenter: str, held_out: list[str]) -> None:
    teacher = DepthTeacher(data / TEACHER_FILE)
    rng = np.random.default_rng(0)
    frames = []
    for file in sorted((data / "clips").glob("*.mkv")):
        if file.stem not in held_out:
            every = clip_frames(file, 1)
            for first, second in zip(every[::3], every[1::3], strict=False):
                frames += [first, second]
    print(f"{len(frames)} frames of training clips", flush=True)
    samples = label_real(frames, teacher, pool, segmenter)
    write_shard(pool / "clips", "clips", samples, motion_of_pairs(samples))
    held = [frame for name in held_out for frame in clip_frames(data / "clips" / f"{name}.mkv", 5)]
    kept_out = label_real(held, teacher, pool, segmenter)
    write_shard(pool.with_name(pool.name + "-held-out") / "clips", "clips", kept_out)
    portraits = [
        random_crop(picture, 640, 480, rng, least=0.75)
        for picture in package_pictures(PEOPLE)
        for _ in range(12)
    ]
    write_shard(pool / "portraits", "portraits", label_real(portraits, teacher, pool, segmenter))
    objects = [
        random_crop(picture, 640, 480, rng)
        for picture in package_pictures(OBJECTS)
        for _ in range(12)
    ]
    write_shard(pool / "objects", "objects", label_real(objects, teacher, pool, None))


def composite(
    width: int,
    height: int,
    people: list[Shard],
    photographs: list[NDArray[np.uint8]],
    teacher: DepthTeacher,
    rng: np.random.Generator,
) -> Sample:
    """Nobody to three people in a room or a photograph, among clutter half of the time.

    Half of the labels are exact but for the people's own relief; half are the teacher's, which
    is the only label that a photograph has.
    """
    room, depth, matte = background(width, height, photographs, rng)
    image, disparity = room.astype(np.float32), (METRES_TO_LABEL / depth).astype(np.float32)
    truth = rng.random() < 0.5
    if not truth and rng.random() < 0.6:
        photograph = photographs[rng.integers(len(photographs))]
        image = random_crop(photograph, width, height, rng).astype(np.float32)
        matte = np.zeros((height, width), np.float32)
    cluttered = rng.random() < 0.5
    behind = int(rng.integers(3, 25)) if cluttered else 0
    image, disparity, matte = scatter(image, disparity, matte, photographs, behind, rng)
    for _ in range(rng.choice([0, 1, 2, 3], p=[0.25, 0.5, 0.17, 0.08])):
        shard = people[int(rng.random() < 0.07)]
        layer = place_person(shard.sample(int(rng.integers(len(shard)))), width, height, rng)
        if (layer.matte > 0.5).sum() > 200:
            image, disparity, matte = paste(image, disparity, matte, layer, rng)
    before = int(rng.integers(0, 3)) if cluttered else 0
    image, disparity, matte = scatter(image, disparity, matte, photographs, before, rng)
    picture = np.rint(np.clip(image, 0, 255)).astype(np.uint8)
    if not truth:
        disparity = resize(teacher(picture), width, height)
    return Sample(picture, disparity.astype(np.float32), matte)


def prepare_composites(data: Path, pool: Path, count: int, seed: int) -> None:
    teacher = DepthTeacher(data / TEACHER_FILE)
    rng = np.random.default_rng(seed)
    people = [read_shard(pool / name) for name in ("clips", "portraits")]
    photographs = package_pictures(OBJECTS + TEXTURES)
    for aspect, (width, height) in SIZES.items():
        samples = []
        for _ in range(count // len(SIZES)):
            samples.append(composite(width, height, people, photographs, teacher, rng))
        name = f"composites-{seed}-{width}x{height}"
        write_shard(pool / name, "composites", samples)
        print(f"{name}: {len(samples)} pictures, {aspect}", flush=True)


def scene_seed(rng: np.random.Generator) -> int:
    """A seed for a rendered scene; 0, the demonstration, and its neighbours stay unseen."""
    return int(rng.integers(1000, 1_000_000))


def background(
    width: int, height: int, photographs: list[NDArray[np.uint8]], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """A box room, or a rendered scene with or without its people: picture, metres, matte."""
    if rng.random() < 0.6:
        image, depth = random_room(width, height, photographs, rng)
        return image, depth, np.zeros((height, width), np.float32)
    people = int(rng.choice([0, 0, 0, 1]))
    frame = SyntheticScene(width, height, seed=scene_seed(rng), people=people).render(
        float(rng.uniform(0, 20))
    )
    return frame.image, np.maximum(frame.depth, 0.1), frame.matte


def prepare_synthetic(pool: Path, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for aspect, (width, height) in SIZES.items():
        samples = []
        while len(samples) < count // len(SIZES):
            scene = SyntheticScene(width, height, seed=scene_seed(rng), people=None)
            for _ in range(2):
                frame = scene.render(float(rng.uniform(0, 20)))
                label = METRES_TO_LABEL / np.maximum(frame.depth, 0.1)
                samples.append(Sample(frame.image, label.astype(np.float32), frame.matte))
        name = f"synthetic-{seed}-{width}x{height}"
        write_shard(pool / name, "synthetic", samples)
        print(f"{name}: {len(samples)} pictures, {aspect}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=VERBS)
    parser.add_argument("--files", type=Path, nargs="+", help="the further clips, or panoramas")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--segmenter", default=sys.executable, help="a Python with mediapipe")
    parser.add_argument(
        "--configuration",
        type=Path,
        default=ROOT / "livedepth" / "depth" / "weights" / "training.toml",
    )
    arguments = parser.parse_args()
    if arguments.what in ("clips", "people", "panoramas") and not arguments.files:
        parser.error(f"{arguments.what} needs --files")
    arguments.pool.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    if arguments.what == "real":
        held_out = tomllib.loads(arguments.configuration.read_text())["data"]["held_out_clips"]
        prepare_real(arguments.data, arguments.pool, arguments.segmenter, held_out)
    elif arguments.what in ("clips", "people"):
        segmenter, kind = arguments.segmenter, arguments.what
        prepare_clips(arguments.data, arguments.pool, segmenter, arguments.files, kind)
    elif arguments.what == "panoramas":
        count, seed = arguments.count, arguments.seed
        prepare_panoramas(arguments.data, arguments.pool, arguments.files, count, seed)
    elif arguments.what == "composites":
        prepare_composites(arguments.data, arguments.pool, arguments.count, arguments.seed)
    else:
        prepare_synthetic(arguments.pool, arguments.count, arguments.seed)


if __name__ == "__main__":
    main()
