"""What a person does before a webcam: sampled angles, hand targets, expressions, all over time.

Sampling is pure: the same seed and times give the same track. Axes are the body's own: X to its
left, -Y the way it faces, Z up. Hand positions are in arm lengths (shoulder to wrist), angles are
in radians, facial actions in 0..1, times in seconds. With a period all motion repeats after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rendering.expressions import drift, speech

Array = NDArray[np.float64]
Vector = tuple[float, float, float]

SITTING, STANDING = "sitting", "standing"
GESTURES = (
    "talking",
    "waving",
    "raised",
    "arms up",
    "chin",
    "reaching",
    "crossed",
    "lap",
    "head turned",
    "leaning",
)
HEAD_LIMITS = np.radians([32.0, 20.0, 62.0])
"""Most a head pitches, rolls and yaws against the chest, either way."""
SPINE_LIMITS = np.radians([28.0, 18.0, 25.0])


@dataclass(frozen=True)
class Arm:
    """Where a left hand is wanted: a right hand's is its mirror image.

    anchor: what ``at`` is measured from, "chest" (between the shoulders) or "chin". pole: where the
    elbow points. fingers, palm: where they point, no wish when both are zero. curl: 0 open, 1 fist.
    sway: how far the hand strays, in arm lengths.
    """

    anchor: str
    at: Vector
    pole: Vector = (0.5, 0.3, -1.0)
    fingers: Vector = (0.0, 0.0, 0.0)
    palm: Vector = (0.0, 0.0, 0.0)
    curl: float = 0.25
    sway: float = 0.02


@dataclass(frozen=True)
class ArmTrack:
    """An arm over the frames: ``Arm`` with arrays (frames, 3), curl (frames,)."""

    anchor: str
    at: Array
    pole: Array
    fingers: Array
    palm: Array
    curl: Array


@dataclass(frozen=True)
class Track:
    """A body over the frames.

    spine, head: (frames, 3) turns about X, Y and Z, of the head against the chest. arms: left and
    right. eyes: (frames, 2) pitch and yaw. shift: (frames, 3) metres. knees: how far they are
    apart, and thighs up, both radians. actions: facial actions (frames,) by name.
    """

    posture: str
    spine: Array
    head: Array
    arms: tuple[ArmTrack, ArmTrack]
    eyes: Array
    shift: Array
    knees: tuple[float, float]
    actions: dict[str, Array]


LAP = Arm("chest", (0.24, -0.55, -0.76), (0.4, 0.6, -0.7), (-0.35, -0.9, -0.1), (0, 0, -1), 0.3)
DESK = Arm("chest", (0.22, -0.66, -0.6), (0.45, 0.4, -0.8), (-0.45, -0.9, 0), (0, 0, -1), 0.2)
SIDE = Arm("chest", (0.52, -0.06, -0.9), (0.3, 1, 0), (0, -0.1, -1), (-1, 0.1, 0), 0.3)
TALK = Arm(
    "chest", (0.38, -0.55, -0.38), (0.6, 0.2, -1), (-0.3, -0.85, 0.4), (-0.6, 0, 0.8), 0.3, 0.1
)
WAVE = Arm("chest", (0.62, -0.36, 0.12), (0.5, 0.4, -1), (0.1, -0.15, 1), (-0.1, -1, -0.1), 0.08)
HIGH = Arm("chest", (0.55, -0.26, 0.42), (0.9, 0.2, -0.6), (0.05, -0.1, 1), (-0.15, -1, 0), 0.1)
UP = Arm("chest", (0.62, -0.12, 0.74), (1, 0, -0.3), (0.15, 0, 1), (-0.3, -1, 0), 0.12, 0.04)
CHIN = Arm("chin", (0.03, -0.04, -0.1), (0.5, -0.2, -1), (-0.2, 0.35, 0.9), (-0.3, 0.9, 0.2), 0.65)
REACH = Arm("chest", (0.2, -0.93, 0.02), (0.6, 0.2, -1), (-0.05, -0.75, 0.6), (0, -0.7, -0.6), 0.15)
CROSS = Arm("chest", (-0.16, -0.44, -0.5), (1, -0.2, -0.5), (-1, -0.1, 0.15), (0, 1, -0.3), 0.35)
UNDER = Arm("chest", (-0.14, -0.52, -0.44), (1, -0.2, -0.5), (-1, 0.05, 0.1), (0, 1, 0.2), 0.35)
FOLDED = Arm(
    "chest", (0.06, -0.5, -0.72), (0.9, 0.3, -0.5), (-0.75, -0.6, -0.2), (-0.2, 0.2, -1), 0.4
)
HOLD = {
    "mug": Arm(
        "chest", (0.2, -0.52, -0.2), (0.5, 0.2, -1), (-0.75, -0.6, 0.1), (-0.6, 0.8, 0), 0.62
    ),
    "phone": Arm(
        "chest", (0.2, -0.6, -0.12), (0.5, 0.2, -1), (-0.3, -0.3, 0.9), (-0.4, 0.9, 0.2), 0.5
    ),
    "pen": Arm(
        "chest", (0.22, -0.6, -0.35), (0.6, 0.2, -1), (-0.4, -0.8, 0.4), (-0.8, 0.2, -0.4), 0.7
    ),
    "book": Arm(
        "chest", (0.24, -0.62, -0.3), (0.6, 0.2, -1), (-0.2, -0.6, 0.75), (-0.45, 0.75, 0.5), 0.4
    ),
    "box": Arm(
        "chest", (0.22, -0.7, -0.1), (0.6, 0.2, -1), (-0.3, -0.9, 0.2), (-0.4, 0.3, 0.85), 0.35
    ),
}


def _steady(rng: np.random.Generator, times: Array, arm: Arm, period: float | None) -> ArmTrack:
    frames = len(times)
    wander = np.stack([drift(rng, times, 0.35, period) for _ in range(3)], -1)

    def hold(value: Vector) -> Array:
        return np.tile(np.array(value, float), (frames, 1))

    return ArmTrack(
        anchor=arm.anchor,
        at=hold(arm.at) + arm.sway * wander,
        pole=hold(arm.pole),
        fingers=hold(arm.fingers) + 1.2 * arm.sway * wander[:, ::-1],
        palm=hold(arm.palm),
        curl=np.clip(arm.curl + 0.06 * drift(rng, times, 0.3, period), 0, 1),
    )


def wave(track: ArmTrack, swing: Array) -> ArmTrack:
    """A raised hand that waves: ``swing`` (frames,) in -1..1 turns fingers and wrist sideways."""
    sideways = np.zeros_like(track.at)
    sideways[:, 0] = swing
    return replace(track, at=track.at + 0.1 * sideways, fingers=track.fingers + 0.4 * sideways)


def blend(first: ArmTrack, second: ArmTrack, weight: Array) -> ArmTrack:
    """From one arm's track to another by ``weight`` (frames,), 0 to 1; both hang on one anchor."""
    amount = weight[:, None]
    pairs = {
        name: (1 - amount) * getattr(first, name) + amount * getattr(second, name)
        for name in ("at", "pole", "fingers", "palm")
    }
    curl = (1 - weight) * first.curl + weight * second.curl
    return ArmTrack(anchor=first.anchor, curl=curl, **pairs)


