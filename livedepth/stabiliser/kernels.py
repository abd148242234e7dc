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
def adaptive_filter(
    state: Array,
    rest: Array,
    drift: Array,
    noise: Array,
    measured: Array,
    gate: Array,
    near: Array,
    scale: float,
    shift: float,
    elapsed: float,
    quickest: float,
    quick: float,
    shortest: float,
    longest: float,
    jump: float,
    lean: float,
) -> None:
    """First-order low-pass of ``scale * measured + shift``, the firmer the longer a pixel rests.

    All arrays are float32 (height, width); the first four are updated. rest: seconds since the
    pixel was last open. drift: the disagreement's mean over a fifth of a second. noise: the mean
    size of what else it does. elapsed and the four time constants: seconds. The time constant
    grows from ``shortest`` to ``longest`` as fast as time passes, like the memory of a running
    mean. Where gate is 1 the pixel takes the measurement as it is. Where one disagreement reaches
    twice ``jump``, or drift twice ``lean``, it follows within ``quick`` seconds, or ``quickest``
    where near, the motion around it, is 1; noise raises both thresholds.
    """
    coefficient, offset = np.float32(scale), np.float32(shift)
    dt, base, top = np.float32(elapsed), np.float32(shortest), np.float32(longest)
    towards_drift = np.float32(elapsed / (0.2 + elapsed))
    towards_noise = np.float32(elapsed / (1.0 + elapsed))
    calm = np.float32(elapsed / (quick + elapsed))
    busy = np.float32(elapsed / (quickest + elapsed)) - calm
    zero, one = np.float32(0), np.float32(1)
    for y in range(state.shape[0]):
        for x in range(state.shape[1]):
            step = coefficient * measured[y, x] + offset - state[y, x]
            size = abs(step)
            usual = noise[y, x]
            leaning = drift[y, x] + towards_drift * (step - drift[y, x])
            sudden = size / max(np.float32(jump), np.float32(4) * usual)
            slow = abs(leaning) / max(np.float32(lean), np.float32(2) * usual)
            doubt = min(max(max(sudden, slow) - one, zero), one)
            rested = (rest[y, x] + dt) * (one - max(doubt, gate[y, x]))
            pull = dt / (min(base + rested, top) + dt)
            correction = calm + busy * near[y, x]
            pull += (max(correction, pull) - pull) * doubt
            pull += (one - pull) * gate[y, x]
            state[y, x] += pull * step
            rest[y, x] = rested
            drift[y, x] = leaning * (one - pull)
            noise[y, x] = usual + towards_noise * (one - gate[y, x]) * (abs(step - leaning) - usual)
