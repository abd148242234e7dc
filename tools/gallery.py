"""Makes the README's pictures from the synthetic scene: python tools/gallery.py [--output-dir DIR].

contact-sheet.jpg: a frame, what the network sees in it, and every effect.
edges.jpg: the outline of the subject, beside the blur that most tutorials teach.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from livedepth.benchmarks.compositing import textbook_blur
from livedepth.capture.synthetic import SyntheticScene
from livedepth.cli.demo import contact_sheet as demo_sheet
from livedepth.compositor.compositor import Compositor
from livedepth.contact_sheet import contact_sheet
from livedepth.depth.registry import load_model
from livedepth.frame import Image
from livedepth.settings import Settings
from livedepth.stabiliser.stabiliser import Stabiliser

_QUALITY = 88


def edges() -> Image:
    """A crop round the head: the frame, the textbook's blur and livedepth's, at one matte."""
    scene, stabiliser = SyntheticScene(1280, 720), Stabiliser()
    with closing(load_model()) as model, Compositor(Settings(strength=0.8)) as compositor:
        for index in range(8):
            image = scene.render_image(index / 30)
            steady = stabiliser.update(model.infer(image), image, index / 30)
        ours = compositor.compose(image, steady)
        rows, columns = np.nonzero(steady.matte > 0.5)
        scale = image.shape[1] / steady.matte.shape[1]
        top = max(0, int(rows.min() * scale) - 40)
        left = max(0, int(np.median(columns[rows < rows.min() + 8]) * scale) - 240)
        crop = (slice(top, top + 300), slice(left, left + 480))
        tiles = [
            ("frame", image[crop]),
            ("GaussianBlur and alpha blend: a halo", textbook_blur(image, steady.matte)[crop]),
            ("livedepth: the subject is kept out of the blur", ours[crop]),
        ]
        return contact_sheet(tiles, columns=3, tile_width=480)


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "gallery"
    parser.add_argument("--output-dir", type=Path, default=default)
    folder = parser.parse_args().output_dir
    folder.mkdir(parents=True, exist_ok=True)
    with closing(load_model()) as model:
        sheet = demo_sheet(Settings(source="demo"), model)
    for name, picture in (("contact-sheet.jpg", sheet), ("edges.jpg", edges())):
        cv2.imwrite(str(folder / name), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        print(folder / name)


if __name__ == "__main__":
    main()