def _arms(gesture: str, posture: str, rng: np.random.Generator) -> tuple[Arm, Arm]:
    """The active arm and the other one."""
    calm = SIDE if posture == STANDING else (LAP if rng.random() < 0.5 else DESK)
    talking = TALK if rng.random() < 0.5 else calm
    return {
        "talking": (talking, TALK if rng.random() < 0.3 else calm),
        "waving": (WAVE, calm),
        "raised": (HIGH, calm),
        "arms up": (UP, UP),
        "chin": (CHIN, CROSS if rng.random() < 0.3 else calm),
        "reaching": (REACH, calm),
        "crossed": (CROSS, UNDER),
        "lap": (FOLDED, FOLDED),
        "head turned": (calm, calm),
        "leaning": (DESK if posture == SITTING else SIDE, calm),
    }[gesture]


def _jitter(rng: np.random.Generator, arm: Arm) -> Arm:
    loose = 0.02 if arm.anchor == "chin" or arm in (CROSS, UNDER, FOLDED) else 0.05
    moved = np.array(arm.at) + rng.normal(0, loose, 3)
    turned = np.array(arm.fingers) + rng.normal(0, 0.1, 3)
    return replace(arm, at=tuple(moved), fingers=tuple(turned))


def sample_track(
    seed: int, times: Array, posture: str, gesture: str, held: str, side: int
) -> Track:
    """A body at ``times`` (frames,) seconds.

    held: "none" or a key of ``HOLD``. side: 0 when the left arm is the active one, else 1.
    """
    rng = np.random.default_rng([seed, 11])
    active, other = _arms(gesture, posture, rng)
    if held != "none" and gesture not in ("arms up", "crossed", "lap"):
        other = HOLD[held]
        active = HOLD[held] if held == "book" and gesture == "talking" else active
    pair = [_steady(rng, times, _jitter(rng, arm), None) for arm in (active, other)]
    if gesture == "waving":
        phase = rng.uniform(0, 2 * np.pi)
        pair[0] = wave(pair[0], np.sin(2 * np.pi * rng.uniform(1.2, 2.2) * times + phase))
    arms = (pair[1], pair[0]) if side else (pair[0], pair[1])
    head = np.radians(rng.normal(0, [7, 4, 9]))
    spine = np.radians(rng.normal([4, 0, 0], [4, 2.5, 4]))
    if gesture == "head turned":
        head[2] += np.radians(rng.uniform(22, 52)) * rng.choice([-1, 1])
        head[0] += np.radians(rng.uniform(-12, 12))
    if gesture == "leaning":
        spine += np.radians([rng.uniform(6, 20), rng.uniform(-10, 10), rng.uniform(-8, 8)])
        head[0] -= 0.6 * spine[0]
    nod = np.stack([drift(rng, times, rate) for rate in (0.5, 0.3, 0.35)], -1)
    bend = np.stack([drift(rng, times, 0.2) for _ in range(3)], -1)
    gaze = np.stack([drift(rng, times, 0.3) for _ in range(2)], -1)
    loudness = (
        rng.uniform(0.4, 1) if gesture in ("talking", "leaning", "chin") else rng.choice([0, 0.7])
    )
    return Track(
        posture=posture,
        spine=np.clip(spine + np.radians(2) * bend, -SPINE_LIMITS, SPINE_LIMITS),
        head=np.clip(head + np.radians([5, 3, 6]) * nod, -HEAD_LIMITS, HEAD_LIMITS),
        arms=arms,
        eyes=np.radians([5, 10]) * gaze,
        shift=0.012 * bend[:, ::-1] * [1, 1, 0],
        knees=(rng.uniform(0.05, 0.3), rng.uniform(-0.05, 0.12)),
        actions=speech(rng, times, loudness, rng.uniform(-0.1, 0.5)),
    )


