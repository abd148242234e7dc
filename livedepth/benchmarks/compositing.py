"""The compositor beside the recipes that one would write with OpenCV."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from livedepth.benchmarks.case import Result, interleaved_medians
from livedepth.capture.synthetic import SyntheticFrame, SyntheticScene
from livedepth.compositor.compositor import Compositor
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.settings import Settings

_LEAST_RATIO = 8.0
_LEAST_PLAIN_RATIO = 2.5
_MAP_SIZE = (160, 96)
_MOMENT = 1.0


def textbook_blur(image: Image, matte: Map) -> Image:
    """The recipe of most tutorials: GaussianBlur of 55 pixels and a float blend in NumPy."""
    size = (image.shape[1], image.shape[0])
    alpha = cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR)[:, :, None]
    blurred = cv2.GaussianBlur(image, (55, 55), 0)
    blended = image.astype(np.float32) * alpha + blurred.astype(np.float32) * (1.0 - alpha)
    result: Image = blended.astype(np.uint8)
    return result


def plain_opencv_blur(image: Image, matte: Map) -> Image:
    """The fastest recipe that plain OpenCV allows: stackBlur and blendLinear."""
    size = (image.shape[1], image.shape[0])
    alpha = cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR)
    result: Image = np.asarray(
        cv2.blendLinear(image, cv2.stackBlur(image, (55, 55)), alpha, 1.0 - alpha), np.uint8
    )
    return result


def network_depth(truth: SyntheticFrame) -> SteadyDepth:
    """The exact depth of a frame, at the size that a network returns."""
    disparity, matte = (
        cv2.resize(array, _MAP_SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
        for array in (truth.disparity, truth.matte)
    )
    return SteadyDepth(disparity, matte, float(np.median(disparity[matte > 0.5])), 0.15)


def scene_with_depth(width: int, height: int) -> tuple[Image, SteadyDepth]:
    """A frame of the synthetic scene, and its depth at the size a network returns."""
    truth = SyntheticScene(width, height).render(_MOMENT)
    return truth.image, network_depth(truth)


def blur() -> Iterator[Result]:
    """The whole compositor with the blur effect, refinement included."""
    for width, height, most in ((1280, 720, 5.0), (1920, 1080, 11.0)):
        image, depth = scene_with_depth(width, height)
        with Compositor(Settings(effect="blur")) as compositor:
            ours, textbook, plain = interleaved_medians(
                lambda: compositor.compose(image, depth),  # noqa: B023
                lambda: textbook_blur(image, depth.matte),  # noqa: B023
                lambda: plain_opencv_blur(image, depth.matte),  # noqa: B023
            )
        size = f"{width}x{height}"
        for name, yardstick, least in (
            ("GaussianBlur 55, NumPy blend", textbook, _LEAST_RATIO),
            ("stackBlur 55, blendLinear", plain, _LEAST_PLAIN_RATIO),
        ):
            ratio = yardstick / ours
            yield Result(
                "blur", size, round(ours * 1e3, 2), "ms", name, round(yardstick * 1e3, 2),
                round(ratio, 2), f"{least:g} times faster, {most:g} ms at most",
                ratio >= least and ours * 1e3 <= most,
            )  # fmt: skip


def strength() -> Iterator[Result]:
    """The cost of the strongest blur beside the weakest."""
    yield _flatness("disc")


def bokeh() -> Iterator[Result]:
    """The same for the other shapes."""
    yield _flatness("hexagon")
    yield _flatness("octagon")


def _flatness(shape: str) -> Result:
    image, depth = scene_with_depth(1280, 720)
    with (
        Compositor(Settings(effect="blur", bokeh=shape, strength=0.1)) as weak,
        Compositor(Settings(effect="blur", bokeh=shape, strength=1.0)) as strong,
    ):
        strongest, weakest = interleaved_medians(
            lambda: strong.compose(image, depth), lambda: weak.compose(image, depth)
        )
    name = "strength" if shape == "disc" else "bokeh"
    return Result(
        name, "1280x720", round(strongest * 1e3, 2), "ms", f"{shape}, strength 0.1",
        round(weakest * 1e3, 2), round(weakest / strongest, 2), "within 15 %",
        strongest <= 1.15 * weakest,
    )  # fmt: skip


def near() -> Iterator[Result]:
    """A person before a room in focus, beside the same picture with nothing near."""
    image, depth = scene_with_depth(1280, 720)
    flat = np.minimum(depth.disparity, np.float32(depth.focus + depth.band))
    nothing_near = SteadyDepth(flat, depth.matte, depth.focus, depth.band)
    with (
        Compositor(Settings(effect="blur", focus=0.1)) as with_near,
        Compositor(Settings(effect="blur")) as without,
    ):
        ours, least = interleaved_medians(
            lambda: with_near.compose(image, depth), lambda: without.compose(image, nothing_near)
        )
    yield Result(
        "near", "1280x720", round(ours * 1e3, 2), "ms", "nothing near", round(least * 1e3, 2),
        round(least / ours, 2), "half as fast at least", ours <= 2.0 * least,
    )  # fmt: skip
