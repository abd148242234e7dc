"""Faces over time: a smooth wander, and the facial actions of someone who talks and blinks.

Facial actions are anny's, 0..1; times are seconds. With a period all motion repeats after it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SIDES = ("Left", "Right")


def drift(
    rng: np.random.Generator, times: Array, rate: float, period: float | None = None
) -> Array:
    """A smooth wander (frames,) within -1..1 whose main frequency is ``rate`` in hertz."""
    frequencies = rate * np.array([0.6, 1.0, 1.7]) * rng.uniform(0.9, 1.1, 3)
    phases = rng.uniform(0, 2 * np.pi, 3)
    if period is not None:
        frequencies = np.maximum(np.round(frequencies * period), 1) / period
    waves = np.sin(2 * np.pi * times[:, None] * frequencies + phases)
    return waves @ np.array([0.5, 0.35, 0.15])


def speech(
    rng: np.random.Generator, times: Array, loudness: float, cheer: float,
    period: float | None = None,
) -> dict[str, Array]:  # fmt: skip
    """Facial actions of someone who talks: syllables at 3 hertz over visemes, blinks, a smile.

    loudness: how far the mouth opens, 0..1. cheer: how much the person smiles, 0..1.
    """
    syllable = np.clip(0.5 + 0.75 * drift(rng, times, 3.0, period), 0, 1) * loudness
    rounded = np.clip(drift(rng, times, 1.4, period), 0, 1) * loudness
    wide = np.clip(drift(rng, times, 1.1, period), 0, 1) * loudness
    smile = np.clip(cheer + 0.15 * drift(rng, times, 0.2, period), 0, 0.7)
    brows = np.clip(drift(rng, times, 0.4, period), 0, 1) * rng.uniform(0, 0.5)
    blink = blinks(rng, times, period)
    one = {
        "jawOpen": 0.38 * syllable,
        "mouthFunnel": 0.5 * rounded * syllable,
        "mouthPucker": 0.6 * rounded * (1 - syllable),
        "browInnerUp": brows,
    }
    both = {
        "mouthStretch": 0.35 * wide,
        "mouthSmile": smile,
        "mouthLowerDown": 0.3 * syllable,
        "eyeBlink": blink,
        "cheekSquint": 0.5 * smile,
    }
    return one | {f"{name}{side}": value for name, value in both.items() for side in _SIDES}


def blinks(rng: np.random.Generator, times: Array, period: float | None = None) -> Array:
    """Closed lids (frames,) 0..1: about one blink of a quarter second in three seconds."""
    cycle = period if period is not None else 3.0
    moments = rng.uniform(0, cycle, max(1, round(cycle / 3)))
    apart = np.abs((times[:, None] - moments + cycle / 2) % cycle - cycle / 2).min(1)
    return np.clip(1.4 - apart / 0.09, 0, 1)