def _bump(times: Array, start: float, end: float, ramp: float) -> Array:
    """0 outside start..end, 1 within, with raised-cosine ramps inside."""
    rise = np.clip((times - start) / ramp, 0, 1)
    fall = np.clip((end - times) / ramp, 0, 1)
    return 0.5 - 0.5 * np.cos(np.pi * np.minimum(rise, fall))


def demo_track(times: Array, period: float) -> Track:
    """Someone who sits and talks: one hand speaks along, then waves; all of it repeats smoothly."""
    rng = np.random.default_rng(2)
    calm = [_steady(rng, times, DESK, period) for _ in range(2)]
    talk = _steady(rng, times, replace(TALK, sway=0.06), period)
    swing = np.sin(2 * np.pi * np.round(1.8 * period) / period * times)
    waving = wave(_steady(rng, times, WAVE, period), swing)
    right = blend(calm[1], talk, _bump(times, 0.06 * period, 0.42 * period, 0.12 * period))
    right = blend(right, waving, _bump(times, 0.5 * period, 0.96 * period, 0.14 * period))
    nod = np.stack([drift(rng, times, rate, period) for rate in (0.6, 0.35, 0.4)], -1)
    bend = np.stack([drift(rng, times, 0.2, period) for _ in range(3)], -1)
    gaze = np.stack([drift(rng, times, 0.3, period) for _ in range(2)], -1)
    return Track(
        posture=SITTING,
        spine=np.radians([4, 0, 0] + 1.5 * bend),
        head=np.radians([-3, 0, 0] + np.array([5, 3, 7]) * nod),
        arms=(calm[0], right),
        eyes=np.radians([2, 4]) * gaze,
        shift=0.008 * bend[:, ::-1] * [1, 1, 0],
        knees=(0.15, 0.0),
        actions=speech(rng, times, 0.85, 0.4, period),
    )
