"""A person below the head: torso, arms, hands and legs."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from livedepth.capture.raycast.tables import FABRIC, KNIT, PLAIN
from livedepth.capture.scene.looks import PersonLook
from livedepth.capture.scene.model import Model
from livedepth.capture.scene.parts import (
    CLOTH,
    COLLAR,
    EXTRAS,
    FORE_LENGTH,
    FOREARM,
    HAND,
    LEGS,
    NECK,
    PALM,
    TORSO,
    UPPER_ARM,
    UPPER_LENGTH,
    PartBuilder,
)


def clothing(model: Model, look: PersonLook) -> int:
    return model.material(look.clothing, look.cloth, look.accent, scale=look.period, wrap=0.3)


def add_torso(parts: PartBuilder, look: PersonLook, skin: int) -> None:
    width = look.shoulders
    cloth = clothing(parts.model, look)
    parts.cone(TORSO, NECK, (0, -0.06, 0.016), (0, 0.075, 0.006), (0.052, 0.046), skin)
    parts.ellipsoid(TORSO, CLOTH, (0, -0.20, 0.0), (0.166 * width, 0.19, 0.102), cloth)
    parts.ellipsoid(TORSO, CLOTH, (0, -0.42, -0.004), (0.158 * width, 0.26, 0.115), cloth)
    parts.ellipsoid(TORSO, CLOTH, (0, -0.165, -0.034), (0.140 * width, 0.110, 0.080), cloth)
    for side in (-1, 1):
        neck, tip = (side * 0.030, -0.050, 0.016), (side * 0.158 * width, -0.086, 0.008)
        parts.cone(TORSO, CLOTH, neck, tip, (0.052, 0.060), cloth)
    add_collar(parts, look)


def add_collar(parts: PartBuilder, look: PersonLook) -> None:
    """A ribbed roll around the neck's base, lower in front."""
    rib = parts.model.material(KNIT, look.accent, wrap=0.3)
    angles = np.linspace(0.0, 2.0 * math.pi, 21)
    points = [
        (0.058 * math.sin(a), -0.010 - 0.012 * math.cos(a), 0.013 - 0.057 * math.cos(a))
        for a in angles
    ]
    for start, end in pairwise(points):
        parts.cone(TORSO, COLLAR, start, end, (0.0125, 0.0125), rib)


def add_legs(parts: PartBuilder, look: PersonLook) -> None:
    """Hips, thighs and shins of somebody seated."""
    denim = parts.model.material(FABRIC, look.trousers, look.trousers, scale=0.01)
    shoe = parts.model.material(PLAIN, (0.03, 0.025, 0.022), gloss=0.4)
    parts.ellipsoid(TORSO, LEGS, (0, -0.61, 0.01), (0.17, 0.12, 0.13), denim)
    for side in (-1, 1):
        hip, knee = (side * 0.09, -0.62, -0.02), (side * 0.14, -0.62, -0.44)
        ankle = (side * 0.13, -1.02, -0.40)
        parts.cone(TORSO, LEGS, hip, knee, (0.085, 0.062), denim)
        parts.cone(TORSO, LEGS, knee, ankle, (0.060, 0.045), denim)
        toe = (side * 0.14, -1.07, -0.52)
        parts.cone(TORSO, EXTRAS, (side * 0.13, -1.06, -0.38), toe, (0.040, 0.035), shoe)


def add_arm(parts: PartBuilder, look: PersonLook, skin: int, side: int) -> None:
    cloth = clothing(parts.model, look)
    rib = parts.model.material(KNIT, look.accent, wrap=0.3)
    upper, fore, hand = (bone + (side > 0) for bone in (UPPER_ARM, FOREARM, HAND))
    start = (0.0, 0.0, 0.0)
    parts.cone(upper, CLOTH, start, (0.0, UPPER_LENGTH, 0.0), (0.057, 0.046), cloth)
    parts.cone(fore, CLOTH, start, (0.0, 0.86 * FORE_LENGTH, 0.0), (0.046, 0.036), cloth)
    cuff = (0.0, 0.87 * FORE_LENGTH, 0.0)
    parts.cone(fore, COLLAR, cuff, (0.0, 0.97 * FORE_LENGTH, 0.0), (0.038, 0.035), rib)
    add_hand(parts, hand, PALM + (side > 0), side, skin)


def add_hand(parts: PartBuilder, hand: int, group: int, side: int, skin: int) -> None:
    parts.cone(hand, group, (0.0, -0.004, 0.0), (0.0, 0.03, 0.0), (0.025, 0.026), skin)
    parts.ellipsoid(hand, group, (0.0, 0.055, 0.0), (0.041, 0.050, 0.017), skin)
    for finger, length in enumerate((0.058, 0.070, 0.074, 0.066)):
        x = side * (0.029 - 0.0192 * finger)
        reach = length * math.sin(0.16 * x / 0.029)
        base = (x, 0.090 - 0.006 * (finger == 0), 0.0)
        joint = (x + 0.5 * reach, base[1] + 0.5 * length, -0.004)
        tip = (x + reach, base[1] + length, -0.013)
        parts.cone(hand, group, base, joint, (0.0098, 0.0090), skin)
        parts.cone(hand, group, joint, tip, (0.0090, 0.0078), skin)
    knuckle, tip = (-side * 0.055, 0.062, -0.012), (-side * 0.068, 0.094, -0.016)
    parts.cone(hand, group, (-side * 0.026, 0.030, -0.004), knuckle, (0.0150, 0.0112), skin)
    parts.cone(hand, group, knuckle, tip, (0.0112, 0.0088), skin)
