"""The camera: its lens, its tone curve and the glare of its glass."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.capture.raycast.tables import CAMERA, Table
from livedepth.capture.scene.looks import Look


def make_camera(look: Look, width: int, height: int) -> Table:
    """One row of CAMERA for a picture of width x height pixels."""
    focal = 0.5 * width / math.tan(math.radians(0.5 * look.field_of_view))
    pitch = math.radians(look.pitch)
    cosine, sine = math.cos(pitch), math.sin(pitch)
    lens = (focal, 0.5 * width, 0.5 * height)
    eye = (0.0, look.camera_height, 0.0)
    right, down, forward = (1.0, 0.0, 0.0), (0.0, -cosine, sine), (0.0, sine, cosine)
    return np.array([(*lens, *eye, *right, *down, *forward)], CAMERA)


def tone_curve(exposure: float) -> NDArray[np.uint8]:
    """Bytes over the square root of linear light in 0..4: a filmic shoulder, then sRGB gamma."""
    light = (2.0 * np.linspace(0.0, 1.0, 4096)) ** 2 * exposure * 0.85
    filmic = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    level = np.clip(filmic, 0.0, 1.0)
    gamma = np.where(level < 0.0031308, 12.92 * level, 1.055 * level ** (1 / 2.4) - 0.055)
    curve: NDArray[np.uint8] = np.round(255.0 * gamma).astype(np.uint8)
    return curve


def bloom(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """A little of the brightest light spread around it, as a lens does."""
    bright = np.clip(colour - 0.9, 0.0, 3.0)
    sigma = 0.018 * colour.shape[1]
    near = cv2.GaussianBlur(bright, (0, 0), sigma)
    far = cv2.GaussianBlur(bright, (0, 0), 4.0 * sigma)
    out: NDArray[np.float32] = np.ascontiguousarray(colour + 0.13 * near + 0.22 * far, np.float32)
    return out
