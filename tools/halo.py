"""Print the halo error of the blur effect and of the plain blend, in one run.

A figure over a background, both known, gives the true picture: the sharp figure over the background
blurred without the figure. The error is the mean absolute difference to it, in levels of 255, over
the pixels within 12 pixels of the figure's outline. Each recipe is compared with the truth of its
own blur kernel, so that only what happens at the outline counts. The plain blend is the textbook
recipe: GaussianBlur with a kernel of 55 over the whole picture, mixed by the stretched matte.

    python tools/halo.py [--size 1280x720] [--seeds 4]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import cv2
import numpy as np

from livedepth.compositor.blur import greatest_radius
from livedepth.compositor.compositor import Compositor
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.settings import Settings

_OVERSAMPLING = 2
_NETWORK = (160, 96)
_NEAR, _FAR = 0.85, 0.1


@dataclass(frozen=True)
class Scene:
    """figure, background: uint8 (h, w, 3). alpha: float32 (h, w), exact up to its sampling."""

    figure: Image
    background: Image
    alpha: Map

    def over(self, background: Image) -> Map:
        """The figure over ``background``, float32."""
        alpha = self.alpha[..., None]
        mixed: Map = alpha * self.figure + (1 - alpha) * background.astype(np.float32)
        return mixed


def make_scene(width: int, height: int, seed: int) -> Scene:
    """A figure with head, shoulders, a raised hand and strands of hair before a furnished wall."""
    random = np.random.default_rng(seed)
    wall, clothes, skin = random.integers(40, 220, (3, 3))
    background = _texture(random, width, height, wall, spread=30)
    for _ in range(24):
        corner = random.integers(0, (width, height))
        far = corner + random.integers(height // 20, height // 3, 2)
        shade = np.clip(wall + random.normal(0.0, 45.0, 3), 0, 255)
        colour = tuple(int(c) for c in shade)
        cv2.rectangle(background, corner.tolist(), far.tolist(), colour, -1, cv2.LINE_AA)
    figure = _texture(random, width, height, clothes, spread=30)
    figure[: height * 58 // 100] = _texture(random, width, height * 58 // 100, skin, spread=20)
    return Scene(figure, background, _silhouette(random, width, height))


def _texture(
    random: np.random.Generator, width: int, height: int, colour: np.ndarray, spread: float
) -> Image:
    coarse = colour + random.normal(0.0, spread, (6, 10, 3))
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + random.normal(0.0, 3.0, smooth.shape), 0, 255).astype(np.uint8)


def _silhouette(random: np.random.Generator, width: int, height: int) -> Map:
    scale = _OVERSAMPLING
    canvas = np.zeros((height * scale, width * scale), np.uint8)
    unit = height * scale / 100
    middle = width * scale * random.uniform(0.4, 0.6)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(middle + x * unit), round(y * unit)

    def size(*lengths: float) -> tuple[int, ...]:
        return tuple(round(length * unit) for length in lengths)

    cv2.ellipse(canvas, at(0, 34), size(13, 18), 0, 0, 360, 255, -1)
    cv2.ellipse(canvas, at(0, 104), size(36, 48), 0, 0, 360, 255, -1)
    cv2.rectangle(canvas, at(-7, 48), at(7, 62), 255, -1)
    cv2.line(canvas, at(36, 100), at(44, 58), 255, *size(9))
    cv2.ellipse(canvas, at(45, 50), size(7, 9), 0, 0, 360, 255, -1)
    for angle in np.linspace(-0.5, 0.5, 5):
        tip = at(45 + 19 * np.sin(angle), 50 - 19 * np.cos(angle))
        cv2.line(canvas, at(45, 50), tip, 255, *size(2.4))
    for angle in random.uniform(-2.4, 2.4, 60):
        root = at(13 * np.sin(angle), 34 - 18 * np.cos(angle))
        tip = at(15.5 * np.sin(angle + 0.1), 34 - 21.5 * np.cos(angle + 0.1))
        cv2.line(canvas, root, tip, 255, max(1, round(0.35 * unit)))
    small = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def network_maps(alpha: Map) -> SteadyDepth:
    """What a depth network makes of the scene: small and smooth."""
    small = cv2.resize(alpha, _NETWORK, interpolation=cv2.INTER_AREA)
    matte = cv2.GaussianBlur(small, (0, 0), 0.8)
    disparity = np.float32(_FAR) + np.float32(_NEAR - _FAR) * cv2.GaussianBlur(small, (0, 0), 1.2)
    return SteadyDepth(disparity, matte, focus=_NEAR, band=0.1)


def disc_blur(image: Image, radius: float) -> Image:
    """Blur with a disc of ``radius`` pixels, anti-aliased."""
    reach = int(np.ceil(radius + 1))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    blurred = cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)


def rim(alpha: Map, distance: int = 12) -> np.ndarray:
    """Pixels within ``distance`` of the outline."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * distance + 1,) * 2)
    return (cv2.dilate(alpha, disc) > 0.5) & (cv2.erode(alpha, disc) < 0.5)


def halo(width: int, height: int, seed: int) -> tuple[float, float]:
    """Halo error of ours and of the plain blend."""
    scene = make_scene(width, height, seed)
    image = np.rint(scene.over(scene.background)).astype(np.uint8)
    depth = network_maps(scene.alpha)
    near = rim(scene.alpha)
    with Compositor(Settings(effect="blur")) as compositor:
        ours = compositor.compose(image, depth).astype(np.float32)
    radius = greatest_radius(width, height, Settings().strength)
    ours_error = np.abs(ours - scene.over(disc_blur(scene.background, radius)))[near].mean()
    alpha = cv2.resize(depth.matte, (width, height))[..., None]
    plain = alpha * image + (1 - alpha) * cv2.GaussianBlur(image, (55, 55), 0)
    truth = scene.over(np.asarray(cv2.GaussianBlur(scene.background, (55, 55), 0), np.uint8))
    return float(ours_error), float(np.abs(plain - truth)[near].mean())


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1280x720", help="width x height in pixels")
    parser.add_argument("--seeds", type=int, default=4, help="how many scenes")
    arguments = parser.parse_args()
    width, height = (int(part) for part in arguments.size.split("x"))
    errors = np.array([halo(width, height, seed) for seed in range(arguments.seeds)])
    for seed, (ours, plain) in enumerate(errors):
        print(f"scene {seed}: ours {ours:.2f}, plain blend {plain:.2f}, ratio {ours / plain:.2f}")
    ours, plain = errors.mean(axis=0)
    print(f"mean: ours {ours:.2f}, plain blend {plain:.2f}, ratio {ours / plain:.2f}")


if __name__ == "__main__":
    main()
