"""People set into other rooms as they would stand there, frame by frame, and pictures of people
hung on walls; drawn while training, so that no two composites are alike."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.composites import recolour
from training.pairs import Pair
from training.shards import Sample

Array = NDArray[np.float32]

FEWEST_PIXELS = 200
"""A person smaller than this on the canvas is nobody to learn from."""


def placement(matte: Array, size: tuple[int, int], rng: np.random.Generator) -> tuple[Array, float]:
    """A random affine map (2, 3) of a person to a canvas (height, width), and its scale.

    What the source's own edge cuts off, the lower one or a side, is cut by the canvas as well.
    """
    height, width = size
    rows = np.flatnonzero(matte.max(axis=1) > 0.5)
    columns = np.flatnonzero(matte.max(axis=0) > 0.5)
    top, tall = float(rows[0]), float(matte.shape[0] - rows[0])
    scale = min(np.exp(rng.uniform(np.log(0.45), np.log(2.2))) * 0.8 * height / tall, 2.5)
    head = rng.uniform(0.02, 0.3) * height
    if scale * tall + head < 1.08 * height:
        head = 1.08 * height - scale * tall
    stretch, mirror = rng.uniform(0.9, 1.1), rng.choice([-1.0, 1.0])
    angle = np.deg2rad(rng.normal(0.0, 3.0))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = scale * turn @ np.diag([stretch * mirror, 1.0])
    centre = float(columns.mean())
    middle = rng.uniform(0.12, 0.88) * width
    half = scale * stretch * np.array([centre - columns[0], columns[-1] - centre])
    cut = np.array([matte[:, 0].max() > 0.5, matte[:, -1].max() > 0.5])
    if mirror < 0:
        half, cut = half[::-1], cut[::-1]
    if cut[0]:
        middle = min(middle, half[0] - 0.03 * width)
    if cut[1]:
        middle = max(middle, width - half[1] + 0.03 * width)
    goal = np.array([middle, head])
    return np.column_stack([linear, goal - linear @ np.array([centre, top])]), float(scale)


def place(pair: Pair, size: tuple[int, int], rng: np.random.Generator) -> Pair:
    """Both frames of a person moved to a canvas alike; nearer as it grows."""
    transform, scale = placement(pair.first.matte, size, rng)
    nearer = scale * pair.first.matte.shape[0] / size[0]
    seed = int(rng.integers(1 << 31))

    def warp(plane: NDArray[np.generic], border: int) -> NDArray[np.generic]:
        return cv2.warpAffine(
            plane, transform, size[::-1], flags=cv2.INTER_LINEAR, borderMode=border
        )

    def moved(sample: Sample) -> Sample:
        image = recolour(sample.image.astype(np.float32), np.random.default_rng(seed))
        return Sample(
            warp(np.rint(image).astype(np.uint8), cv2.BORDER_REPLICATE),
            warp(sample.disparity, cv2.BORDER_REPLICATE) * nearer,
            np.clip(warp(sample.matte, cv2.BORDER_CONSTANT), 0.0, 1.0),
        )

    motion = None
    if pair.motion is not None:
        motion = warp(pair.motion, cv2.BORDER_REPLICATE) @ transform[:, :2].T.astype(np.float32)
    second = moved(pair.second) if pair.second is not pair.first else None
    first = moved(pair.first)
    return Pair(first, second or first, motion)


def matching_gain(room: NDArray[np.uint8], person: Array, strength: float) -> Array:
    """What to multiply a person's colours (n, 3) by, to stand in the light of a room; (3,)."""
    theirs = np.log(np.maximum(room.reshape(-1, 3).mean(axis=0), 8.0))
    own = np.log(np.maximum(person.mean(axis=0), 8.0))
    brightness = np.clip((theirs - own).mean(), -1.2, 1.2)
    cast = np.clip((theirs - own) - (theirs - own).mean(), -0.4, 0.4)
    return np.exp(strength * (brightness + 0.7 * cast)).astype(np.float32)


def insert(scene: Pair, person: Pair, rng: np.random.Generator, *, exact: bool) -> Pair:
    """Set a placed person into a scene of the same size, in its light and at a fitting distance.

    With an exact scene, what is nearer than the person hides it; else the person is in front.
    Where the scene's motion or the person's is unknown, so is the result's.
    """
    covers = person.first.matte > 0.5
    if covers.sum() < FEWEST_PIXELS:
        return scene
    upper = covers.copy()
    upper[int(0.8 * upper.shape[0]) :] = False
    hidden = scene.first.disparity[upper if upper.any() else covers]
    own = float(np.median(person.first.disparity[covers]))
    least = float(np.percentile(hidden, 80)) + rng.uniform(0.05, 0.45)
    nearest = max(1.0 / rng.uniform(0.45, 0.8), least)
    factor = float(np.clip(own, least, nearest)) / max(own, 1e-3)
    strength = rng.uniform(0.0, 0.9)
    colours = person.first.image[covers].astype(np.float32)
    gain = matching_gain(scene.first.image, colours, strength)

    def joined(below: Sample, above: Sample) -> tuple[Sample, NDArray[np.bool_]]:
        nearness = above.disparity * factor
        alpha = above.matte
        if exact:
            alpha = np.where(below.disparity > reach(nearness, alpha) + 0.02, 0.0, alpha)
        over = np.clip(above.image.astype(np.float32) * gain, 0, 255)
        room = below.image.astype(np.float32)
        image = room + alpha[..., None] * (over - room)
        front = alpha > 0.5
        sample = Sample(
            np.rint(image).astype(np.uint8),
            np.where(front, nearness, below.disparity).astype(np.float32),
            np.maximum(below.matte, alpha).astype(np.float32),
        )
        return sample, front

    first, front = joined(scene.first, person.first)
    second = joined(scene.second, person.second)[0]
    motion = None
    if scene.motion is not None and person.motion is not None:
        motion = np.where(front[..., None], person.motion, scene.motion)
    return Pair(first, second, motion)


