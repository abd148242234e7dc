"""Random rooms with exact depth: a textured box with pictures on its walls and boxes as furniture.

What a depth network trained on photographs of objects lacks is flat walls in every direction and
every light; a ray against a box answers that exactly and in milliseconds.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def camera_rays(width: int, height: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """World directions (height, width, 3) of a random webcam, whose camera z is 1, and its axes.

    World: x right, y down, z forward. The rotation's rows are the camera's axes in the world.
    """
    focal = rng.uniform(0.65, 1.4) * width
    yaw, pitch, roll = rng.normal(0.0, [0.45, 0.12, 0.04])
    column, row = np.meshgrid(
        (np.arange(width) + 0.5 - width / 2) / focal, (np.arange(height) + 0.5 - height / 2) / focal
    )
    directions = np.stack([column, row, np.ones_like(row)], axis=-1)
    rotation = np.eye(3)
    for axis, angle in (((0, 1, 0), yaw), ((1, 0, 0), pitch), ((0, 0, 1), roll)):
        rotation = rotation @ cv2.Rodrigues(np.array(axis, np.float64) * angle)[0]
    return (directions @ rotation.T).astype(np.float32), rotation.astype(np.float32)


def smooth_noise(height: int, width: int, cells: int, rng: np.random.Generator) -> Array:
    """A random surface float32 (height, width), mean 0, about ``cells`` bumps across."""
    grid = rng.normal(0.0, 1.0, (cells + 2, cells + 2)).astype(np.float32)
    return cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)


def surface_texture(
    size: int, photographs: list[NDArray[np.uint8]], rng: np.random.Generator
) -> Array:
    """A wall, floor or side float32 (size, size, 3) in 0..1: mostly plain, with things on it."""
    light = rng.uniform(0.15, 0.95)
    colour = np.clip(light + rng.normal(0.0, rng.choice([0.02, 0.15]), 3), 0.03, 1.0)
    texture = np.ones((size, size, 3), np.float32) * colour.astype(np.float32)
    style = rng.random()
    if style < 0.25:
        photograph = photographs[rng.integers(len(photographs))]
        patch = random_crop(photograph, size, size, rng).astype(np.float32) / 255.0
        texture = texture * (1 - 0.7 * rng.random()) + patch * rng.uniform(0.2, 0.8)
    elif style < 0.4:
        period, duty = int(rng.integers(6, 60)), rng.uniform(0.05, 0.5)
        stripes = (np.arange(size) % period < duty * period).astype(np.float32)
        lines = stripes[None, :] if rng.random() < 0.5 else stripes[:, None]
        texture *= (1 - rng.uniform(0.05, 0.5) * lines)[..., None]
    for _ in range(rng.integers(0, 5)):
        width, height = rng.integers(size // 12, size // 2, 2)
        left, top = rng.integers(0, size - width), rng.integers(0, size - height)
        photograph = photographs[rng.integers(len(photographs))]
        inside = random_crop(photograph, int(width), int(height), rng).astype(np.float32) / 255.0
        if rng.random() < 0.5:
            inside = np.ones_like(inside) * rng.random(3).astype(np.float32)
        frame = rng.random(3).astype(np.float32) * rng.uniform(0, 1)
        border = int(rng.integers(0, 6))
        texture[top : top + height, left : left + width] = frame
        texture[top + border : top + height - border, left + border : left + width - border] = (
            inside[border : height - border, border : width - border]
        )
    shade = 1 + rng.uniform(0, 0.2) * smooth_noise(size, size, int(rng.integers(1, 5)), rng)
    return np.clip(texture * shade[..., None], 0.0, 1.0)


def random_crop(
    photograph: NDArray[np.uint8],
    width: int,
    height: int,
    rng: np.random.Generator,
    least: float = 0.3,
) -> NDArray[np.uint8]:
    """A part of a picture with the wanted aspect, from a ``least`` share up, maybe mirrored."""
    rows, columns = photograph.shape[:2]
    share = rng.uniform(least, 1.0)
    part_width = min(columns, rows * width / height) * share
    part_height = part_width * height / width
    left, top = rng.uniform(0, columns - part_width), rng.uniform(0, rows - part_height)
    part = photograph[
        int(top) : int(top + max(part_height, 2)), int(left) : int(left + max(part_width, 2))
    ]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    return cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=cv2.INTER_AREA)


def sample_texture(texture: Array, first: Array, second: Array) -> Array:
    """Texture colours at coordinates in 0..1, outside repeated by mirroring."""
    size = texture.shape[0]
    return cv2.remap(
        texture, first * size, second * size, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )


def intersect_box(
    origin: Array, directions: Array, low: Array, high: Array, *, inside: bool
) -> tuple[Array, NDArray[np.intp]]:
    """Distance along each ray to an axis-aligned box and the axis of the face that it meets.

    Slab method, Kay and Kajiya, SIGGRAPH 1986. A ray that misses has distance infinity; from
    inside the box the far face is met, from outside the near one.
    """
    safe = np.where(np.abs(directions) < 1e-6, 1e-6, directions)
    first, second = (low - origin) / safe, (high - origin) / safe
    near, far = np.minimum(first, second), np.maximum(first, second)
    if inside:
        return far.min(axis=-1), far.argmin(axis=-1)
    enter, leave = near.max(axis=-1), far.min(axis=-1)
    hit = (enter < leave) & (enter > 0.05)
    return np.where(hit, enter, np.inf).astype(np.float32), near.argmax(axis=-1)


def random_room(
    width: int, height: int, photographs: list[NDArray[np.uint8]], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Array]:
    """A room uint8 (height, width, 3) BGR and its depth float32 (height, width) in metres."""
    directions, _ = camera_rays(width, height, rng)
    span = np.array([rng.uniform(2.2, 7), rng.uniform(2.2, 3.2), rng.uniform(2.2, 8)], np.float32)
    low = -span * rng.uniform([0.2, 0.35, 0.08], [0.8, 0.65, 0.4]).astype(np.float32)
    boxes = [(low, low + span, True)]
    for _ in range(rng.integers(0, 8)):
        size = rng.uniform([0.15, 0.1, 0.15], [1.4, 1.6, 0.9]).astype(np.float32)
        corner = low + (span - size) * rng.random(3).astype(np.float32)
        corner[2] = max(corner[2], rng.uniform(0.5, 1.2))
        if rng.random() < 0.8:
            corner[1] = low[1] + span[1] - size[1]
        boxes.append((corner, corner + size, False))
    depth = np.full((height, width), np.inf, np.float32)
    picture = np.zeros((height, width, 3), np.float32)
    origin = np.zeros(3, np.float32)
    light = (low + span * rng.random(3).astype(np.float32)).astype(np.float32)
    for box_low, box_high, inside in boxes:
        distance, axis = intersect_box(origin, directions, box_low, box_high, inside=inside)
        nearer = distance < depth
        if not nearer.any():
            continue
        place = directions * np.where(np.isfinite(distance), distance, 0)[..., None]
        unit = ((place - box_low) / (box_high - box_low)).astype(np.float32)
        for face_axis, others in enumerate(((2, 1), (0, 2), (0, 1))):
            for positive in (False, True):
                face = nearer & (axis == face_axis) & ((unit[..., face_axis] > 0.5) == positive)
                if not face.any():
                    continue
                texture = surface_texture(256, photographs, rng)
                first, second = (np.ascontiguousarray(unit[..., other]) for other in others)
                colours = sample_texture(texture, first, second)
                picture[face] = (colours * rng.uniform(0.7, 1.1))[face]
        picture_light = 1 / (1 + 0.15 * ((place - light) ** 2).sum(axis=-1))
        strength = rng.uniform(0.2, 0.9)
        picture[nearer] *= (1 - strength + strength * picture_light)[nearer][..., None]
        depth = np.where(nearer, distance, depth)
    gain = rng.uniform(0.35, 0.75) / max(float(picture.mean()), 0.05)
    image = np.clip(picture * min(gain, 2.5), 0, 1) ** rng.uniform(0.7, 1.1)
    return np.rint(image * 255).astype(np.uint8), depth.astype(np.float32)
