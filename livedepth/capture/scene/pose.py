"""Where the bones of people are at a moment, and where their eyes look."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from livedepth.capture.scene.gestures import smoothstep, wave_amount
from livedepth.capture.scene.parts import FORE_LENGTH, SHOULDER_DROP, UPPER_LENGTH, Person
from livedepth.capture.scene.rotations import UPRIGHT, Floats, aim, turn_x, turn_y, turn_z


def elbow(shoulder: Floats, wrist: Floats, pole: Floats) -> Floats:
    """Where a two-bone arm bends, towards the pole; the arm reaches as far as it can."""
    reach = wrist - shoulder
    distance = min(float(np.linalg.norm(reach)), 0.995 * (UPPER_LENGTH + FORE_LENGTH))
    along = reach / np.linalg.norm(reach)
    bend = pole - along * float(pole @ along)
    bend = bend / np.linalg.norm(bend)
    cosine = (UPPER_LENGTH**2 + distance**2 - FORE_LENGTH**2) / (2.0 * UPPER_LENGTH * distance)
    cosine = min(max(cosine, -1.0), 1.0)
    sine = math.sqrt(1.0 - cosine * cosine)
    joint: Floats = shoulder + UPPER_LENGTH * (cosine * along + sine * bend)
    return joint


def torso_pose(person: Person, time: float) -> tuple[Floats, Floats]:
    """Rotation and place of the neck's base: a slow sway about the seat, and breath."""
    t = time + person.look.phase
    rotation = (
        turn_y(person.look.turn + 0.07 * math.sin(0.61 * t))
        @ turn_z(0.035 * math.sin(0.83 * t + 0.5))
        @ turn_x(0.030 * math.sin(0.47 * t))
    )
    seat = np.array(person.neck) - (0.0, 0.5, 0.0)
    breath = np.array((0.0, 0.003 * math.sin(1.6 * t), 0.0))
    return rotation, seat + rotation @ np.array((0.0, 0.5, 0.0)) + breath


def head_rotation(person: Person, time: float) -> Floats:
    t = time + person.look.phase
    nod = 0.05 * math.sin(1.9 * t) * smoothstep(-0.2, 0.6, math.sin(0.83 * t))
    yaw = person.look.head_turn + 0.20 * math.sin(0.71 * t + 0.4) + 0.07 * math.sin(1.63 * t)
    roll = 0.07 * math.sin(0.93 * t + 1.0)
    return turn_y(yaw) @ turn_z(roll) @ turn_x(nod + person.look.head_nod)


def arm_pose(person: Person, time: float, side: int) -> list[tuple[Floats, Floats]]:
    """Upper arm, forearm and hand in the torso's frame."""
    t = time + person.look.phase
    raised = wave_amount(t) if side == person.look.waving_side else 0.0
    width = person.look.shoulders
    shoulder = np.array((side * 0.172 * width, SHOULDER_DROP, 0.008))
    swing = 0.5 * raised * math.sin(7.5 * t)
    rest = np.array((side * 0.17, -0.49, -0.17))
    wave = np.array((side * (0.27 + 0.025 * math.sin(7.5 * t)), -0.085, -0.13))
    wrist = rest + (wave - rest) * raised
    wrist = wrist + np.array((side * 0.07, 0.0, -0.06)) * (4.0 * raised * (1.0 - raised))
    joint = elbow(shoulder, wrist, np.array((side * 0.55, -1.0, 0.35)))
    fore = wrist - joint
    fore = fore / np.linalg.norm(fore)
    wrist = joint + fore * FORE_LENGTH
    fingers = fore * (1.0 - 0.7 * raised) + np.array((math.sin(swing), 1.0, 0.0)) * 0.7 * raised
    front = np.array((0.0, 0.0, 1.0)) * raised + np.array((0.0, 1.0, 0.3)) * (1.0 - raised)
    ahead = np.array((0.0, 0.0, 1.0))
    return [
        (aim(joint - shoulder, ahead), shoulder),
        (aim(fore, ahead), joint),
        (aim(fingers, front), wrist),
    ]


def skeleton(people: Sequence[Person], time: float) -> tuple[Floats, Floats]:
    """Rotations (b, 3, 3) and places (b, 3) of the world and every person's bones."""
    rotations: list[Floats] = [UPRIGHT]
    places: list[Floats] = [np.zeros(3)]
    for person in people:
        torso, neck = torso_pose(person, time)
        head = torso @ head_rotation(person, time)
        pivot = np.array((0.0, 0.034, 0.006))
        skull = neck + torso @ pivot + head @ np.array((0.0, 0.100, -0.018))
        left, right = arm_pose(person, time, -1), arm_pose(person, time, 1)
        rotations += [torso, head]
        places += [neck, skull]
        for pair in zip(left, right, strict=True):
            for rotation, place in pair:
                rotations.append(torso @ rotation)
                places.append(neck + torso @ place)
    return np.array(rotations), np.array(places)


def gaze(person: Person, time: float) -> tuple[float, float]:
    """How far the irises sit from the middle of the eyes, looking at the camera, by and large."""
    torso, neck = torso_pose(person, time)
    head = torso @ head_rotation(person, time)
    x, y, z = head.T @ (np.array((0.0, person.eye_level, 0.0)) - neck - torso @ (0.0, 0.13, 0.0))
    wander = 0.07 * math.sin(1.3 * time + person.look.phase) * math.sin(0.37 * time)
    return (
        min(max(-1.2 * x / z + wander, -0.62), 0.62),
        min(max(-1.2 * y / z, -0.30), 0.30),
    )
