"""Makes the README's pictures from the demo clip: python tools/gallery.py [--output-dir DIR].

contact-sheet.jpg: a frame, what the network sees in it, and every effect.
edges.jpg: the outline of the subject, beside the blur that most tutorials teach.
effects.jpg: every effect, and every kind of background.
bokeh.jpg: the shapes of the bokeh, apertures, the focus set elsewhere, and the outline shifted.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from livedepth.benchmarks.compositing import textbook_blur
from livedepth.capture.demo import open_demo
from livedepth.cli.demo import contact_sheet as demo_sheet
from livedepth.compositor.compositor import Compositor
from livedepth.contact_sheet import contact_sheet
from livedepth.depth.registry import load_model
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import BOKEH, Settings
from livedepth.stabiliser.stabiliser import Stabiliser

_QUALITY = 88
_MOMENT = 75


def composed_moment() -> tuple[Image, SteadyDepth]:
    """A frame of the clip, a hand raised, and its depth by the embedded network, settled."""
    stabiliser = Stabiliser()
    with closing(load_model()) as model, open_demo(Settings(width=1280, height=720)) as source:
        for _ in range(_MOMENT):
            frame = source.read()
            assert frame is not None
            steady = stabiliser.update(model.infer(frame.image), frame.image, frame.timestamp)
    return frame.image.copy(), steady


def edges() -> Image:
    """A crop round the head: the frame, the textbook's blur and livedepth's, at one matte."""
    image, steady = composed_moment()
    with Compositor(Settings(strength=0.8)) as compositor:
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


def effects() -> Image:
    """Every effect and every kind of background, on one frame."""
    image, steady = composed_moment()
    dark = darkened(image)
    with tempfile.TemporaryDirectory() as folder, Compositor() as compositor:
        sunset = Path(folder) / "sunset.png"
        sunset.write_bytes(cv2.imencode(".png", evening(1280, 720))[1].tobytes())

        def show(picture: Image = image, **changes: object) -> Image:
            compositor.settings = Settings().updated(changes)
            out = compositor.compose(picture, steady)
            return checkered(compositor.cutout) if compositor.cutout is not None else out.copy()

        tiles = [
            ("frame", image),
            ("blur", show()),
            ("spotlight", show(effect="spotlight")),
            ("fog", show(effect="fog")),
            ("replace: a colour", show(effect="replace", background="#3d5a80")),
            ("replace: a picture, light wrap", show(effect="replace", background=str(sunset))),
            ("replace: blur", show(effect="replace", background="blur")),
            ("replace: transparent", show(effect="replace", background="transparent")),
            ("overlay", show(effect="overlay")),
            ("depth", show(effect="depth")),
            ("a dark room", dark),
            ("blur, low light 1", show(dark, effect="blur", low_light=1.0)),
        ]
        return contact_sheet(tiles, columns=4, tile_width=400)


def bokeh() -> Image:
    """Depth of field: shapes of highlights by night, apertures, focus in the room, the outline."""
    image, steady = composed_moment()
    night = by_night(image, steady)
    far = float(np.percentile(steady.disparity, 20))
    with Compositor() as compositor:

        def show(picture: Image = image, **changes: object) -> Image:
            compositor.settings = Settings(strength=1.0).updated(changes)
            return compositor.compose(picture, steady).copy()

        def cut(**changes: object) -> Image:
            return show(effect="replace", background="#d8dde3", **changes)[150:510, 330:970]

        tiles = [
            ("lights by night", night[:360, :640]),
            *((shape, show(night, bokeh=shape)[:360, :640]) for shape in BOKEH),
            *((f"aperture f/{stop}", show(aperture=stop)) for stop in (1.4, 5.6, 16)),
            ("focus on the room", show(focus=far)),
            ("outline drawn in", cut(edge_shift=-0.6)),
            ("as it is", cut()),
            ("drawn out", cut(edge_shift=0.6)),
            ("soft", cut(edge_softness=1)),
        ]
        return contact_sheet(tiles, columns=4, tile_width=400)


def by_night(image: Image, steady: SteadyDepth) -> Image:
    """``image`` in the evening, with small lamps behind the subject."""
    random = np.random.default_rng(3)
    height, width = image.shape[:2]
    night = image * np.array((0.46, 0.36, 0.32))
    matte = cv2.resize(steady.matte, (width, height))
    lamps = np.zeros_like(night)
    colours = ((140, 210, 255), (90, 150, 255), (255, 220, 190), (120, 255, 200))
    for _ in range(60):
        x, y = int(random.integers(0, width)), int(random.integers(0, height * 2 // 3))
        cv2.circle(lamps, (x, y), 7, colours[random.integers(len(colours))], -1, cv2.LINE_AA)
    night += 1.3 * lamps * (matte < 0.02)[..., None]
    lit: Image = np.rint(night.clip(0, 255)).astype(np.uint8)
    return lit


def evening(width: int, height: int) -> Image:
    """A sunset over hills, painted."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    stops = np.array([(110, 60, 40), (150, 110, 150), (90, 150, 245), (120, 200, 255)], np.float32)
    at = np.clip(y / 0.75, 0, 1) * (len(stops) - 1)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)]
    picture = np.stack(channels, axis=-1)
    glow = np.exp(-(((x - 1.35) ** 2 + (y - 0.62) ** 2) / 0.02))[..., None]
    picture += glow * (np.array((190, 235, 255)) - picture)
    for level, colour in ((0.7, (110, 90, 110)), (0.8, (70, 50, 60)), (0.9, (40, 28, 30))):
        ridge = level + 0.05 * np.sin(5 * x / level + 9 * level) + 0.02 * np.sin(17 * x + level)
        hill = np.clip((y - ridge) * height / 2, 0, 1)[..., None]
        picture += hill * (np.array(colour) - picture)
    painted: Image = np.rint(picture.clip(0, 255)).astype(np.uint8)
    return painted


def darkened(image: Image) -> Image:
    """``image`` as a camera gives it with a twelfth of the light, shot noise included."""
    random = np.random.default_rng(0)
    light = np.power(image / 255.0, 2.2) / 12
    noisy = light + random.normal(0.0, 1.0, image.shape) * (0.0004 + 0.01 * np.sqrt(light) / 4)
    dark: Image = np.rint(255 * np.power(noisy.clip(0, 1), 1 / 2.2)).astype(np.uint8)
    return dark


def checkered(cutout: Image) -> Image:
    """``cutout``, BGRA, over the grey squares that stand for transparency."""
    rows, columns = np.indices(cutout.shape[:2]) // 24
    squares = np.where(((rows + columns) % 2)[..., None], 255.0, 204.0)
    alpha = cutout[..., 3:] / 255.0
    shown: Image = np.rint(squares + alpha * (cutout[..., :3] - squares)).astype(np.uint8)
    return shown


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "gallery"
    parser.add_argument("--output-dir", type=Path, default=default)
    folder = parser.parse_args().output_dir
    folder.mkdir(parents=True, exist_ok=True)
    with closing(load_model()) as model:
        sheet = demo_sheet(Settings(source="demo"), model)
    pictures = (
        ("contact-sheet.jpg", sheet),
        ("edges.jpg", edges()),
        ("effects.jpg", effects()),
        ("bokeh.jpg", bokeh()),
    )
    for name, picture in pictures:
        cv2.imwrite(str(folder / name), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        print(folder / name)


if __name__ == "__main__":
    main()
