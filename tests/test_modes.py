"""Choosing what to ask of a camera: pure functions over what it offers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.capture.modes import READABLE, Mode, Request, choose
from livedepth.capture.pixels import Layout, decoder


def fixed(pixel_format: str, width: int, height: int, *rates: float) -> Mode:
    return Mode(pixel_format, (width, height), (width, height), rates=rates)


# A common USB camera: raw pictures are slow at 720p, compressed ones are not.
WEBCAM = (
    fixed("YUYV", 640, 480, 15, 30),
    fixed("YUYV", 1280, 720, 5, 10),
    fixed("MJPG", 640, 480, 15, 30),
    fixed("MJPG", 1280, 720, 15, 30, 60),
    fixed("MJPG", 1920, 1080, 15, 30),
    fixed("H264", 1920, 1080, 30, 60),
)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ((1280, 720, 30, "auto"), Request("MJPG", 1280, 720, 30)),
        ((640, 480, 30, "auto"), Request("YUYV", 640, 480, 30)),
        ((1280, 720, 10, "auto"), Request("YUYV", 1280, 720, 10)),
        ((1280, 720, 60, "auto"), Request("MJPG", 1280, 720, 60)),
        ((1280, 720, 25, "auto"), Request("MJPG", 1280, 720, 30)),
        ((1900, 1000, 30, "auto"), Request("MJPG", 1920, 1080, 30)),
        ((16, 16, 30, "auto"), Request("YUYV", 640, 480, 30)),
        ((1280, 720, 30, "yuyv"), Request("YUYV", 640, 480, 30)),
        ((640, 480, 30, "mjpg"), Request("MJPG", 640, 480, 30)),
        ((640, 480, 30, "nv12"), Request("YUYV", 640, 480, 30)),
        ((1280, 720, 240, "auto"), Request("MJPG", 1280, 720, 60)),
    ],
)
def test_what_is_asked_of_a_webcam(asked: tuple[int, int, float, str], granted: Request) -> None:
    assert choose(WEBCAM, *asked) == granted


def test_ntsc_rates_count_as_whole_ones() -> None:
    modes = (fixed("YUYV", 640, 480, 29.97), fixed("MJPG", 640, 480, 29.97, 60))
    assert choose(modes, 640, 480, 30, "auto") == Request("YUYV", 640, 480, 29.97)


def test_a_camera_that_offers_nothing_readable() -> None:
    assert choose((), 640, 480, 30, "auto") is None
    assert choose((fixed("H264", 640, 480, 30),), 640, 480, 30, "auto") is None


def test_a_driver_that_does_not_tell_rates_is_asked_for_the_wanted_one() -> None:
    assert choose((fixed("YUYV", 640, 480),), 640, 480, 24, "auto").rate == 24


SIZE = st.integers(1, 5000)


@settings(max_examples=60, deadline=None)
@given(SIZE, SIZE, SIZE, SIZE, st.integers(1, 32), SIZE, SIZE)
def test_ranges_of_sizes(
    low_x: int, low_y: int, more_x: int, more_y: int, step: int, width: int, height: int
) -> None:
    mode = Mode("YUYV", (low_x, low_y), (low_x + more_x, low_y + more_y), (step, step))
    got = mode.nearest(width, height)
    for value, want, low, more in zip(
        got, (width, height), (low_x, low_y), (more_x, more_y), strict=True
    ):
        assert low <= value <= low + more
        assert (value - low) % step == 0 or value == low + more
        if low <= want <= low + more:
            assert abs(value - want) <= step


def test_every_format_that_is_asked_for_can_be_read() -> None:
    for pixel_format in READABLE:
        assert decoder(Layout(pixel_format, 64, 48, 0)) is not None
