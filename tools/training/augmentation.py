"""Random views of labelled pictures, and what webcams and rooms do to their light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.pairs import Pair, visible
from training.shards import Sample

Array = NDArray[np.float32]

TOLERANCE = 0.08
"""How much nearer or farther, as a share, a place that is seen again may have become."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A part of a source picture: its centre (x, y) and its height in pixels of the source."""

    centre: Array
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """What one webcam makes of what it sees, alike in neighbouring frames but for the noise."""

    tones: NDArray[np.uint8]
    person_gain: float
    room_gain: float
    blur: float
    shake: tuple[int, int]
    grey: bool
    noise: float
    blotches: float
    quality: int


def any_window(source: tuple[int, int], aspect: float, rng: np.random.Generator) -> Window:
    """From all of the picture, as far as the aspect width / height allows, down to a third."""
    rows, columns = source
    height = min(columns / aspect, rows) * (1.0 - 0.66 * rng.random() ** 1.6)
    slack = np.array([columns - height * aspect, rows - height])
    return Window(np.array([columns, rows]) / 2 + slack * (rng.random(2) - 0.5), float(height))


def person_window(matte: Array, aspect: float, rng: np.random.Generator) -> Window | None:
    """A head that fills the frame, or a person cut by its side; None where there is nobody."""
    rows, columns = matte.shape
    occupied = np.flatnonzero(matte.max(axis=1) > 0.5)
    if len(occupied) < 0.15 * rows:
        return None
    top, tall = float(occupied[0]), float(occupied[-1] + 1 - occupied[0])
    band = matte[int(top) : int(top + 0.3 * tall) + 1].max(axis=0) > 0.5
    middle = float(np.flatnonzero(band).mean())
    largest = min(columns / aspect, rows)
    if rng.random() < 0.5:
        height = tall * rng.uniform(0.3, 0.65)
        centre = np.array([middle, top + height * rng.uniform(0.3, 0.5)])
    else:
        height = largest * rng.uniform(0.4, 0.85)
        side = rng.choice([-1.0, 1.0])
        centre = np.array([middle + side * rng.uniform(0.3, 0.6) * height * aspect, top + tall / 2])
    height = float(np.clip(height, 0.28 * largest, largest))
    half = np.array([height * aspect, height]) / 2
    return Window(np.clip(centre, half, np.array([columns, rows]) - half), height)


def random_view(
    source: tuple[int, int],
    target: tuple[int, int],
    rng: np.random.Generator,
    matte: Array | None = None,
) -> Array:
    """An affine map (2, 3) from a source picture to a target, sizes as (height, width).

    The view lies inside the source, mirrored half the time, a little stretched and turned. Where
    a matte is given, its person is sometimes looked at closely or left at the edge.
    """
    height, width = target
    stretch = np.exp(rng.normal(0.0, 0.1))
    angle = np.deg2rad(rng.normal(0.0, 3.0)) * (rng.random() < 0.4)
    aspect = width * stretch / height
    window = None
    if matte is not None and rng.random() < 0.16:
        window = person_window(matte, aspect, rng)
    if window is None:
        window = any_window(source, aspect, rng)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = np.linalg.inv(window.height / height * turn @ np.diag([mirror * stretch, 1.0]))
    middle = np.array([width, height]) / 2
    return np.column_stack([linear, middle - linear @ window.centre])


def scaled(view: Array, factor: float) -> Array:
    """The same view at another target size; pixel centres stay where they are."""
    half = np.array([0.5, 0.5])
    result = view * factor
    result[:, 2] += half * (factor - 1.0)
    return result


def tone_tables(rng: np.random.Generator, gain: float = 1.0) -> NDArray[np.uint8]:
    """Exposure, gamma, white balance and contrast of a random camera, uint8 (1, 256, 3)."""
    level = np.linspace(0.0, 1.0, 256)[:, None]
    gain = gain * np.exp(rng.normal(0.0, 0.25))
    balance = np.exp(rng.normal(0.0, 0.2 if rng.random() < 0.12 else 0.08, 3))
    gamma = np.exp(rng.normal(0.0, 0.2))
    curve = np.clip(level * gain * balance, 0.0, None) ** gamma
    lift = max(rng.normal(0.0, 0.03), 0.0)
    curve = lift + curve * (1.0 - lift)
    return np.rint(np.clip(curve, 0, 1) * 255).astype(np.uint8)[None]


