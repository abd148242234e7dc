"""The lights of a scene."""

from __future__ import annotations

import numpy as np

from livedepth.capture.raycast.tables import LIGHT, Table
from livedepth.capture.scene.colours import scaled
from livedepth.capture.scene.looks import Look


def make_lights(look: Look) -> Table:
    """Key, fill, ceiling, window and lamp, the last two faint where the room has none."""
    light, room = look.light, look.room
    slots = dict(room.slots)
    window = (slots.get("window", 0.5 * room.left), 1.6, room.depth - 0.25)
    lamp = (slots.get("sideboard", 0.8 * room.right) + 0.34, 1.12, room.depth - 0.27)
    ceiling = (0.25, room.height - 0.15, 0.62 * room.depth)
    daylight = light.daylight if "window" in slots else scaled(light.daylight, 0.2)
    glow = light.lamp if "sideboard" in slots else (0.0, 0.0, 0.0)
    entries = (
        (*light.key_position, *light.key, 0.35),
        (*light.fill_position, *light.fill, 0.5),
        (*ceiling, *light.room, 0.9),
        (*window, *daylight, 0.55),
        (*lamp, *glow, 0.16),
    )
    return np.array(list(entries), LIGHT)
