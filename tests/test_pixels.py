"""Every pixel format, against pictures whose colours are known, also with padded lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedepth.capture.pixels import Layout, decoder

WIDTH, HEIGHT = 64, 48


def picture() -> np.ndarray:
    """Smooth colours, so that halved chroma costs little."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [columns * 3, rows * 4, 255 - columns * 2 - rows]
    return np.stack(planes, axis=-1).clip(16, 235).astype(np.uint8)


def encoded(pixel_format: str, image: np.ndarray) -> np.ndarray:
    """The bytes of ``image`` line by line, without padding: (lines, bytes)."""
    yuv = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    luma, chroma = yuv[:HEIGHT], yuv[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    u, v = (np.repeat(plane, 2, axis=0) for plane in chroma)
    even, odd = luma[:, 0::2], luma[:, 1::2]
    packed = {
        "YUYV": (even, u, odd, v),
        "YVYU": (even, v, odd, u),
        "UYVY": (u, even, v, odd),
    }
    if pixel_format in packed:
        return np.stack(packed[pixel_format], axis=-1).reshape(HEIGHT, -1)
    if pixel_format in ("NV12", "NV21"):
        first, second = chroma if pixel_format == "NV12" else chroma[::-1]
        return np.vstack([luma, np.stack([first, second], axis=-1).reshape(-1, WIDTH)])
    opaque = np.dstack([image, np.full((HEIGHT, WIDTH), 255, np.uint8)])
    return {
        "BGR3": image.reshape(HEIGHT, -1),
        "RGB3": image[:, :, ::-1].reshape(HEIGHT, -1),
        "XR24": opaque.reshape(HEIGHT, -1),
        "AR24": opaque.reshape(HEIGHT, -1),
        "GREY": luma,
    }[pixel_format]


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize(
    "pixel_format",
    ["YUYV", "YVYU", "UYVY", "NV12", "NV21", "BGR3", "RGB3", "XR24", "AR24", "GREY"],
)
def test_raw_pictures(pixel_format: str, padding: int) -> None:
    image = picture()
    lines = encoded(pixel_format, image)
    padded = np.pad(lines, ((0, 0), (0, padding)), constant_values=99)
    decode = decoder(Layout(pixel_format, WIDTH, HEIGHT, padded.shape[1]))
    out = np.zeros_like(image)
    raw = np.ascontiguousarray(padded).ravel()
    assert decode(raw, out)
    if pixel_format == "GREY":
        image = cv2.cvtColor(lines, cv2.COLOR_GRAY2BGR)
    assert np.abs(out.astype(int) - image).mean() < 3
    assert not decode(raw[: raw.size // 2], out)


@pytest.mark.parametrize("stride", [WIDTH, WIDTH + 32])
@pytest.mark.parametrize("pixel_format", ["YU12", "YV12"])
def test_planar_pictures(pixel_format: str, stride: int) -> None:
    image = picture()
    yuv = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    luma, chroma = yuv[:HEIGHT], list(yuv[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2))
    if pixel_format == "YV12":
        chroma.reverse()
    pad = stride - WIDTH
    parts = [np.pad(luma, ((0, 0), (0, pad)))]
    parts += [np.pad(plane, ((0, 0), (0, pad // 2))) for plane in chroma]
    raw = np.concatenate([part.ravel() for part in parts])
    out = np.zeros_like(image)
    assert decoder(Layout(pixel_format, WIDTH, HEIGHT, stride))(raw, out)
    assert np.abs(out.astype(int) - image).mean() < 3


@pytest.mark.parametrize("pixel_format", ["MJPG", "JPEG"])
def test_jpeg_pictures_also_of_another_size(pixel_format: str) -> None:
    decode = decoder(Layout(pixel_format, WIDTH, HEIGHT, 0))
    image, out = picture(), np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    raw = cv2.imencode(".jpg", image)[1].ravel()
    assert decode(raw, out)
    assert np.abs(out.astype(int) - image).mean() < 6
    small = cv2.imencode(".jpg", cv2.resize(image, (32, 24)))[1].ravel()
    assert decode(small, out)
    assert np.abs(out.astype(int) - image).mean() < 12


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\xff\xd8\xff"])
def test_what_is_no_jpeg_is_refused(content: bytes) -> None:
    out = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    decode = decoder(Layout("MJPG", WIDTH, HEIGHT, 0))
    assert not decode(np.frombuffer(content, np.uint8), out)


def test_an_unknown_format_has_no_decoder() -> None:
    assert decoder(Layout("H264", WIDTH, HEIGHT, 0)) is None


@pytest.mark.parametrize(
    ("pixel_format", "width", "height"),
    [("YUYV", 63, 48), ("NV12", 63, 48), ("NV12", 64, 47), ("YU12", 63, 48), ("YV12", 64, 47)],
)
def test_shared_chroma_needs_even_sides(pixel_format: str, width: int, height: int) -> None:
    assert decoder(Layout(pixel_format, width, height, 128)) is None
