"""Arithmetic on rows, each loop over few enough arrays that the compiler vectorises it."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def clear(dst: Floats) -> None:
    """dst = 0; the slice assignment is not vectorised."""
    for i in range(dst.shape[0]):
        dst[i] = np.float32(0.0)


@njit(nogil=True, fastmath=True, cache=True)
def copy(dst: Floats, row: Floats) -> None:
    """dst = row; the slice assignment is not vectorised."""
    for i in range(dst.shape[0]):
        dst[i] = row[i]


@njit(nogil=True, fastmath=True, cache=True)
def interpolate(dst: Floats, first: Floats, second: Floats, t: np.float32) -> None:
    """dst = first + t (second - first), element by element; one-dimensional float32."""
    for i in range(dst.shape[0]):
        dst[i] = first[i] + t * (second[i] - first[i])


@njit(nogil=True, fastmath=True, cache=True)
def add_scaled(dst: Floats, row: Floats, factor: np.float32) -> None:
    """dst += factor row."""
    for i in range(dst.shape[0]):
        dst[i] += factor * row[i]


@njit(nogil=True, fastmath=True, cache=True)
def add_product(dst: Floats, first: Floats, second: Floats, factor: np.float32) -> None:
    """dst += factor first second."""
    for i in range(dst.shape[0]):
        dst[i] += factor * first[i] * second[i]


@njit(nogil=True, fastmath=True, cache=True)
def cross(dst: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> None:
    """dst = a b - c d."""
    for i in range(dst.shape[0]):
        dst[i] = a[i] * b[i] - c[i] * d[i]


@njit(nogil=True, fastmath=True, cache=True)
def dot(dst: Floats, a: Floats, b: Floats, c: Floats, d: Floats, e: Floats, f: Floats) -> None:
    """dst = a b + c d + e f."""
    for i in range(dst.shape[0]):
        dst[i] = a[i] * b[i] + c[i] * d[i] + e[i] * f[i]


@njit(nogil=True, fastmath=True, cache=True)
def box(dst: Floats, padded: Floats, radius: int) -> None:
    """Sums over windows of 2 radius + 1; dst[x] covers padded[x : x + 2 radius + 1]."""
    width = dst.shape[0]
    for x in range(width):
        dst[x] = padded[x]
    taps = 2 * radius + 1
    fours = (taps - 1) // 4
    for k in range(1, 1 + 4 * fours, 4):
        first, second = padded[k : k + width], padded[k + 1 : k + 1 + width]
        third, fourth = padded[k + 2 : k + 2 + width], padded[k + 3 : k + 3 + width]
        for x in range(width):
            dst[x] += (first[x] + second[x]) + (third[x] + fourth[x])
    for k in range(1 + 4 * fours, taps):
        shifted = padded[k : k + width]
        for x in range(width):
            dst[x] += shifted[x]


@njit(nogil=True, cache=True)
def copy_pixels(dst: NDArray[np.uint8], source: NDArray[np.uint8]) -> None:
    """dst = source; one-dimensional uint8."""
    for i in range(dst.shape[0]):
        dst[i] = source[i]


@njit(nogil=True, fastmath=True, cache=True)
def begin_alpha(
    dst: Floats,
    pixels: NDArray[np.uint8],
    blue: Floats,
    blue_below: Floats,
    constant: Floats,
    constant_below: Floats,
    t: np.float32,
) -> None:
    """dst = a_blue B + b, the coefficients interpolated between two rows; see ``guided_alpha``."""
    for x in range(dst.shape[0]):
        slope = blue[x] + t * (blue_below[x] - blue[x])
        start = constant[x] + t * (constant_below[x] - constant[x])
        dst[x] = start + slope * np.float32(pixels[3 * x])


@njit(nogil=True, fastmath=True, cache=True)
def end_alpha(
    dst: Floats,
    pixels: NDArray[np.uint8],
    green: Floats,
    green_below: Floats,
    red: Floats,
    red_below: Floats,
    t: np.float32,
) -> None:
    """dst += a_green G + a_red R, cut to 0..1; see ``guided_alpha``."""
    zero, one = np.float32(0.0), np.float32(1.0)
    for x in range(dst.shape[0]):
        by_green = green[x] + t * (green_below[x] - green[x])
        by_red = red[x] + t * (red_below[x] - red[x])
        value = dst[x] + by_green * np.float32(pixels[3 * x + 1])
        value += by_red * np.float32(pixels[3 * x + 2])
        dst[x] = min(max(value, zero), one)


@njit(nogil=True, fastmath=True, cache=True)
def guided_alpha(
    dst: Floats, pixels: NDArray[np.uint8], upper: Floats, lower: Floats, t: np.float32
) -> None:
    """Evaluate a . I + b for one row, cut to 0..1, a and b interpolated between two rows.

    dst: float32 (w). pixels: uint8 (3 w). upper, lower: float32 (4 or more, w): factors of B, G, R
    and the constant.
    """
    begin_alpha(dst, pixels, upper[0], lower[0], upper[3], lower[3], t)
    end_alpha(dst, pixels, upper[1], lower[1], upper[2], lower[2], t)
