"""A person's head, glasses and headphones."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from livedepth.capture.raycast.tables import PLAIN, RING
from livedepth.capture.scene.looks import PersonLook
from livedepth.capture.scene.parts import COLLAR, EXTRAS, HEAD, NECK, SKULL, PartBuilder
from livedepth.capture.scene.rotations import turn_y, turn_z


def add_head(parts: PartBuilder, look: PersonLook, face: int, skin: int) -> None:
    width, nose = look.head_width, look.nose
    parts.ellipsoid(HEAD, SKULL, (0, 0.016, 0.002), (0.077 * width, 0.098, 0.093), face)
    parts.ellipsoid(HEAD, SKULL, (0, -0.026, -0.020), (0.0665 * width, 0.062, 0.072), face)
    parts.ellipsoid(
        HEAD, SKULL, (0, -0.054, -0.025), (0.0525 * width * look.jaw, 0.060, 0.063), face
    )
    parts.ellipsoid(HEAD, SKULL, (0, -0.008, -0.090), (0.0080, 0.030, 0.0115), face)
    parts.ellipsoid(
        HEAD, SKULL, (0, -0.035, -0.099), (0.0112 * nose, 0.0098 * nose, 0.0140 * nose), face
    )
    for side in (-1, 1):
        wing = (side * 0.0095 * nose, -0.037, -0.092)
        parts.ellipsoid(HEAD, SKULL, wing, (0.0072 * nose, 0.0068, 0.0095), face)
        ear = (side * 0.0765 * width, -0.012, 0.008)
        rotation = turn_z(-0.12 * side) @ turn_y(0.35 * side)
        parts.ellipsoid(HEAD, NECK, ear, (0.0085, 0.029, 0.018), skin, rotation)


def add_glasses(parts: PartBuilder) -> None:
    frame = parts.model.material(PLAIN, (0.012, 0.010, 0.010), gloss=0.15)
    width = parts.person.look.head_width
    for side in (-1, 1):
        rim = (0.0275, 0.0215, 0.875)
        parts.add(HEAD, EXTRAS, RING, (side * 0.0335, -0.001, -0.1015), rim, frame)
        hinge, ear = (side * 0.061, 0.004, -0.100), (side * 0.080 * width, 0.004, 0.005)
        parts.cone(HEAD, EXTRAS, hinge, ear, (0.0019, 0.0019), frame)
    bridge = (0.0022, 0.0022)
    parts.cone(HEAD, EXTRAS, (-0.007, 0.004, -0.103), (0.007, 0.004, -0.103), bridge, frame)


def add_headphones(parts: PartBuilder) -> None:
    shell = parts.model.material(PLAIN, (0.02, 0.021, 0.024), gloss=0.2)
    pad = parts.model.material(PLAIN, (0.035, 0.034, 0.034), wrap=0.2)
    width = parts.person.look.head_width
    for side in (-1, 1):
        cup = (side * 0.098 * width, -0.010, 0.010)
        parts.ellipsoid(HEAD, EXTRAS, cup, (0.016, 0.040, 0.036), shell)
        cushion = (side * 0.087 * width, -0.010, 0.010)
        parts.ellipsoid(HEAD, EXTRAS, cushion, (0.014, 0.036, 0.032), pad)
    points = [
        (0.104 * width * math.sin(a), 0.026 + 0.118 * math.cos(a), 0.012)
        for a in np.linspace(-1.75, 1.75, 12)
    ]
    for start, end in pairwise(points):
        parts.cone(HEAD, COLLAR, start, end, (0.0085, 0.0085), shell)
