"""Numbers that look random, each a pure function of where it is."""

from __future__ import annotations

import math

from livedepth.capture.raycast.compiling import function


@function
def hashed(a: int, b: int, c: int) -> float:
    """A uniform number in 0..1 for three integers."""
    h = (a * 374761393 + b * 668265263 + c * 1440662683 + 974711) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 3266489917) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / 16777216.0


@function
def noise(x: float, y: float, z: float) -> float:
    """Smooth value noise in 0..1 with one lattice cell a unit."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    a, b, c = int(i), int(j), int(k)
    total = 0.0
    for corner in range(8):
        p, q, r = corner & 1, (corner >> 1) & 1, corner >> 2
        weight = (u if p else 1 - u) * (v if q else 1 - v) * (w if r else 1 - w)
        total += weight * hashed(a + p, b + q, c + r)
    return total
