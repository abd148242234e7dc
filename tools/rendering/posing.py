"""From a track of targets to the turn of every bone: spine and legs directly, arms by reaching."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rendering.body import Shape, Template
from rendering.poses import SITTING, ArmTrack, Track
from rendering.skeleton import (
    align,
    forward_kinematics,
    frame,
    reach,
    rotation,
    swing_twist,
    unit,
)

Array = NDArray[np.float64]

SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
NECK = ("neck01", "neck02", "neck03", "head")
TWIST_LIMIT = np.radians(105)
WRIST_LIMIT = np.radians(52)
KNUCKLES = np.radians([72.0, 88.0, 55.0])
"""A fist's bend at the three joints of a finger."""
THUMB = np.radians([18.0, 35.0, 40.0])


def solve(shared: Template, shape: Shape, track: Track) -> tuple[Array, Array]:
    """World turns (frames, bones, 3, 3) and shifts (frames, bones, 3) of a track's frames."""
    bones = shared.bones
    turns = np.tile(np.eye(3), (len(track.spine), len(bones), 1, 1))
    for name in SPINE:
        turns[:, bones[name]] = rotation(track.spine / len(SPINE))
    for name in NECK:
        turns[:, bones[name]] = rotation(track.head / len(NECK))
    for side in "LR":
        gaze = np.stack([track.eyes[:, 0], np.zeros(len(turns)), track.eyes[:, 1]], -1)
        turns[:, bones[f"eye.{side}"]] = rotation(gaze)
        if track.posture == SITTING:
            _sit(turns, shared, shape, track.knees, side)
    for arm, side in zip(track.arms, "LR", strict=True):
        _move_arm(turns, shared, shape, arm, side)
        _curl_fingers(turns, shared, shape, arm.curl, side)
    world, shift = forward_kinematics(shape.heads, shared.parents, turns)
    return world, shift + track.shift[:, None]


def _sit(
    turns: Array, shared: Template, shape: Shape, knees: tuple[float, float], side: str
) -> None:
    bones, heads = shared.bones, shape.heads
    outward = 1 if side == "L" else -1
    hip, knee, ankle = (
        heads[bones[f"{name}.{side}"]] for name in ("upperleg01", "lowerleg01", "foot")
    )
    apart, up = knees
    thigh = align(knee - hip, np.array([outward * np.tan(apart), -1.0, np.tan(up)]))
    shin = align(thigh @ (ankle - knee), np.array([0.05 * outward, -0.1, -1.0])) @ thigh
    turns[:, bones[f"upperleg01.{side}"]] = thigh
    turns[:, bones[f"lowerleg01.{side}"]] = thigh.T @ shin
    turns[:, bones[f"foot.{side}"]] = shin.T


def _mirror(vectors: Array, side: str) -> Array:
    return vectors if side == "L" else vectors * [-1.0, 1.0, 1.0]


def _palm(shape: Shape, bones: dict[str, int], side: str) -> tuple[Array, Array, Array]:
    """Where fingers and palm point in the rest pose, and from the little finger to the index."""
    heads = shape.heads
    fingers = unit(heads[bones[f"finger3-1.{side}"]] - heads[bones[f"wrist.{side}"]])
    across = unit(heads[bones[f"finger2-1.{side}"]] - heads[bones[f"finger5-1.{side}"]])
    palm = unit(np.cross(fingers, across))
    return fingers, palm if side == "L" else -palm, across