def random_camera(rng: np.random.Generator) -> Camera:
    """Daylight mostly; at times a dark room and its noise, a window behind, blur, compression."""
    dark = rng.random() < 0.14
    back_lit = rng.random() < 0.09
    noise = float(abs(rng.normal(0.0, 7.0))) if rng.random() < 0.5 else 0.0
    length = int(rng.integers(3, 8))
    shakes = rng.random() < 0.08
    sideways = rng.random() < 0.5
    return Camera(
        tone_tables(rng, float(rng.uniform(0.12, 0.4)) if dark else 1.0),
        float(rng.uniform(0.2, 0.7)) if back_lit else 1.0,
        float(rng.uniform(1.0, 2.2)) if back_lit else 1.0,
        float(rng.uniform(0.3, 1.4)) if rng.random() < 0.25 else 0.0,
        ((length, 1) if sideways else (1, length)) if shakes else (1, 1),
        bool(rng.random() < 0.06),
        noise + (float(rng.uniform(2.0, 12.0)) if dark else 0.0),
        float(rng.uniform(1.0, 6.0)) if dark or rng.random() < 0.15 else 0.0,
        int(rng.integers(20, 90)) if rng.random() < 0.3 else 0,
    )


def back_light(
    image: NDArray[np.uint8], matte: Array, person: float, room: float
) -> NDArray[np.uint8]:
    """Darken the people and lift the room, as a window behind them does."""
    gain = room + (person - room) * matte[..., None]
    return np.clip(image * gain, 0, 255).astype(np.uint8)


def exposed(image: NDArray[np.uint8], matte: Array, camera: Camera) -> NDArray[np.uint8]:
    """One frame of a camera: light, optics, tones, sensor noise fine and blotched, compression.

    The noise is drawn from OpenCV's own generator.
    """
    height, width = matte.shape
    if (camera.person_gain, camera.room_gain) != (1.0, 1.0):
        image = back_light(image, matte, camera.person_gain, camera.room_gain)
    if camera.blur > 0.0:
        image = cv2.GaussianBlur(image, (0, 0), camera.blur)
    if camera.shake != (1, 1):
        image = cv2.blur(image, camera.shake)
    image = cv2.LUT(image, camera.tones)
    if camera.grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    for strength, cell in ((camera.noise, 1), (camera.blotches, 4)):
        if strength > 0.0:
            noise = np.empty((height // cell, width // cell, 3), np.int16)
            cv2.randn(noise, 0.0, strength)
            noise = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
            image = cv2.add(image, noise, dtype=cv2.CV_8U)
    if camera.quality:
        quality = [cv2.IMWRITE_JPEG_QUALITY, camera.quality]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
    return image


def look(
    sample: Sample, view: Array, height: int, width: int, camera: Camera
) -> tuple[Array, Array, Array]:
    """One view of a sample as the network takes and answers it; see ``augment``."""

    def warp(plane: NDArray[np.generic], transform: Array, factor: int) -> NDArray[np.generic]:
        size = (width // factor, height // factor)
        return cv2.warpAffine(
            plane, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )

    matte = warp(sample.matte, view, 1)
    image = exposed(warp(sample.image, view, 1), matte, camera)
    colours = image[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 255.0
    matte = cv2.resize(matte, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return colours, warp(sample.disparity, scaled(view, 0.5), 2)[None], matte[None]


def augment(
    sample: Sample, height: int, width: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """A random view as the network takes and answers it.

    Returns RGB float32 (3, height, width) in 0..1, and disparity and matte float32
    (1, height / 2, width / 2).
    """
    view = random_view(sample.matte.shape, (height, width), rng, sample.matte)
    return look(sample, view, height, width, random_camera(rng))


def augment_pair(
    pair: Pair, height: int, width: int, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array, Array]:
    """Two frames alike: one view and one camera, but noise, exposure and compression anew.

    Returns colours (2, 3, height, width), disparity and matte (2, 1, height / 2, width / 2), the
    motion (2, height / 2, width / 2) in pixels of these maps, and where it leads to the same place
    (1, height / 2, width / 2); nowhere if the pair's motion is unknown.
    """
    if pair.motion is None:
        first, second = (
            augment(sample, height, width, rng) for sample in (pair.first, pair.second)
        )
        maps = [np.stack(both) for both in zip(first, second, strict=True)]
        nothing = np.zeros((3, height // 2, width // 2), np.float32)
        return maps[0], maps[1], maps[2], nothing[:2], nothing[2:]
    view = random_view(pair.first.matte.shape, (height, width), rng, pair.first.matte)
    camera = random_camera(rng)
    first = look(pair.first, view, height, width, camera)
    second = look(pair.second, view, height, width, camera)
    second = (np.clip(second[0] * np.exp(rng.normal(0.0, 0.02)), 0.0, 1.0), *second[1:])
    half = scaled(view, 0.5)
    motion = cv2.warpAffine(
        pair.motion, half, (width // 2, height // 2), borderMode=cv2.BORDER_REFLECT
    )
    motion = (motion @ half[:, :2].T).astype(np.float32)
    seen = visible((first[1][0], second[1][0]), (first[2][0], second[2][0]), motion, TOLERANCE)
    images, disparity, matte = (np.stack(both) for both in zip(first, second, strict=True))
    return images.astype(np.float32), disparity, matte, motion.transpose(2, 0, 1), seen[None]
