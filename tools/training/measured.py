"""Pictures whose depth or matte is known, and which no training sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.capture.synthetic import SyntheticScene
from training.teachers import resize

SYNTHETIC_SEEDS = (0, 1, 2, 3, 4, 5, 6, 7, 8)

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A picture with measured depth in metres, 0 where there is none."""

    name: str
    image: Picture
    depth: Map


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


def synthetic_truths(times: tuple[float, ...]) -> list[tuple[Truth, Map]]:
    truths = []
    for seed in SYNTHETIC_SEEDS:
        scene = SyntheticScene(640, 384, seed=seed, people=None if seed else 1)
        for moment in times:
            frame = scene.render(moment)
            name = "demonstration scene" if seed == 0 else "other rendered scenes"
            truths.append((Truth(name, frame.image, frame.depth), frame.matte))
    return truths
