"""The demo clip: somebody in a furnished room who talks and waves, with exact depth and matte.

It is rendered, so that its depth is known at every pixel; it ends as it begins, and plays for ever.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from livedepth.capture.decoding import Decoder
from livedepth.capture.video import VideoSource
from livedepth.frame import Image, Map
from livedepth.settings import Settings

CLIP = Path(__file__).parent / "clip"
"""demo.mp4, demo-depth.mp4, demo-matte.mp4, and demo.toml, which says what their grey means."""


@dataclass(frozen=True, slots=True, eq=False)
class DemoFrame:
    """One picture of the clip and its truth, all (height, width).

    image: uint8 BGR. metres: float32, planar depth. matte: float32 in 0..1, 1 = the person.
    """

    image: Image
    metres: Map
    matte: Map


def open_demo(settings: Settings) -> VideoSource:
    """The clip, filling the size that the settings ask of a camera, in a loop."""
    size = settings.width, settings.height
    return VideoSource(
        lambda: _decoder("demo.mp4", size), "demo", realtime=settings.realtime, loop=True
    )


def demo_frames() -> Iterator[DemoFrame]:
    """Every picture of one pass with its truth, at the clip's own size.

    Depth and matte were compressed with loss: inverse depth is good to a hundredth of its range.
    """
    scale = tomllib.loads((CLIP / "demo.toml").read_text(encoding="utf-8"))["depth"]
    nearest, farthest = 1.0 / scale["near"], 1.0 / scale["far"]
    pictures = (_pictures(name) for name in ("demo.mp4", "demo-depth.mp4", "demo-matte.mp4"))
    for image, depth, matte in zip(*pictures, strict=True):
        inverse = farthest + _level(depth) * (nearest - farthest)
        yield DemoFrame(image, np.reciprocal(inverse), _level(matte))


def _level(picture: Image) -> Map:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255.0


def _pictures(name: str) -> Iterator[Image]:
    decoder = _decoder(name, None)
    try:
        while (decoded := decoder.next()) is not None:
            yield decoder.image(decoded[0]).copy()
    finally:
        decoder.close()


def _decoder(name: str, size: tuple[int, int] | None) -> Decoder:
    return Decoder(f"file:{(CLIP / name).absolute()}", name, size=size)
