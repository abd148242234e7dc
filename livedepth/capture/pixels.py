"""Turns what a camera delivers, byte by byte, into BGR images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.capture.quiet import quiet_opencv
from livedepth.frame import Image
from livedepth.resizing import cover

Bytes = NDArray[np.uint8]

_PACKED = {
    "YUYV": (2, cv2.COLOR_YUV2BGR_YUYV),
    "YVYU": (2, cv2.COLOR_YUV2BGR_YVYU),
    "UYVY": (2, cv2.COLOR_YUV2BGR_UYVY),
    "RGB3": (3, cv2.COLOR_RGB2BGR),
    "XR24": (4, cv2.COLOR_BGRA2BGR),
    "AR24": (4, cv2.COLOR_BGRA2BGR),
    "GREY": (1, cv2.COLOR_GRAY2BGR),
}
_SEMI_PLANAR = {"NV12": cv2.COLOR_YUV2BGR_NV12, "NV21": cv2.COLOR_YUV2BGR_NV21}
_PLANAR = {"YU12": cv2.COLOR_YUV2BGR_I420, "YV12": cv2.COLOR_YUV2BGR_YV12}
_IN_PAIRS = {"YUYV", "YVYU", "UYVY", *_SEMI_PLANAR, *_PLANAR}
_COMPRESSED = {"MJPG", "JPEG"}

RAW = frozenset(("BGR3", *_PACKED, *_SEMI_PLANAR, *_PLANAR))
"""Formats whose pictures all have the same number of bytes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the pictures lie in memory: four characters, pixels, and bytes from line to line."""

    pixel_format: str
    width: int
    height: int
    stride: int


def decoder(layout: Layout) -> Callable[[Bytes, Image], bool] | None:
    """Return what writes a picture into a BGR uint8 (height, width, 3), None if nothing can.

    It is given the bytes that the driver says are used, and returns False, having written
    nothing of use, when they are no whole picture. A JPEG of another size is scaled to cover.
    """
    pixel_format, stride = layout.pixel_format, layout.stride
    width, height = layout.width, layout.height
    if pixel_format in _COMPRESSED:
        return _decode_jpeg
    if pixel_format in _IN_PAIRS and width % 2:
        return None
    if pixel_format == "BGR3":
        return lambda raw, out: _packed(raw, out, stride or 3 * width, 3, None)
    if pixel_format in _PACKED:
        bytes_each, code = _PACKED[pixel_format]
        return lambda raw, out: _packed(raw, out, stride or bytes_each * width, bytes_each, code)
    if pixel_format in _SEMI_PLANAR and height % 2 == 0:
        code = _SEMI_PLANAR[pixel_format]
        return lambda raw, out: _semi_planar(raw, out, stride or width, code)
    if pixel_format in _PLANAR and height % 2 == 0:
        code = _PLANAR[pixel_format]
        return lambda raw, out: _planar(raw, out, stride or width, code)
    return None


def _decode_jpeg(raw: Bytes, out: Image) -> bool:
    try:
        with quiet_opencv():
            picture = cv2.imdecode(raw, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return False
    if picture is None:
        return False
    if picture.shape == out.shape:
        np.copyto(out, picture)
    else:
        cover(out, np.asarray(picture, np.uint8))
    return True


def _packed(raw: Bytes, out: Image, stride: int, bytes_each: int, code: int | None) -> bool:
    height, width = out.shape[:2]
    if raw.size < stride * (height - 1) + bytes_each * width:
        return False
    shape, strides = (height, width, bytes_each), (stride, bytes_each, 1)
    pixels = np.lib.stride_tricks.as_strided(raw, shape, strides)
    if code is None:
        np.copyto(out, pixels)
    else:
        cv2.cvtColor(pixels, code, dst=out)
    return True


def _semi_planar(raw: Bytes, out: Image, stride: int, code: int) -> bool:
    height, width = out.shape[:2]
    rows = height * 3 // 2
    if raw.size < stride * rows:
        return False
    cv2.cvtColor(raw[: stride * rows].reshape(rows, stride)[:, :width], code, dst=out)
    return True


def _planar(raw: Bytes, out: Image, stride: int, code: int) -> bool:
    height, width = out.shape[:2]
    luma = stride * height
    if raw.size < luma * 3 // 2:
        return False
    packed = raw[: luma * 3 // 2]
    if stride != width:
        chroma = packed[luma:].reshape(height, stride // 2)[:, : width // 2]
        packed = np.concatenate(
            (packed[:luma].reshape(height, stride)[:, :width].ravel(), chroma.ravel())
        )
    cv2.cvtColor(packed.reshape(height * 3 // 2, width), code, dst=out)
    return True
