"""Small things that stand on others: vases, plants, lamps."""

from __future__ import annotations

import math

import numpy as np

from livedepth.capture.raycast.tables import BOX, ELLIPSOID, FRUSTUM, LEAF, PLAIN
from livedepth.capture.scene.colours import Triple, tinted
from livedepth.capture.scene.model import Model
from livedepth.capture.scene.rotations import aim, turn_y


def add_ornament(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    colour = tinted(rng.random(), rng.uniform(0.25, 0.6), rng.uniform(0.45, 0.85))
    glaze = model.material(PLAIN, colour, gloss=0.8)
    choice = rng.integers(4)
    if choice == 0:
        model.add(ELLIPSOID, (x, y + 0.075, z), (0.06, 0.075, 0.06), glaze)
        model.add(FRUSTUM, (x, y + 0.165, z), (0.018, 0.035, 0.028), glaze)
    elif choice == 1:
        model.add(FRUSTUM, (x, y + 0.05, z), (0.035, 0.05, 0.05), glaze)
        add_leaves(model, (x, y + 0.09, z), 0.11, 14, rng)
    elif choice == 2:
        for level in range(3):
            cover = tinted(rng.random(), 0.4, rng.uniform(0.3, 0.8))
            paper = model.material(PLAIN, cover)
            turned = turn_y(rng.uniform(-0.2, 0.2))
            centre = (x, y + 0.017 + 0.034 * level, z)
            model.add(BOX, centre, (0.10 - 0.008 * level, 0.016, 0.075), paper, turned)
    else:
        model.add(FRUSTUM, (x, y + 0.03, z), (0.03, 0.03, 0.075), glaze)


def add_leaves(
    model: Model, at: Triple, length: float, count: int, rng: np.random.Generator
) -> None:
    """A tuft of leaves that arch outwards from a point."""
    hue = rng.uniform(0.25, 0.38)
    shades = [
        model.material(
            LEAF,
            tinted(hue + 0.02 * i, 0.62, 0.34 + 0.10 * i),
            tinted(hue - 0.04, 0.45, 0.62),
            gloss=0.25,
            wrap=0.35,
        )
        for i in range(3)
    ]
    for i in range(count):
        around = 2.399963 * i + rng.uniform(-0.2, 0.2)
        lean = 0.15 + 1.05 * (i / count) + rng.uniform(-0.1, 0.1)
        size = length * rng.uniform(0.75, 1.1)
        along = np.array(
            (math.sin(lean) * math.cos(around), math.cos(lean), math.sin(lean) * math.sin(around))
        )
        centre = np.array(at) + along * size * 0.9
        rotation = aim(along, np.array((-along[0], 1.2, -along[2] - 0.6)))
        x, y, z = (float(v) for v in centre)
        radii = (0.22 * size, 0.62 * size, 0.018 * size + 0.001)
        model.add(ELLIPSOID, (x, y, z), radii, shades[i % 3], rotation, own_axes=True)


def add_lamp(model: Model, at: Triple, rng: np.random.Generator) -> None:
    x, y, z = at
    brass = model.material(PLAIN, (0.35, 0.24, 0.10), gloss=1.0)
    shade = model.material(PLAIN, (1.0, 0.74, 0.42), glow=rng.uniform(1.25, 1.5))
    model.add(ELLIPSOID, (x, y + 0.07, z), (0.06, 0.07, 0.06), brass)
    model.cone((x, y + 0.12, z), (x, y + 0.24, z), 0.009, 0.009, brass)
    model.add(FRUSTUM, (x, y + 0.32, z), (0.14, 0.10, 0.095), shade)
