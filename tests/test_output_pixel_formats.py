"""Pixel formats of a virtual camera, decoded again by somebody else's code."""

from __future__ import annotations

import av
import numpy as np
import pytest
from output_support import pattern

from livedepth.outputs.pixel_formats import SentFormat, converter

# OpenCV rounds to 14 bits, FFmpeg to its own; chroma is halved.
_TOLERANCE = 4


def decoded(sent: SentFormat, packed: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """BGR of what was packed, through FFmpeg's converter."""
    name = {"yuyv": "yuyv422", "nv12": "nv12"}[sent]
    return av.VideoFrame.from_ndarray(packed, format=name).to_ndarray(
        format="bgr24", src_colorspace="ITU601", src_color_range="MPEG"
    )


@pytest.mark.parametrize("sent", ["yuyv", "nv12"])
@pytest.mark.parametrize("size", [(64, 48), (2, 2), (326, 182), (1280, 720)])
def test_colours_come_back(sent: SentFormat, size: tuple[int, int]) -> None:
    image = pattern(size)
    convert = converter(sent, size)
    convert(255 - image)
    packed = convert(image)
    width, height = size
    assert packed.shape == ((height, width, 2) if sent == "yuyv" else (height * 3 // 2, width))
    # Smooth colours, so half the chroma is enough; the edge of a tiny picture is not smooth.
    if min(size) > 16:
        error = np.abs(decoded(sent, packed, size).astype(int) - image)
        assert error.mean() < _TOLERANCE / 2
        assert np.percentile(error, 99) < 2 * _TOLERANCE


@pytest.mark.parametrize("sent", ["yuyv", "nv12"])
@pytest.mark.parametrize(
    "colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 130, 200)]
)
def test_flat_colours_are_exact_to_rounding(sent: SentFormat, colour: tuple[int, ...]) -> None:
    image = np.full((48, 64, 3), colour, np.uint8)
    read = decoded(sent, converter(sent, (64, 48))(image), (64, 48))
    assert np.abs(read.astype(int) - image).max() <= _TOLERANCE


def test_bgr_is_the_image_itself_made_contiguous() -> None:
    image = pattern((65, 49))
    convert = converter("bgr", (64, 48))
    assert convert(image) is image
    cut = convert(image[:48, :64])
    assert cut.flags.c_contiguous
    np.testing.assert_array_equal(cut, image[:48, :64])


@pytest.mark.parametrize("sent", ["yuyv", "nv12"])
def test_a_cut_image_will_do(sent: SentFormat) -> None:
    image = pattern((65, 49))
    convert = converter(sent, (64, 48))
    whole = convert(np.ascontiguousarray(image[:48, :64])).copy()
    np.testing.assert_array_equal(convert(image[:48, :64]), whole)
