"""The halo error of the blur effect beside that of the plain blend, against exact truth.

Layers known one by one give the true picture: each blurred by its own disc and laid over what is
behind it, so that nothing bleeds. The error is the mean absolute difference to it, in levels of
255, over the pixels within 12 pixels of an outline. Each recipe is compared with the truth of its
own blur, so that only what happens at the outline counts. The plain blend is the textbook recipe:
GaussianBlur with a kernel of 55 over the whole picture, mixed by the stretched matte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from livedepth.benchmarks.case import Result
from livedepth.compositor.bokeh import greatest_radius
from livedepth.compositor.compositor import Compositor
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.settings import Settings

SCENES = ("figure", "two depths", "near object")

_OVERSAMPLING = 2
_NETWORK = (160, 96)
_FOCUS, _BAND, _FAR, _MIDDLE, _NEAR = 0.55, 0.1, 0.0, 0.25, 1.0
_SEEDS = 4
_GREATEST_RATIO = 1 / 3
_PER_DISPARITY = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """colour: uint8 (h, w, 3). alpha: float32 (h, w), exact up to its sampling. disparity: 0..1."""

    colour: Image
    alpha: Map
    disparity: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Pictures, float32 (h, w, 3): the truth of ours and of the plain blend, ours, and the blend.

    near: bool (h, w), pixels close to an outline.
    """

    truth: Map
    ours: Map
    plain_truth: Map
    plain: Map
    near: np.ndarray

    def errors(self) -> tuple[float, float]:
        """Mean error in levels of ours and of the plain blend."""
        ours = np.abs(self.ours - self.truth)[self.near].mean()
        plain = np.abs(self.plain - self.plain_truth)[self.near].mean()
        return float(ours), float(plain)


