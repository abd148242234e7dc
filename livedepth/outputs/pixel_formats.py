"""From BGR to the pixel formats that are sent to a virtual camera.

All are ITU-R BT.601 with limited range, which is what a V4L2 device means that names no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np

from livedepth.frame import Image

SentFormat = Literal["bgr", "yuyv", "nv12"]

Convert = Callable[[Image], Image]


def converter(sent: SentFormat, size: tuple[int, int]) -> Convert:
    """Return what turns BGR images of ``size`` (width, height), both even, into ``sent``.

    The result is a buffer that the next call overwrites: yuyv is uint8 (height, width, 2); nv12
    is uint8 (height * 3 / 2, width); bgr is the image itself.
    """
    match sent:
        case "yuyv":
            return _yuyv(size)
        case "nv12":
            return _nv12(size)
        case "bgr":
            return np.ascontiguousarray


def _yuyv(size: tuple[int, int]) -> Convert:
    width, height = size
    semiplanar = _nv12(size)
    chroma = np.empty((height // 2, 2, width), np.uint8)
    packed = np.empty((height, width, 2), np.uint8)

    def convert(image: Image) -> Image:
        # By way of 4:2:0, six times as fast as OpenCV itself or more; calls halve chroma anyway.
        planes = semiplanar(image)
        chroma[:] = planes[height:, None]
        cv2.merge((planes[:height], chroma.reshape(height, width)), dst=packed)
        return packed

    return convert


def _nv12(size: tuple[int, int]) -> Convert:
    width, height = size
    planar = np.empty((height * 3 // 2, width), np.uint8)
    semiplanar = np.empty_like(planar)
    blue, red = planar[height:].reshape(2, height // 2, width // 2)
    chroma = semiplanar[height:].reshape(height // 2, width // 2, 2)

    def convert(image: Image) -> Image:
        cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420, dst=planar)
        semiplanar[:height] = planar[:height]
        cv2.merge((blue, red), dst=chroma)
        return semiplanar

    return convert