def _move_arm(turns: Array, shared: Template, shape: Shape, arm: ArmTrack, side: str) -> None:
    bones, heads = shared.bones, shape.heads
    shoulder, elbow, wrist = (
        heads[bones[f"{name}.{side}"]] for name in ("upperarm01", "lowerarm01", "wrist")
    )
    upper, lower = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
    target, chest = _target(turns, shared, shape, arm, side, upper + lower)
    _shrug(turns, bones, _mirror(unit(np.einsum("fji,fj->fi", chest, target[1])), side), side)
    world, shift = forward_kinematics(heads, shared.parents, turns)
    parent = bones[f"shoulder01.{side}"]
    start = world[:, parent] @ shoulder + shift[:, parent]
    pole = np.einsum("fij,fj->fi", chest, _mirror(arm.pole, side))
    middle, end = reach(start, target[0], pole, float(upper), float(lower))
    hinge = np.cross(elbow - shoulder, wrist - elbow)
    bend = np.cross(middle - start, end - middle)
    upper_turn = frame(middle - start, bend) @ frame(elbow - shoulder, hinge).T
    lower_turn = frame(end - middle, bend) @ frame(wrist - elbow, hinge).T
    turns[:, bones[f"upperarm01.{side}"]] = np.swapaxes(world[:, parent], -1, -2) @ upper_turn
    turns[:, bones[f"lowerarm01.{side}"]] = np.swapaxes(upper_turn, -1, -2) @ lower_turn
    if np.any(arm.fingers):
        fingers, palm, _ = _palm(shape, bones, side)
        wished = frame(
            np.einsum("fij,fj->fi", chest, _mirror(arm.fingers, side)),
            np.einsum("fij,fj->fi", chest, _mirror(arm.palm, side)),
        )
        hand = wished @ frame(fingers, palm).T
        _turn_hand(turns, bones, np.swapaxes(lower_turn, -1, -2) @ hand, wrist - elbow, side)


def _target(
    turns: Array, shared: Template, shape: Shape, arm: ArmTrack, side: str, length: float
) -> tuple[tuple[Array, Array], Array]:
    """The wrist's target and its direction from the shoulder in the world; the chest's turn."""
    bones, heads = shared.bones, shape.heads
    world, shift = forward_kinematics(heads, shared.parents, turns)
    chest = world[:, bones["spine01"]]
    at = _mirror(arm.at, side) * length
    if arm.anchor == "chin":
        head = bones["head"]
        chin = shape.tails[bones["jaw"]]
        place = np.einsum("fij,fj->fi", world[:, head], chin + at) + shift[:, head]
    else:
        shoulders = [heads[bones[f"upperarm01.{end}"]] for end in "LR"]
        origin = np.mean(shoulders, 0)
        place = np.einsum("fij,fj->fi", chest, origin + at) + shift[:, bones["spine01"]]
    joint = heads[bones[f"upperarm01.{side}"]]
    start = np.einsum("fij,j->fi", chest, joint) + shift[:, bones["spine01"]]
    return (place, place - start), chest


def _shrug(turns: Array, bones: dict[str, int], direction: Array, side: str) -> None:
    """The collar bone follows a hand that is raised or stretched forward."""
    outward = 1 if side == "L" else -1
    lift = np.radians(24) * np.clip(direction[:, 2] + 0.15, 0, 1)
    forward = np.radians(14) * np.clip(-direction[:, 1] - 0.3, 0, 1)
    turn = np.stack([np.zeros_like(lift), -outward * lift, -outward * forward], -1)
    turns[:, bones[f"clavicle.{side}"]] = rotation(turn)


def _turn_hand(
    turns: Array, bones: dict[str, int], relative: Array, forearm: Array, side: str
) -> None:
    """Share a hand's turn against the forearm: the twist along it, the rest at the wrist."""
    swing, twist = swing_twist(relative, forearm)
    axis = unit(forearm)
    twist = np.clip(twist, -TWIST_LIMIT, TWIST_LIMIT)[:, None]
    cosine = (np.trace(swing, axis1=-2, axis2=-1) - 1) / 2
    angle = np.arccos(np.clip(cosine, -1, 1))
    aim = unit(np.cross(axis, swing @ axis)) * np.minimum(angle, WRIST_LIMIT)[:, None]
    along = rotation(0.6 * twist * axis)
    turns[:, bones[f"lowerarm02.{side}"]] = along
    turns[:, bones[f"wrist.{side}"]] = (
        np.swapaxes(along, -1, -2) @ rotation(aim) @ rotation(twist * axis)
    )


def _curl_fingers(turns: Array, shared: Template, shape: Shape, curl: Array, side: str) -> None:
    _, palm, across = _palm(shape, shared.bones, side)
    for finger in range(1, 6):
        inward = unit(0.5 * palm - across) if finger == 1 else palm
        most = THUMB if finger == 1 else KNUCKLES * (0.88 + 0.04 * finger)
        for joint in range(3):
            bone = shared.bones[f"finger{finger}-{joint + 1}.{side}"]
            hinge = unit(np.cross(shape.tails[bone] - shape.heads[bone], inward))
            turns[:, bone] = rotation((curl - 0.15)[:, None] * most[joint] * hinge)