def reach(nearness: Array, alpha: Array, radius: int = 5) -> Array:
    """A person's disparity, spread over its soft edge: a pixel half of hair has the room's own."""
    solid = np.where(alpha > 0.5, nearness, 0.0).astype(np.float32)
    window = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return np.where(alpha > 0.5, nearness, np.maximum(nearness, cv2.dilate(solid, window)))


def fitted_plane(plane: Array, where: NDArray[np.bool_]) -> Array:
    """The least-squares a x + b y + c through a map's values at ``where``, everywhere."""
    row, column = np.mgrid[: plane.shape[0], : plane.shape[1]].astype(np.float32)
    design = np.column_stack([column[where], row[where], np.ones(int(where.sum()))])
    solution = np.linalg.lstsq(design, plane[where].astype(np.float64), rcond=None)[0]
    return (column * solution[0] + row * solution[1] + solution[2]).astype(np.float32)


def hang_picture(scene: Pair, picture: NDArray[np.uint8], rng: np.random.Generator) -> Pair:
    """A flat print, or a screen, in front of a part of a scene: nobody, as people are on it.

    A plane is linear in disparity, so the plane through what is hidden lies on a wall.
    """
    height, width = scene.first.matte.shape
    tall = rng.uniform(0.2, 0.75) * height
    wide = min(tall * picture.shape[1] / picture.shape[0], 0.8 * width)
    corner = rng.uniform([0, 0], [width - wide, max(0.7 * height - tall, 1.0)])
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    goal = corner + square * [wide, tall] + rng.normal(0, 0.03, (4, 2)) * [wide, tall]
    border = rng.integers(0, max(2, picture.shape[0] // 12))
    frame = tuple(int(value) for value in rng.integers(0, 256, 3))
    framed = cv2.copyMakeBorder(
        picture, border, border, border, border, cv2.BORDER_CONSTANT, value=frame
    )
    source = square * [framed.shape[1], framed.shape[0]]
    transform = cv2.getPerspectiveTransform(source.astype(np.float32), goal.astype(np.float32))
    printed = cv2.warpPerspective(framed, transform, (width, height), flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(
        np.ones(framed.shape[:2], np.float32), transform, (width, height), flags=cv2.INTER_LINEAR
    )
    where = (mask > 0.5) & (scene.first.matte < 0.5)
    if where.sum() < FEWEST_PIXELS:
        return scene
    surface = fitted_plane(scene.first.disparity, where)
    surface += max(float(np.percentile((scene.first.disparity - surface)[where], 90)), 0.0)
    gain = rng.uniform(0.5, 1.1)

    def hung(sample: Sample) -> Sample:
        alpha = mask * (sample.matte < 0.5) * (sample.disparity < surface + 0.15)
        room = sample.image.astype(np.float32)
        image = room + alpha[..., None] * (np.clip(printed * gain, 0, 255) - room)
        disparity = np.where(alpha > 0.5, np.maximum(surface, 0.01), sample.disparity)
        return Sample(np.rint(image).astype(np.uint8), disparity.astype(np.float32), sample.matte)

    first = hung(scene.first)
    second = hung(scene.second) if scene.second is not scene.first else first
    return Pair(first, second, scene.motion)


def portrait_crop(sample: Sample, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Head and shoulders of a sample's person, to be printed; all of it where there is nobody."""
    rows = np.flatnonzero(sample.matte.max(axis=1) > 0.5)
    if not len(rows):
        return sample.image
    height, width = sample.matte.shape
    top = max(0, int(rows[0] - 0.05 * height))
    tall = int(rng.uniform(0.4, 1.0) * (height - top))
    head = np.flatnonzero(sample.matte[rows[0] : rows[0] + max(tall // 3, 1)].max(axis=0) > 0.5)
    wide = int(tall * rng.uniform(0.7, 1.5))
    left = int(np.clip(head.mean() - wide / 2, 0, max(width - wide, 0)))
    return np.ascontiguousarray(sample.image[top : top + tall, left : left + wide])
