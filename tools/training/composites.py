"""People cut out of one picture and set into another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.rooms import random_crop
from training.shards import Sample

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A person on an empty canvas: image float32 (h, w, 3), disparity and matte float32 (h, w)."""

    image: Array
    disparity: Array
    matte: Array


def recolour(image: Array, rng: np.random.Generator) -> Array:
    """Change saturation and light of a BGR float32 picture in 0..255, and all hues but skin's."""
    hsv = cv2.cvtColor(np.clip(image, 0, 255).astype(np.uint8), cv2.COLOR_BGR2HSV)
    skin = (hsv[..., 0] < 20) | (hsv[..., 0] > 168)
    hue_shift = np.where(skin, rng.integers(-4, 5), rng.integers(0, 180) * (rng.random() < 0.5))
    hsv[..., 0] = (hsv[..., 0].astype(np.int32) + hue_shift) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.3, 1.5), 0, 255)
    turned = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR).astype(np.float32)
    return np.clip(turned * rng.uniform(0.45, 1.35) + rng.normal(0, 8), 0, 255)


def place_person(sample: Sample, width: int, height: int, rng: np.random.Generator) -> Layer:
    """A person scaled, turned, mirrored and moved on a canvas, cut by its lower edge."""
    rows = np.flatnonzero(sample.matte.max(axis=1) > 0.5)
    columns = np.flatnonzero(sample.matte.max(axis=0) > 0.5)
    top, centre = float(rows[0]), float(columns.mean())
    tall = sample.matte.shape[0] - top
    scale = np.exp(rng.uniform(np.log(0.45), np.log(2.2))) * height / tall * 0.8
    stretch, mirror = rng.uniform(0.88, 1.15), rng.choice([-1.0, 1.0])
    angle = np.deg2rad(rng.normal(0, 4))
    head = rng.uniform(0.02, 0.3) * height
    if scale * tall + head < height:
        head = height - scale * tall
    linear = scale * np.array(
        [
            [stretch * mirror * np.cos(angle), -np.sin(angle)],
            [stretch * mirror * np.sin(angle), np.cos(angle)],
        ]
    )
    goal = np.array([rng.uniform(0.12, 0.88) * width, head])
    transform = np.column_stack([linear, goal - linear @ np.array([centre, top])])

    def warp(plane: Array, border: int) -> Array:
        return cv2.warpAffine(
            plane, transform, (width, height), flags=cv2.INTER_LINEAR, borderMode=border
        )

    image = recolour(sample.image.astype(np.float32), rng)
    return Layer(
        warp(image, cv2.BORDER_REPLICATE),
        warp(sample.disparity, cv2.BORDER_REPLICATE),
        np.clip(warp(sample.matte, cv2.BORDER_CONSTANT), 0, 1),
    )


def paste(
    image: Array, disparity: Array, matte: Array, layer: Layer, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Set a person in front: the picture blends by the matte, the depth switches at one half.

    The person keeps its own relief, moved to be nearer than most of what it hides.
    """
    alpha = layer.matte[..., None]
    match = rng.uniform(0, 0.6) * (image.mean() - layer.image[layer.matte > 0.5].mean())
    blended = image * (1 - alpha) + np.clip(layer.image + match, 0, 255) * alpha
    covers = layer.matte > 0.5
    upper = covers.copy()
    upper[int(0.8 * upper.shape[0]) :] = False
    hidden = float(np.percentile(disparity[upper if upper.any() else covers], 80))
    level = hidden + rng.uniform(0.08, 0.7)
    own = float(np.median(layer.disparity[covers]))
    relief = level * (1 + 0.7 * (layer.disparity / own - 1))
    return blended, np.where(covers, relief, disparity), np.maximum(matte, layer.matte)


def random_outline(width: int, height: int, rng: np.random.Generator) -> Array:
    """A filled ellipse or polygon on an empty canvas, float32 (height, width) in 0..1."""
    mask = np.zeros((height, width), np.uint8)
    centre = rng.uniform([0, 0.1 * height], [width, height])
    radii = np.exp(rng.uniform(np.log(0.02), np.log(0.2), 2)) * width
    turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 9)))
    if rng.random() < 0.4:
        turns = np.linspace(0, 2 * np.pi, 40)
    corners = np.column_stack([np.cos(turns), np.sin(turns)]) * radii
    lean = rng.uniform(0, np.pi)
    rotation = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    points = np.rint((corners @ rotation.T + centre) * 16).astype(np.int32)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255.0


def scatter(
    image: Array,
    disparity: Array,
    matte: Array,
    photographs: list[NDArray[np.uint8]],
    count: int,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """Strew objects that are no people, each a little in front of what it hides.

    Dead leaves, Lee, Mumford and Huang, "Occlusion Models for Natural Images", IJCV 2001: clutter
    of any colour and texture teaches which edges are depth, and that clutter is nobody.
    """
    height, width = disparity.shape
    for _ in range(count):
        mask = random_outline(width, height, rng)
        covers = mask > 0.5
        if covers.sum() < 20:
            continue
        photograph = photographs[rng.integers(len(photographs))]
        texture = random_crop(photograph, width, height, rng, least=0.1).astype(np.float32)
        flat = rng.uniform(0, 255, 3) if rng.random() < 0.7 else rng.uniform(0, 255) * np.ones(3)
        plain = rng.choice([0.0, 0.8, 1.0])
        column, row = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
        shade = 1 + rng.normal(0, 0.3) * column + rng.normal(0, 0.3) * row
        texture = np.clip((texture * (1 - plain) + flat * plain) * shade[..., None], 0, 255)
        alpha = mask[..., None]
        image = image * (1 - alpha) + texture * alpha
        level = float(np.percentile(disparity[covers], 90)) + rng.exponential(0.08)
        tilt = rng.normal(0, 0.1) * column + rng.normal(0, 0.1) * row
        surface = level * (1 + tilt - tilt[covers].mean())
        disparity = np.where(covers, surface, disparity)
        matte = matte * (1 - mask)
    return image.astype(np.float32), disparity.astype(np.float32), matte.astype(np.float32)
