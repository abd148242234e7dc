"""How people behave over time: pure functions of seconds."""

from __future__ import annotations

import math


def smoothstep(low: float, high: float, value: float) -> float:
    """0 below low, 1 above high, a cubic with flat ends between."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def wave_amount(time: float) -> float:
    """0 at rest, 1 while the hand is up: three seconds in every ten."""
    cycle = time % 10.0
    return smoothstep(4.6, 5.5, cycle) * (1.0 - smoothstep(7.7, 8.7, cycle))


def blink_openness(time: float) -> float:
    """How far the lids are open, 0..0.88: a blink every 3.7 seconds."""
    cycle = time % 3.7
    return 0.88 * min(abs(cycle - 2.9) / 0.11, 1.0)


def mouth_opening(time: float) -> float:
    """How far the mouth is open, 0..1, in sentences of syllables."""
    speaking = smoothstep(-0.25, 0.35, math.sin(0.83 * time) + 0.35 * math.sin(2.1 * time + 1.0))
    syllable = 0.5 + 0.5 * math.sin(17.0 * time + 1.6 * math.sin(4.3 * time))
    return speaking * syllable * (0.55 + 0.45 * math.sin(5.3 * time) ** 2)
