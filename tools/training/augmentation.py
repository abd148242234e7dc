"""Random views of a labelled picture, and what webcams and rooms do to its light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.shards import Sample

Array = NDArray[np.float32]


def random_view(
    source: tuple[int, int], target: tuple[int, int], rng: np.random.Generator
) -> Array:
    """An affine map (2, 3) from a source picture to a target, sizes as (height, width).

    The view lies inside the source: from all of it (as far as the aspects allow) down to a third,
    mirrored half the time, a little stretched and turned.
    """
    rows, columns = source
    height, width = target
    stretch = np.exp(rng.normal(0.0, 0.1))
    angle = np.deg2rad(rng.normal(0.0, 3.0)) * (rng.random() < 0.4)
    whole = min(columns / (width * stretch), rows / height)
    zoom = whole * (1.0 - 0.66 * rng.random() ** 1.6)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    inverse = zoom * turn @ np.diag([mirror * stretch, 1.0])
    slack = np.array([columns - zoom * stretch * width, rows - zoom * height])
    centre = np.array([columns, rows]) / 2 + slack * (rng.random(2) - 0.5)
    linear = np.linalg.inv(inverse)
    middle = np.array([width, height]) / 2
    return np.column_stack([linear, middle - linear @ centre])


def scaled(view: Array, factor: float) -> Array:
    """The same view at another target size; pixel centres stay where they are."""
    half = np.array([0.5, 0.5])
    result = view * factor
    result[:, 2] += half * (factor - 1.0)
    return result


def tone_tables(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Exposure, gamma, white balance and contrast of a random camera, uint8 (1, 256, 3)."""
    level = np.linspace(0.0, 1.0, 256)[:, None]
    gain = np.exp(rng.normal(0.0, 0.25))
    if rng.random() < 0.12:
        gain *= rng.uniform(0.12, 0.45)
    balance = np.exp(rng.normal(0.0, 0.08, 3))
    gamma = np.exp(rng.normal(0.0, 0.2))
    curve = np.clip(level * gain * balance, 0.0, None) ** gamma
    lift = max(rng.normal(0.0, 0.03), 0.0)
    curve = lift + curve * (1.0 - lift)
    return np.rint(np.clip(curve, 0, 1) * 255).astype(np.uint8)[None]


def back_light(
    image: NDArray[np.uint8], matte: Array, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Darken the people and lift the room, as a window behind them does."""
    person, room = rng.uniform(0.25, 0.7), rng.uniform(1.0, 1.8)
    gain = room + (person - room) * matte[..., None]
    return np.clip(image * gain, 0, 255).astype(np.uint8)


def disturb(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Defocus or shake, sensor noise, compression, and sometimes no colour at all."""
    if rng.random() < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.4))
    elif rng.random() < 0.1:
        length = int(rng.integers(3, 8))
        image = cv2.blur(image, (length, 1) if rng.random() < 0.5 else (1, length))
    if rng.random() < 0.08:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if rng.random() < 0.4:
        noise = np.empty(image.shape, np.int16)
        cv2.randn(noise, 0.0, float(abs(rng.normal(0.0, 8.0))))
        image = cv2.add(image, noise, dtype=cv2.CV_8U)
    if rng.random() < 0.25:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
    return image


def augment(
    sample: Sample, height: int, width: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """A random view as the network takes and answers it.

    Returns RGB float32 (3, height, width) in 0..1, and disparity and matte float32
    (1, height / 2, width / 2).
    """
    view = random_view(sample.matte.shape, (height, width), rng)
    half = scaled(view, 0.5)

    def warp(plane: NDArray[np.generic], transform: Array, factor: int) -> NDArray[np.generic]:
        size = (width // factor, height // factor)
        return cv2.warpAffine(
            plane, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )

    image = warp(sample.image, view, 1)
    disparity, matte = warp(sample.disparity, half, 2), warp(sample.matte, half, 2)
    if rng.random() < 0.06:
        image = back_light(image, cv2.resize(matte, (width, height)), rng)
    image = disturb(cv2.LUT(image, tone_tables(rng)), rng)
    colours = image[..., ::-1].transpose(2, 0, 1).astype(np.float32) / 255.0
    return colours, disparity[None], matte[None]
