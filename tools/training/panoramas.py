"""Photographs of real rooms: views out of spherical panoramas of high dynamic range."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def view(panorama: Array, yaw: float, pitch: float, field: float, width: int, height: int) -> Array:
    """What a camera inside an equirectangular panorama (h, 2 h, 3) sees, (height, width, 3).

    yaw, pitch: degrees to the right and up; field: horizontal, degrees.
    """
    focal = width / 2 / np.tan(np.radians(field) / 2)
    column, row = np.meshgrid(
        np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    )
    tilt = np.radians(pitch)
    down = row * np.cos(tilt) - focal * np.sin(tilt)
    ahead = row * np.sin(tilt) + focal * np.cos(tilt)
    longitude = np.arctan2(column, ahead) + np.radians(yaw)
    latitude = np.arctan2(down, np.hypot(column, ahead))
    rows, columns = panorama.shape[:2]
    return cv2.remap(
        panorama,
        ((longitude / (2 * np.pi) % 1.0) * columns - 0.5).astype(np.float32),
        ((latitude / np.pi + 0.5) * rows - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )


def developed(radiance: Array, exposure: float) -> NDArray[np.uint8]:
    """A picture of linear light as a webcam shows it: exposed by its median, shoulder, sRGB-like.

    exposure: what the median becomes, of the brightest that is shown.
    """
    light = radiance * (exposure / max(float(np.median(radiance)), 1e-6))
    shown = light * (1.0 + light / 9.0) / (1.0 + light)
    return np.rint(np.clip(shown, 0.0, 1.0) ** (1 / 2.2) * 255.0).astype(np.uint8)


def random_views(
    panorama: Array, count: int, width: int, height: int, rng: np.random.Generator
) -> list[NDArray[np.uint8]]:
    """Views that a webcam might have, BGR, all around."""
    turns = (np.arange(count) + rng.random(count)) * 360.0 / count
    return [
        developed(
            view(panorama, turn, rng.uniform(-12, 6), rng.uniform(55, 85), width, height),
            float(np.exp(rng.normal(np.log(0.3), 0.4))),
        )
        for turn in turns
    ]
