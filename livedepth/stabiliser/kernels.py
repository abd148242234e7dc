"""Numba kernels of the stabiliser; arrays are validated by their callers."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float32]


@njit(cache=True, nogil=True, fastmath=True)
def motion_gate(
    gate: Array, grey: NDArray[np.uint8], previous: NDArray[np.uint8], quiet: float, certain: float
) -> None:
    """Write how surely each pixel moved: 0 at a grey change of ``quiet``, 1 from ``certain`` on.

    gate: float32 (height, width) in 0..1. The ramp between is linear.
    """
    slope = np.float32(1.0 / (certain - quiet))
    for y in range(gate.shape[0]):
        for x in range(gate.shape[1]):
            change = abs(np.float32(grey[y, x]) - np.float32(previous[y, x]))
            gate[y, x] = min(
                max((change - np.float32(quiet)) * slope, np.float32(0)), np.float32(1)
            )


@njit(cache=True, nogil=True, fastmath=True)
def gated_filter(
    destination: Array,
    state: Array,
    measured: Array,
    gate: Array,
    scale: float,
    shift: float,
    still: float,
    jump: float,
) -> None:
    """First-order low-pass of ``scale * measured + shift``, opened where something moved.

    The coefficient is ``still`` where gate is 0 and 1 where it is 1; a disagreement between
    ``jump`` and twice ``jump`` opens it as well, for what moves without a change of grey.
    All arrays are float32 (height, width); destination may be state.
    """
    coefficient, offset = np.float32(scale), np.float32(shift)
    base, rest = np.float32(still), np.float32(1.0 - still)
    slope = np.float32(1.0 / jump)
    for y in range(destination.shape[0]):
        for x in range(destination.shape[1]):
            step = coefficient * measured[y, x] + offset - state[y, x]
            opened = min(max(abs(step) * slope - np.float32(1), np.float32(0)), np.float32(1))
            opened = max(opened, gate[y, x])
            destination[y, x] = state[y, x] + (base + rest * opened) * step
