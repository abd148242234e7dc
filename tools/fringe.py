"""Print how much of the old room is left round a subject that was given another background.

A figure with strands of hair over a saturated background, both known, gives the picture; the same
figure over another background gives the truth. The error is the mean absolute difference to it, in
levels of 255, over the pixels within 12 pixels of the figure's outline. Beside it stands the naive
recipe: the picture itself blended over the new background by the network's stretched matte; and the
same with the exact matte, which only lacks the subject's own colours.

    python tools/fringe.py [--size 1280x720] [--seeds 4]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np
from halo import Scene, make_scene, network_maps, rim

from livedepth.compositor.compositor import Compositor
from livedepth.frame import Image, Map
from livedepth.settings import Settings

_ROOMS = ((40, 210, 30), (220, 60, 20), (20, 40, 230), (30, 200, 230))
_NEW = "#303840"


def saturated(scene: Scene, seed: int) -> Scene:
    """The scene before a wall of one strong colour, its furnishing kept as shading."""
    shade = scene.background.astype(np.float32).mean(axis=2, keepdims=True) / 255
    wall = np.array(_ROOMS[seed % len(_ROOMS)], np.float32) * (0.6 + 0.6 * shade)
    return Scene(scene.figure, np.clip(wall, 0, 255).astype(np.uint8), scene.alpha)


def over(picture: Image, alpha: Map, background: Image) -> Map:
    """``picture`` over ``background``, float32."""
    return alpha[..., None] * picture + (1 - alpha[..., None]) * background.astype(np.float32)


def fringe(
    width: int, height: int, seed: int, picture: Image, background: str
) -> tuple[float, float, float]:
    """Error of ours, of the naive recipe, and of the naive recipe with the exact matte."""
    scene = saturated(make_scene(width, height, seed), seed)
    image = np.rint(scene.over(scene.background)).astype(np.uint8)
    depth = network_maps(scene.alpha)
    settings = Settings(effect="replace", background=background, light_wrap=0.0)
    with Compositor(settings) as compositor:
        ours = compositor.compose(image, depth).astype(np.float32)
    stretched = cv2.resize(depth.matte, (width, height))
    truth, near = scene.over(picture), rim(scene.alpha)
    results = ours, over(image, stretched, picture), over(image, scene.alpha, picture)
    errors = [float(np.abs(result - truth)[near].mean()) for result in results]
    return errors[0], errors[1], errors[2]


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1280x720", help="width x height in pixels")
    parser.add_argument("--seeds", type=int, default=4, help="how many scenes")
    arguments = parser.parse_args()
    width, height = (int(part) for part in arguments.size.split("x"))
    textured = make_scene(width, height, 99).background
    flat = np.full_like(textured, [int(_NEW[i : i + 2], 16) for i in (5, 3, 1)])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "room.png"
        file.write_bytes(cv2.imencode(".png", textured)[1].tobytes())
        for kind, picture, name in (("picture", textured, str(file)), ("colour", flat, _NEW)):
            errors = np.array(
                [fringe(width, height, seed, picture, name) for seed in range(arguments.seeds)]
            )
            for seed, (ours, naive, exact) in enumerate(errors):
                print(f"{kind} {seed}: ours {ours:.2f}, naive {naive:.2f}, exact matte {exact:.2f}")
            ours, naive, exact = errors.mean(axis=0)
            print(f"{kind}, mean: ours {ours:.2f}, naive {naive:.2f} (ratio {ours / naive:.2f}), "
                  f"exact matte {exact:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
