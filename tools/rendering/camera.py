"""What a webcam adds to a clean picture: lens, motion, noise, automatic exposure, compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Webcam:
    """How bad a camera is.

    distortion: radial coefficient of the Brown-Conrady model, negative for a barrel.
    vignette: light lost in the corners, 0..1. blur: sigma in pixels of the lens.
    shutter: share of the time between frames that the shutter is open.
    shot, read: noise in linear light, its standard deviation at full light and in the dark.
    quality: JPEG quality, 1..100. level: the mean luminance that exposure settles at, linear.
    """

    distortion: float = -0.03
    vignette: float = 0.12
    blur: float = 0.5
    shutter: float = 0.0
    shot: float = 0.008
    read: float = 0.002
    quality: int = 85
    level: float = 0.2


def to_linear(picture: Picture) -> Map:
    """sRGB uint8 to linear light in 0..1 (IEC 61966-2-1)."""
    value = np.arange(256, dtype=np.float32) / 255.0
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return table.astype(np.float32)[picture]


def to_picture(linear: Map) -> Picture:
    """Linear light to sRGB uint8."""
    value = np.clip(linear, 0.0, 1.0)
    encoded = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255.0).astype(np.uint8)


def lens_maps(rows: int, columns: int, distortion: float) -> tuple[Map, Map]:
    """Where each pixel of a distorted picture comes from; the corners stay inside the picture."""
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float32)
    half = np.float32(columns / 2)
    x, y = (column + 0.5) / half - 1.0, (row + 0.5 - rows / 2) / half
    radius = x**2 + y**2
    corner = 1.0 + (rows / columns) ** 2
    scale = (1.0 + distortion * radius) / max(1.0, 1.0 + distortion * corner)
    return ((x * scale + 1.0) * half - 0.5, (y * scale * half) + rows / 2 - 0.5)


def distort(image: NDArray, distortion: float, interpolation: int = cv2.INTER_LINEAR) -> NDArray:
    """A picture or a map as a lens with radial distortion shows it."""
    across, down = lens_maps(*image.shape[:2], distortion)
    return cv2.remap(image, across, down, interpolation, borderMode=cv2.BORDER_REPLICATE)


def smear(linear: Map, motion: Map, shutter: float, steps: int = 5) -> Map:
    """Motion blur: the mean over the time that the shutter is open, along each pixel's motion."""
    row, column = np.mgrid[0 : linear.shape[0], 0 : linear.shape[1]].astype(np.float32)
    total = np.zeros_like(linear)
    for share in np.linspace(-0.5, 0.5, steps, dtype=np.float32) * np.float32(shutter):
        across, down = column + share * motion[..., 0], row + share * motion[..., 1]
        total += cv2.remap(linear, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return total / steps


def photograph(
    picture: Picture, camera: Webcam, rng: np.random.Generator, motion: Map | None = None
) -> Picture:
    """A clean picture as the camera gives it, uint8 (height, width, 3) BGR of the same size.

    motion: pixels to the next frame, float32 (height, width, 2), for motion blur. Apply
    ``distort`` to depth and matte to keep them with the picture.
    """
    linear = to_linear(picture)
    if motion is not None and camera.shutter > 0.0:
        linear = smear(linear, motion, camera.shutter)
    linear = distort(linear, camera.distortion)
    rows, columns = picture.shape[:2]
    row = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    column = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    linear *= (1.0 - camera.vignette * (row**2 + column**2) / 2)[..., None]
    linear *= min(1.6, max(0.15, camera.level / max(float(linear.mean()), 1e-3)))
    if camera.blur > 0.0:
        linear = cv2.GaussianBlur(linear, (0, 0), camera.blur)
    spread = np.sqrt(camera.read**2 + camera.shot**2 * np.clip(linear, 0, 1))
    grain = rng.standard_normal(linear.shape, dtype=np.float32)
    noisy = linear + spread * cv2.GaussianBlur(grain, (0, 0), 0.6) * 1.9
    encoded = cv2.imencode(".jpg", to_picture(noisy), [cv2.IMWRITE_JPEG_QUALITY, camera.quality])
    return cv2.imdecode(encoded[1], cv2.IMREAD_COLOR)
