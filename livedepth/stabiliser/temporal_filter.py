"""A per-pixel filter over time: firm where a map rests, absent where it moves."""

from __future__ import annotations

import numpy as np

from livedepth.frame import Map
from livedepth.stabiliser.alignment import Alignment
from livedepth.stabiliser.kernels import adaptive_filter
from livedepth.stabiliser.motion import Motion

_PATIENCE = 4.0
"""How many times ``smoothing`` the time constant grows to where a pixel stays at rest."""
_FIRST, _HEAD_START = 0.1, 0.4
"""Time constant in seconds right after a pixel moved, so that what motion left behind fades, and
the rest that a new scene is credited with, so that it does not begin restlessly."""
_CORRECTION, _CORRECTION_NEAR = 0.2, 0.03
"""Time constants in seconds with which a map's disagreement is followed where no grey changed,
far from and near to motion: a model's whim or, on dark before dark, something that moved."""


class TemporalFilter:
    """Holds one map and what is known of each of its pixels.

    jump: the least single disagreement that is taken for a change, not noise. lean: the least
    lasting one.
    """

    def __init__(self, rows: int, columns: int, jump: float, lean: float) -> None:
        self.state: Map = np.zeros((rows, columns), np.float32)
        self._rest, self._drift, self._noise = np.zeros((3, rows, columns), np.float32)
        self._jump, self._lean = jump, lean

    def restart(self, measured: Map, alignment: Alignment) -> None:
        """Take ``measured``, aligned, as it is."""
        np.multiply(measured, np.float32(alignment.scale), out=self.state)
        np.add(self.state, np.float32(alignment.shift), out=self.state)
        for known in (self._rest, self._drift, self._noise):
            known.fill(0.0)
        self._rest.fill(_HEAD_START)

    def update(
        self, measured: Map, alignment: Alignment, motion: Motion, elapsed: float, smoothing: float
    ) -> None:
        """Filter ``measured``, aligned, into the state.

        motion: what moved since the map before. elapsed: seconds. smoothing: seconds; a pixel at
        rest is filtered as long as it has rested, up to four times that; 0 takes the map as it is.
        """
        if smoothing <= 0.0:
            self.restart(measured, alignment)
            return
        adaptive_filter(
            self.state,
            self._rest,
            self._drift,
            self._noise,
            measured,
            motion.gate,
            motion.near,
            alignment.scale,
            alignment.shift,
            elapsed,
            min(_CORRECTION_NEAR, smoothing),
            min(_CORRECTION, smoothing),
            min(_FIRST, smoothing),
            _PATIENCE * smoothing,
            self._jump,
            self._lean,
        )
