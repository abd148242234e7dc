"""Pictures for walls and screens: painted by chance, photographs of packages, printed faces."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

PHOTOGRAPHS = ("coffee.png", "chelsea.png", "rocket.jpg", "china.jpg", "flower.jpg", "brick.png")
SIDE = 256


def wall_picture(name: str, faces: Path) -> Picture:
    """The picture of a name "kind:number", uint8 (height, width, 3) BGR.

    faces: a folder of face pictures that were rendered before; without one, the astronaut of
    scikit-image is the face, and without that a painted picture is.
    """
    kind, number = name.split(":")
    rng = np.random.default_rng(int(number))
    if kind == "face":
        rendered = sorted(faces.glob("*.png"))
        if rendered:
            return cv2.imread(str(rendered[int(number) % len(rendered)]))
        astronaut = package_picture("astronaut.png")
        if astronaut is not None:
            return astronaut[0:280, 80:360]
    if kind == "photograph":
        found = [package_picture(each) for each in PHOTOGRAPHS]
        present = [each for each in found if each is not None]
        if present:
            return present[int(number) % len(present)]
    if kind == "landscape":
        return landscape(rng)
    if kind == "print":
        return lettering(rng)
    return abstract(rng)


def package_picture(name: str) -> Picture | None:
    """A photograph that scikit-image or scikit-learn carries; None where neither does."""
    for package, below in (("skimage", "data"), ("sklearn", "datasets/images")):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            path = Path(spec.origin).parent / below / name
            if path.exists():
                return cv2.imread(str(path))
    return None


def landscape(rng: np.random.Generator) -> Picture:
    """Hills under a sky, or a sea."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    top, bottom = rng.uniform(60, 250, (2, 3))
    picture = top + (bottom - top) * y[..., None]
    sun = rng.uniform(0.1, 0.9, 2)
    glow = np.exp(-((x - sun[0]) ** 2 + (y - 0.7 * sun[1]) ** 2) / rng.uniform(0.002, 0.05))
    picture += glow[..., None] * (np.array([190, 235, 255]) - picture)
    level = rng.uniform(0.35, 0.6)
    while level < 1.0:
        ridge = level + sum(
            rng.uniform(0, 0.08) / f * np.sin(f * x * 6 + rng.uniform(0, 6)) for f in (1, 2.3, 5.1)
        )
        colour = rng.uniform(10, 170, 3) * (1.1 - 0.5 * level)
        hill = np.clip((y - ridge) * SIDE / 2, 0, 1)[..., None]
        picture += hill * (colour - picture)
        level += rng.uniform(0.08, 0.25)
    return np.clip(picture, 0, 255).astype(np.uint8)


def abstract(rng: np.random.Generator) -> Picture:
    """Discs, bars and strokes on a ground."""
    picture = np.ones((SIDE, SIDE, 3), np.uint8) * rng.integers(20, 255, 3).astype(np.uint8)
    for _ in range(int(rng.integers(3, 14))):
        colour = tuple(int(part) for part in rng.integers(0, 255, 3))
        first, second = rng.integers(0, SIDE, (2, 2))
        style = rng.random()
        if style < 0.4:
            cv2.circle(picture, first.tolist(), int(rng.integers(8, 90)), colour, -1, cv2.LINE_AA)
        elif style < 0.7:
            cv2.rectangle(picture, first.tolist(), second.tolist(), colour, -1)
        else:
            thick = int(rng.integers(2, 16))
            cv2.line(picture, first.tolist(), second.tolist(), colour, thick, cv2.LINE_AA)
    if rng.random() < 0.4:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(2, 14)))
    return picture


def lettering(rng: np.random.Generator) -> Picture:
    """A print with lines of letters and a table or chart."""
    ground = int(rng.integers(200, 255))
    picture = np.full((SIDE, SIDE, 3), ground, np.uint8)
    colour = tuple(int(part) for part in rng.integers(0, 150, 3))
    letters = "ABCDEFGHKLMNOPRSTUVXYZ 0123456789"
    y = 40
    while y < SIDE - 10:
        size = float(rng.choice([0.4, 0.6, 1.1]))
        text = "".join(letters[int(k)] for k in rng.integers(0, len(letters), 16))
        cv2.putText(picture, text, (14, y), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
        y += int(20 + 22 * size)
        if rng.random() < 0.25 and y < SIDE - 60:
            for bar in range(8):
                tall = int(rng.integers(5, 45))
                left = 20 + 26 * bar
                cv2.rectangle(picture, (left, y + 45 - tall), (left + 18, y + 45), colour, -1)
            y += 70
    return picture
