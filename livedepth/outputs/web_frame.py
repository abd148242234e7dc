"""How one frame travels to the page that shows it, transparent where it is.

It is a length of four bytes, big-endian, so many bytes of JPEG with the colours, and, if it
is transparent anywhere, a PNG with the alpha. At 720p a PNG of all four channels takes three times
as long to encode, and WebP thirty times.
"""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

from livedepth.frame import Image
from livedepth.outputs.pictures import PNG

# Colours at full resolution, since halved ones of the black beyond a cutout would darken its edge.
_JPEG = [
    *(cv2.IMWRITE_JPEG_QUALITY, 92),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
]

_HEAD_END = 33
_COLOUR_TYPE_OFFSET = 25
_PALETTE_TYPE = 3


def encode(picture: Image) -> bytes:
    """Encode BGR or BGRA uint8 (height, width, 3 or 4) for the page."""
    if picture.shape[2] == 3:
        return _join(picture, b"")
    height, width, _ = picture.shape
    colours = np.empty((height, width, 3), np.uint8)
    alpha = np.empty((height, width), np.uint8)
    cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR, dst=colours)
    cv2.extractChannel(picture, 3, dst=alpha)
    return _join(colours, alpha_png(alpha))


def _join(colours: Image, alpha: bytes) -> bytes:
    jpeg = cv2.imencode(".jpg", colours, _JPEG)[1].tobytes()
    return struct.pack(">I", len(jpeg)) + jpeg + alpha


def alpha_png(alpha: Image) -> bytes:
    """Encode ``alpha``, uint8 (height, width), as a black picture of that transparency.

    It is a grey PNG declared to have a palette instead, of black in 256 transparencies (PNG
    specification, chunks PLTE and tRNS): a quarter of the data of a PNG with four channels.
    """
    grey = cv2.imencode(".png", alpha, PNG)[1].tobytes()
    head = bytearray(grey[12:29])
    head[_COLOUR_TYPE_OFFSET - 12] = _PALETTE_TYPE
    chunks = (bytes(head), b"PLTE" + bytes(3 * 256), b"tRNS" + bytes(range(256)))
    return grey[:8] + b"".join(_chunk(chunk) for chunk in chunks) + grey[_HEAD_END:]


def _chunk(content: bytes) -> bytes:
    length = struct.pack(">I", len(content) - 4)
    return length + content + struct.pack(">I", zlib.crc32(content))