def make_layers(kind: str, width: int, height: int, seed: int) -> list[Layer]:
    """Far to near: a furnished wall, a figure in focus, and what ``kind`` of ``SCENES`` adds."""
    random = np.random.default_rng(seed)
    wall, clothes, skin = random.integers(40, 220, (3, 3))
    whole = np.ones((height, width), np.float32)
    layers = [Layer(_furnished(random, width, height, wall), whole, _FAR)]
    figure = _texture(random, width, height, clothes, spread=30)
    figure[: height * 58 // 100] = _texture(random, width, height * 58 // 100, skin, spread=20)
    outline = _silhouette(random, width, height)
    if kind == "two depths":
        half = np.zeros_like(whole)
        half[:, : width // 2] = 1.0
        shelf = _furnished(random, width, height, 255 - wall)
        layers.append(Layer(shelf, half, _MIDDLE))
    layers.append(Layer(figure, outline, _FOCUS))
    if kind == "near object":
        colour = _texture(random, width, height, random.integers(0, 255, 3), spread=30)
        held = np.zeros((height, width), np.uint8)
        place = round(width * 0.36), round(height * 0.8)
        cv2.ellipse(held, place, (height // 8, height // 6), 0, 0, 360, 255, -1, cv2.LINE_AA)
        layers.append(Layer(colour, held.astype(np.float32) / np.float32(255), _NEAR))
    return layers


def _furnished(random: np.random.Generator, width: int, height: int, wall: np.ndarray) -> Image:
    picture = _texture(random, width, height, wall, spread=30)
    for _ in range(24):
        corner = random.integers(0, (width, height))
        far = corner + random.integers(height // 20, height // 3, 2)
        shade = np.clip(wall + random.normal(0.0, 45.0, 3), 0, 255)
        colour = tuple(int(c) for c in shade)
        cv2.rectangle(picture, corner.tolist(), far.tolist(), colour, -1, cv2.LINE_AA)
    return picture


def _texture(
    random: np.random.Generator, width: int, height: int, colour: np.ndarray, spread: float
) -> Image:
    coarse = colour + random.normal(0.0, spread, (6, 10, 3))
    smooth = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
    noisy = smooth + random.normal(0.0, 3.0, smooth.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _silhouette(random: np.random.Generator, width: int, height: int) -> Map:
    """Head, shoulders, a raised hand and strands of hair."""
    scale = _OVERSAMPLING
    canvas = np.zeros((height * scale, width * scale), np.uint8)
    unit = height * scale / 100
    middle = width * scale * random.uniform(0.4, 0.6)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(middle + x * unit), round(y * unit)

    def size(x: float, y: float) -> tuple[int, int]:
        return round(x * unit), round(y * unit)

    cv2.ellipse(canvas, at(0, 34), size(13, 18), 0, 0, 360, 255, -1)
    cv2.ellipse(canvas, at(0, 104), size(36, 48), 0, 0, 360, 255, -1)
    cv2.rectangle(canvas, at(-7, 48), at(7, 62), 255, -1)
    cv2.line(canvas, at(36, 100), at(44, 58), 255, round(9 * unit))
    cv2.ellipse(canvas, at(45, 50), size(7, 9), 0, 0, 360, 255, -1)
    for angle in np.linspace(-0.5, 0.5, 5):
        tip = at(45 + 19 * np.sin(angle), 50 - 19 * np.cos(angle))
        cv2.line(canvas, at(45, 50), tip, 255, round(2.4 * unit))
    for angle in random.uniform(-2.4, 2.4, 60):
        root = at(13 * np.sin(angle), 34 - 18 * np.cos(angle))
        tip = at(15.5 * np.sin(angle + 0.1), 34 - 21.5 * np.cos(angle + 0.1))
        cv2.line(canvas, root, tip, 255, max(1, round(0.35 * unit)))
    small = np.asarray(cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA))
    return np.asarray(small.astype(np.float32) / np.float32(255))


def network_maps(layers: list[Layer]) -> SteadyDepth:
    """What a depth network makes of the scene: small and smooth."""
    height, width = layers[0].alpha.shape
    disparity, matte = np.zeros((2, height, width), np.float32)
    for layer in layers:
        disparity += layer.alpha * (np.float32(layer.disparity) - disparity)
        matte += layer.alpha * (np.float32(layer.disparity == _FOCUS) - matte)
    small = [
        np.asarray(cv2.GaussianBlur(_shrink(plane), (0, 0), spread), np.float32)
        for plane, spread in ((disparity, 1.2), (matte, 0.8))
    ]
    return SteadyDepth(small[0], small[1], _FOCUS, _BAND)


def _shrink(plane: Map) -> Map:
    return np.asarray(cv2.resize(plane, _NETWORK, interpolation=cv2.INTER_AREA), np.float32)


def disc_blur(plane: Map, radius: float) -> Map:
    """Blur with a disc of ``radius`` pixels, anti-aliased."""
    reach = int(np.ceil(radius + 1))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    blurred = cv2.filter2D(plane, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)


def gaussian_blur(plane: Map, radius: float) -> Map:
    """The textbook's blur where ``radius`` is not 0."""
    return np.asarray(cv2.GaussianBlur(plane, (55, 55), 0), np.float32) if radius else plane


def truth(layers: list[Layer], greatest: float, *, gaussian: bool = False) -> Map:
    """Each layer, and its coverage, blurred by its own disc, laid over what is behind it."""
    height, width = layers[0].alpha.shape
    picture = np.zeros((height, width, 3), np.float32)
    for layer in layers:
        confusion = min(max((abs(layer.disparity - _FOCUS) - _BAND) * _PER_DISPARITY, 0.0), 1.0)
        alpha = layer.alpha[..., None]
        light, cover = layer.colour * alpha, layer.alpha
        if confusion > 0.0:
            blur = gaussian_blur if gaussian else disc_blur
            light, cover = (blur(plane, greatest * confusion) for plane in (light, cover))
        picture = light + (1.0 - cover[..., None]) * picture
    return picture


def rim(layers: list[Layer], distance: int = 12) -> np.ndarray:
    """Pixels within ``distance`` of an outline of the figure or of what is near."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * distance + 1,) * 2)
    found = np.zeros(layers[0].alpha.shape, bool)
    for layer in layers:
        if layer.disparity >= _FOCUS:
            alpha = layer.alpha
            found |= (cv2.dilate(alpha, disc) > 0.5) & (cv2.erode(alpha, disc) < 0.5)
    return found


def compare(kind: str, width: int, height: int, seed: int) -> Comparison:
    """Ours and the plain blend of one scene, and their truths."""
    layers = make_layers(kind, width, height, seed)
    image = np.rint(_unblurred(layers)).astype(np.uint8)
    depth = network_maps(layers)
    settings = Settings(effect="blur", highlights=0.0)
    with Compositor(settings) as compositor:
        ours = compositor.compose(image, depth).astype(np.float32)
    radius = greatest_radius(width, height, settings.strength)
    alpha = np.asarray(cv2.resize(depth.matte, (width, height)), np.float32)[..., None]
    blurred = np.asarray(cv2.GaussianBlur(image, (55, 55), 0), np.float32)
    plain = alpha * image + (1 - alpha) * blurred
    plain_truth = truth(layers, radius, gaussian=True)
    return Comparison(truth(layers, radius), ours, plain_truth, plain, rim(layers))


def _unblurred(layers: list[Layer]) -> Map:
    picture = np.zeros((*layers[0].alpha.shape, 3), np.float32)
    for layer in layers:
        picture += layer.alpha[..., None] * (layer.colour - picture)
    return picture


def halo() -> Iterator[Result]:
    """Our halo error beside that of the plain blend, for each kind of scene."""
    width, height = 1280, 720
    for kind in SCENES:
        errors = [compare(kind, width, height, seed).errors() for seed in range(_SEEDS)]
        ours, plain = (float(mean) for mean in np.mean(errors, axis=0))
        yield Result(
            "halo", f"{width}x{height}", round(ours, 2), "levels", f"plain blend, {kind}",
            round(plain, 2), round(plain / ours, 2), "a third of it at most",
            ours <= _GREATEST_RATIO * plain,
        )  # fmt: skip
