"""Putting people and their chairs in place, and turning the camera to them."""

from __future__ import annotations

import math
from dataclasses import replace

from rendering.scene import Camera, Framing, Measure, Piece, Scene, Stand, Vector


def turned(x: float, y: float, angle: float) -> tuple[float, float]:
    """A point turned about the origin."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return x * cosine - y * sine, x * sine + y * cosine


def place_root(stand: Stand, measure: Measure) -> Vector:
    """Where a person's origin goes so that the seat, or the head of one who stands, is in place."""
    anchor = measure.seat if stand.situation == "sitting" else measure.head
    x, y = turned(anchor[0], anchor[1], stand.turn)
    return stand.x - x, stand.y - y, 0.0


def place_head(stand: Stand, measure: Measure) -> Vector:
    """The middle of a placed person's head in the world."""
    root = place_root(stand, measure)
    x, y = turned(measure.head[0], measure.head[1], stand.turn)
    return root[0] + x, root[1] + y, measure.head[2]


def aim(camera: Camera, target: Vector, framing: Framing) -> Camera:
    """The camera turned so that ``target`` appears at ``framing``, its pitch within 28 degrees.

    Yaw and pitch are solved for a level horizon; the roll that is left moves the target by little.
    """
    half = math.tan(camera.field_of_view / 2)
    sideways = math.atan(framing.across * half)
    upwards = math.atan(framing.up * half * camera.rows / camera.columns)
    bearing = math.atan2(target[0], target[1])
    elevation = math.atan2(target[2] - camera.height, math.hypot(target[0], target[1]))
    pitch = max(-0.49, min(0.49, elevation - upwards))
    return replace(camera, yaw=-(bearing - sideways), pitch=pitch)


def settle(scene: Scene, measures: tuple[Measure, ...], seat_heights: dict[str, float]) -> Scene:
    """Fit the chairs under those who sit and turn the camera to the nearest head.

    seat_heights: a chair model's seat above the floor, in metres.
    """
    if not measures:
        return scene
    chairs = []
    for stand, measure in zip(scene.people, measures, strict=True):
        if stand.chair is None:
            continue
        rise = max(0.75, min(1.35, measure.seat[2] / seat_heights[stand.chair]))
        back = turned(0.0, 0.03, stand.turn)
        position = (stand.x + back[0], stand.y + back[1], 0.0)
        chairs.append(Piece(stand.chair, position, stand.turn, (1.0, 1.0, rise)))
    heads = [
        place_head(stand, measure) for stand, measure in zip(scene.people, measures, strict=True)
    ]
    nearest = min(heads, key=lambda head: math.hypot(head[0], head[1]))
    if len(heads) > 1:
        mean_x = sum(head[0] for head in heads) / len(heads)
        nearest = (0.6 * nearest[0] + 0.4 * mean_x, nearest[1], nearest[2])
    camera = aim(scene.camera, nearest, scene.framing)
    return replace(scene, camera=camera, pieces=scene.pieces + tuple(chairs))
