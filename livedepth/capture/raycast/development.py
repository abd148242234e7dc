"""From linear light to the bytes of a picture, and the noise of a sensor."""

from __future__ import annotations

import math
from typing import Any

from livedepth.capture.raycast.compiling import function, kernel
from livedepth.capture.raycast.randomness import hashed
from livedepth.capture.raycast.tiling import tile_box


@function
def develop_tile(
    image: Any, colour: Any, edges: Any, hits: Any, settled: int, curve: Any, tile: int
) -> None:
    height, width = edges.shape
    top, bottom, left, right = tile_box(tile, height, width)
    steps = curve.shape[0] - 1
    falloff = 0.9 / (width * width + height * height)
    for y in range(top, bottom):
        for x in range(left, right):
            if not edges[y, x] and not 0 <= hits[y, x] < settled:
                continue
            u, v = x + 0.5 - 0.5 * width, y + 0.5 - 0.5 * height
            gain = 1.0 - falloff * (u * u + v * v)
            for channel in range(3):
                level = math.sqrt(max(colour[y, x, channel] * gain, 0.0)) * 0.5
                image[y, x, 2 - channel] = curve[int(min(level, 1.0) * steps + 0.5)]


@kernel
def develop(
    image: Any, colour: Any, edges: Any, hits: Any, settled: int, curve: Any, todo: Any
) -> None:
    """Linear RGB to BGR bytes through the tone curve, which is sampled over the square root.

    Corners darken as behind a lens. Only marked pixels and hits below `settled` are written.
    """
    for tile in todo:
        develop_tile(image, colour, edges, hits, settled, curve, tile)


@function
def noise_row(image: Any, strength: float, seed: int, y: int) -> None:
    for x in range(image.shape[1]):
        for channel in range(3):
            total = -2.0
            for draw in range(4):
                total += hashed(x * 3 + channel, y * 4 + draw, seed)
            value = float(image[y, x, channel])
            sigma = strength * 255.0 * math.sqrt(0.25 + 1.5 * value / 255.0)
            value += total * 1.7320508 * sigma + 0.5
            image[y, x, channel] = int(min(max(value, 0.0), 255.0))


@kernel
def add_noise(image: Any, strength: float, seed: int, rows: Any) -> None:
    """Sensor noise in place: read noise and shot noise, `strength` of full scale at mid grey."""
    for y in rows:
        noise_row(image, strength, seed, y)
