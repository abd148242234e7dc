"""Glasses, headphones and things held: small meshes in the axes of the head or of a hand.

All of them belong to the person's matte: whoever sees a portrait expects them to stay sharp.
Metres; a hand's axes are X towards the index finger, Y along the fingers, Z out of the palm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rendering.surface import loft, tube
from rendering.wardrobe import Colour

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

HELD = ("none", "mug", "phone", "pen", "book", "box")


@dataclass(frozen=True)
class Thing:
    """A rigid mesh: vertices (n, 3), faces (m, 4), one colour, a material's name."""

    vertices: Array
    faces: Faces
    colour: Colour
    material: str


def merge(parts: list[tuple[Array, Faces]]) -> tuple[Array, Faces]:
    """Several meshes as one."""
    offsets = np.cumsum([0, *(len(vertices) for vertices, _ in parts[:-1])])
    faces = [
        np.where(face >= 0, face + offset, -1)
        for (_, face), offset in zip(parts, offsets, strict=True)
    ]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces)


def cuboid(size: tuple[float, float, float]) -> tuple[Array, Faces]:
    """A box of this size about the origin."""
    corners = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)]) / 2
    faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
    return corners * np.array(size), np.array(faces)


def lathe(profile: list[tuple[float, float]], sides: int = 16) -> tuple[Array, Faces]:
    """A body of revolution about X from (radius, x) pairs, facing outward."""
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = [
        np.stack([np.full(sides, x), radius * np.cos(angle), radius * np.sin(angle)], -1)
        for radius, x in profile
    ]
    return np.concatenate(rings), loft(len(rings), sides)


def glasses(
    places: dict[str, Array], colour: Colour, round_ones: bool, thick: float
) -> list[Thing]:
    """A frame in the head's rest axes. places: the head's landmarks. thick: metres.

    It has no lenses: a clear pane would have to pass the face's depth, matte and motion on.
    """
    frame = []
    middle = (places["left eye"] + places["right eye"]) / 2
    depth = 0.021
    for side, sign in (("left", 1.0), ("right", -1.0)):
        eye = places[f"{side} eye"]
        centre = np.array([eye[0] + sign * 0.002, eye[1] - depth, eye[2] - 0.004])
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        power = 1.0 if round_ones else 0.55
        wide, high = (0.023, 0.022) if round_ones else (0.027, 0.019)
        x = wide * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
        z = high * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
        rim = centre + np.stack([x, 0.18 * x**2 / 0.03 + 0 * x, z], -1)
        frame.append(tube(rim, thick, 6, closed=True))
        ear = places[f"{side} ear"]
        hinge = centre + np.array([sign * wide, 0.004, 0.006])
        over = np.array([ear[0] + sign * 0.001, ear[1] - 0.005, hinge[2] - 0.004])
        temple = np.array(
            [
                hinge,
                hinge + np.array([sign * 0.004, 0.008, 0]),
                over,
                over + np.array([-sign * 0.004, 0.03, -0.022]),
            ]
        )
        frame.append(tube(temple, thick * 0.9, 6))
    bridge = np.linspace(-0.011, 0.011, 5)
    arch = np.stack([bridge, np.full(5, 0.0), 0.004 - 20 * bridge**2], -1)
    frame.append(tube(arch + np.array([0, middle[1] - depth, middle[2]]), thick, 6))
    vertices, faces = merge(frame)
    return [Thing(vertices, faces, colour, "plastic")]


def headphones(places: dict[str, Array], colour: Colour, clearance: float) -> list[Thing]:
    """A band over the hair, ``clearance`` metres off the head, and two cups."""
    left, right, top = places["left ear"], places["right ear"], places["top"]
    centre = (left + right) / 2
    half = (left[0] - right[0]) / 2 + 0.012
    rise = top[2] - centre[2] + clearance + 0.008
    angle = np.linspace(0.12 * np.pi, 0.88 * np.pi, 17)
    band = centre + np.stack(
        [half * np.cos(angle) * 1.04, 0 * angle + 0.004, rise * np.sin(angle)], -1
    )
    wide = np.concatenate([tube(band + np.array([0, y, 0]), 0.006, 6)[0] for y in (-0.008, 0.008)])
    one = tube(band, 0.006, 6)[1]
    parts = [(wide, np.concatenate([one, one + len(wide) // 2]))]
    for ear, sign in ((left, 1.0), (right, -1.0)):
        cup, faces = lathe(
            [
                (0.0, 0.026),
                (0.03, 0.026),
                (0.038, 0.018),
                (0.04, 0.004),
                (0.036, -0.006),
                (0.0, -0.006),
            ],
            20,
        )
        cup = cup * [sign, 0.85, 1.05] + ear + [sign * 0.006, 0.002, 0.004]
        arm = np.array([cup.mean(0) + np.array([0, 0, 0.02]), band[0 if sign > 0 else -1]])
        parts += [(cup, faces), tube(arm, 0.005, 6)]
    vertices, faces = merge(parts)
    return [Thing(vertices, faces, colour, "plastic")]


def held_thing(kind: str, colour: Colour, rng: np.random.Generator) -> Thing:
    """What a hand holds, in the hand's axes, its middle off the palm by half its thickness."""
    if kind == "mug":
        body = lathe(
            [
                (0.0, -0.045),
                (0.038, -0.045),
                (0.04, 0.05),
                (0.036, 0.05),
                (0.034, -0.038),
                (0, -0.038),
            ]
        )
        angle = np.linspace(-0.55 * np.pi, 0.55 * np.pi, 9)
        handle = np.stack([0.028 * np.sin(angle), 0 * angle, 0.037 + 0.024 * np.cos(angle)], -1)
        vertices, faces = merge([body, tube(handle, 0.005, 6)])
        return Thing(vertices + np.array([0, 0.02, 0.045]), faces, colour, "ceramic")
    size, out = {
        "phone": ((0.072, 0.15, 0.009), 0.022),
        "pen": ((0.009, 0.009, 0.14), 0.02),
        "book": (
            (rng.uniform(0.13, 0.2), rng.uniform(0.19, 0.26), rng.uniform(0.012, 0.035)),
            0.03,
        ),
        "box": (tuple(rng.uniform(0.07, 0.14, 3)), 0.06),
    }[kind]
    vertices, faces = cuboid(size)
    turn = 0.5 if kind == "pen" else 0.0
    cosine, sine = np.cos(turn), np.sin(turn)
    vertices = vertices @ np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    forward = {"phone": 0.055, "book": 0.07, "box": 0.05, "pen": 0.05}[kind]
    across = {"pen": 0.03}.get(kind, 0.0)
    return Thing(vertices + np.array([across, forward, out]), faces, colour, "plastic")
