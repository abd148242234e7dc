"""Draws what the network sees in difficult pictures, and what joining matte and depth brings.

    python tools/sheets.py DIR [--output-dir DIR]

DIR holds pictures (NAME.png), such as `tools/render.py hard` makes.

hard-cases.jpg: every picture with its disparity, its matte, and the blur made of them.
fusion.jpg: the blur by depth alone, by the matte alone, and by both.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from livedepth.compositor.compositor import Compositor
from livedepth.contact_sheet import as_picture, contact_sheet
from livedepth.depth.model import DepthModel
from livedepth.depth.registry import load_model
from livedepth.frame import Image, Prediction, SteadyDepth
from livedepth.settings import Settings
from livedepth.stabiliser.stabiliser import Stabiliser

Tiles = list[tuple[str, Image]]

_QUALITY = 88
_SETTINGS = Settings(strength=0.8)


def settled(prediction: Prediction, image: Image) -> SteadyDepth:
    """Steady depth of a picture that stands still."""
    stabiliser = Stabiliser(_SETTINGS.smoothing)
    for index in range(8):
        steady = stabiliser.update(prediction, image, index / 30)
    return steady


def blurred(prediction: Prediction, image: Image) -> Image:
    """The picture with its background out of focus."""
    with Compositor(_SETTINGS) as compositor:
        return compositor.compose(image, settled(prediction, image)).copy()


def hard_case(name: str, image: Image, model: DepthModel) -> Tiles:
    """The picture, what the network sees in it, and the blur."""
    prediction = model.infer(image)
    steady = settled(prediction, image)
    size = image.shape[1], image.shape[0]
    matte = np.zeros_like(prediction.depth) if prediction.matte is None else prediction.matte
    return [
        (name, image),
        ("disparity", as_picture(steady.disparity, size)),
        ("matte of the network", as_picture(matte, size)),
        ("blur", blurred(prediction, image)),
    ]


def fusion(name: str, image: Image, model: DepthModel) -> Tiles:
    """The picture, and its blur by depth alone, by the matte alone, by both."""
    prediction = model.infer(image)
    if prediction.matte is None:
        raise SystemExit(f"model {model.name} has no matte to join")
    flat = (prediction.matte > 0.5).astype(np.float32)
    return [
        (name, image),
        ("depth alone", blurred(replace(prediction, matte=None), image)),
        ("matte alone", blurred(Prediction(flat, prediction.matte), image)),
        ("both", blurred(prediction, image)),
    ]


def main() -> None:
    """Write both sheets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path)
    default = Path(__file__).parent / "gallery"
    parser.add_argument("--output-dir", type=Path, default=default)
    parser.add_argument("--model", default="embedded")
    arguments = parser.parse_args()
    files = sorted(arguments.pictures.glob("*.png"))
    if not files:
        sys.exit(f"{arguments.pictures} holds no .png; `tools/render.py hard` makes some")
    pictures = [(file.stem.replace("-", " "), cv2.imread(str(file))) for file in files]
    with closing(load_model(arguments.model)) as model:
        for sheet, tiles_of in (("hard-cases.jpg", hard_case), ("fusion.jpg", fusion)):
            tiles = [tile for name, image in pictures for tile in tiles_of(name, image, model)]
            drawn = contact_sheet(tiles, columns=4, tile_width=400)
            path = arguments.output_dir / sheet
            cv2.imwrite(str(path), drawn, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            print(path)


if __name__ == "__main__":
    main()
