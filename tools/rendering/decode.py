"""From Blender's multilayer EXR to a picture as a webcam would show it, depth, matte and motion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rendering.scene import FAR, Camera

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]

NEAR = 0.1
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What Blender rendered, float32: linear RGB colour, albedo, normal (height, width, 3),
    planar depth in metres and matte (height, width), motion in world metres (height, width, 3)."""

    colour: Map
    albedo: Map
    normal: Map
    depth: Map
    matte: Map
    motion: Map


def read_layers(path: Path) -> Layers:
    """Read a frame's EXR file."""
    import OpenEXR

    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: channel.pixels for name, channel in file.parts[0].channels.items()}

    def stack(layer: str, letters: str) -> Map:
        return np.stack([channels[f"ViewLayer.{layer}.{letter}"] for letter in letters], axis=-1)

    matte = "ViewLayer.matte.V" if "ViewLayer.matte.V" in channels else "ViewLayer.matte.X"
    return Layers(
        stack("Combined", "RGB"),
        stack("Denoising Albedo", "RGB"),
        stack("Denoising Normal", "XYZ"),
        channels["ViewLayer.Depth.Z"],
        np.clip(channels[matte], 0.0, 1.0),
        stack("motion", "RGB"),
    )


def denoise(layers: Layers) -> Map:
    """The colour without the noise of few samples, by Intel's Open Image Denoise."""
    import pyoidn

    colour = np.ascontiguousarray(np.nan_to_num(layers.colour), np.float32)
    albedo = np.ascontiguousarray(np.clip(np.nan_to_num(layers.albedo), 0, 1), np.float32)
    normal = np.ascontiguousarray(np.nan_to_num(layers.normal), np.float32)
    return np.asarray(pyoidn.denoise(colour, albedo, normal, hdr=True), np.float32)


def exposure_gain(colour: Map, matte: Map, exposure: float) -> float:
    """The factor by which an automatic exposure scales linear light.

    It meters the logarithm of luminance over the middle of the picture and over people twice, and
    lets little more than a tenth of the picture burn out.
    """
    rows, columns = matte.shape
    row = np.linspace(-1, 1, rows)[:, None]
    column = np.linspace(-1, 1, columns)[None]
    weight = np.exp(-(row**2 + column**2)) * (1.0 + matte)
    luminance = np.clip(colour @ LUMINANCE, 1e-4, 20.0)
    mean = math.exp(float((weight * np.log(luminance)).sum() / weight.sum()))
    bright = 1.1 / max(float(np.percentile(luminance, 88)), 1e-4)
    return float(np.clip(min(0.16 / mean, bright) * exposure, 0.02, 60.0))


def white_balance(colour: Map, strength: float = 0.6) -> Map:
    """Gains (3,) that move the picture's mean colour towards grey by ``strength``."""
    bounded = np.minimum(colour, np.float32(np.percentile(colour, 95)))
    mean = np.maximum(bounded.reshape(-1, 3).mean(axis=0), 1e-5)
    gains = (float(mean @ LUMINANCE) / mean) ** strength
    return np.clip(gains, 0.6, 1.8).astype(np.float32)


def tone_map(linear: Map) -> Picture:
    """Linear RGB to sRGB BGR uint8, with a soft shoulder above 0.6 as cameras have."""
    knee = 0.6
    over = np.maximum(linear - knee, 0.0)
    shouldered = np.minimum(linear, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee)))
    value = np.clip(shouldered, 0.0, 1.0)
    encoded = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.rint(encoded[..., ::-1] * 255.0).astype(np.uint8)


def kept_depth(depth: Map) -> NDArray[np.float16]:
    """Depth in metres within NEAR..FAR; what nothing covers is FAR."""
    return np.clip(np.nan_to_num(depth, nan=FAR), NEAR, FAR).astype(np.float16)


def camera_axes(camera: Camera) -> NDArray[np.float64]:
    """Rotation (3, 3) from camera axes (right, up, backwards) to the world."""

    def about(axis: int, angle: float) -> NDArray[np.float64]:
        first, second = [(1, 2), (2, 0), (0, 1)][axis]
        matrix = np.eye(3)
        matrix[first, first] = matrix[second, second] = math.cos(angle)
        matrix[first, second], matrix[second, first] = -math.sin(angle), math.sin(angle)
        return matrix

    return about(2, camera.yaw) @ about(0, math.pi / 2 + camera.pitch) @ about(2, camera.roll)


def pixel_motion(layers: Layers, camera: Camera) -> Map:
    """Motion to the next frame in pixels, right and down, float32 (height, width, 2).

    The camera stands still; what no person covers by half has none.
    """
    rows, columns = layers.depth.shape
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float64)
    x = (column + 0.5 - columns / 2) / camera.focal
    y = -(row + 0.5 - rows / 2) / camera.focal
    covered = layers.matte >= 0.5
    depth = np.where(covered, np.clip(layers.depth, NEAR, FAR), 1.0).astype(np.float64)
    world = layers.motion / np.maximum(layers.matte, 0.5)[..., None]
    moved = world.astype(np.float64) @ camera_axes(camera)
    ahead = np.maximum(depth - moved[..., 2], 0.02)
    right = (x * depth + moved[..., 0]) / ahead
    up = (y * depth + moved[..., 1]) / ahead
    flow = np.stack([(right - x) * camera.focal, -(up - y) * camera.focal], axis=-1)
    flow[~covered] = 0.0
    return flow.astype(np.float32)
