"""Choosing a camera and what to ask of it; pure functions over descriptions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.capture.camera import (
    CameraInfo,
    Mode,
    Request,
    choose,
    find_again,
    find_camera,
    list_cameras,
)
from livedepth.errors import SourceError


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


REAL = CameraInfo("HD Pro Webcam", "/dev/video2", 2, "usb-1")
TWIN = CameraInfo("HD Pro Webcam", "/dev/video6", 6, "usb-2")
BROKEN = CameraInfo("Infrared", "/dev/video0", 0, problem="it is in use by zoom (pid 7)")
VIRTUAL = CameraInfo("OBS", "/dev/video1", 1, virtual=True)
SINK = CameraInfo("Sink", "/dev/video9", 9, virtual=True, capture=False, problem="no writer")


def test_auto_takes_the_first_real_camera_that_works() -> None:
    assert find_camera("auto", [BROKEN, VIRTUAL, REAL, TWIN, SINK]) is REAL
    assert find_camera("auto", [BROKEN, VIRTUAL]) is BROKEN
    assert find_camera("auto", [BROKEN]) is BROKEN
    with pytest.raises(SourceError, match=r"or name a virtual one \(OBS\)"):
        find_camera("auto", [VIRTUAL])
    for none in ([], [SINK]):
        with pytest.raises(SourceError, match="no camera found; plug one in"):
            find_camera("auto", none)


@pytest.mark.parametrize(
    ("text", "camera"),
    [("2", REAL), ("/dev/video6", TWIN), ("obs", VIRTUAL), ("INFRA", BROKEN), ("9", SINK)],
)
def test_by_number_path_and_name(text: str, camera: CameraInfo) -> None:
    assert find_camera(text, [BROKEN, VIRTUAL, REAL, TWIN, SINK]) is camera


def test_an_unknown_or_ambiguous_name_lists_the_cameras() -> None:
    cameras = [REAL, TWIN, VIRTUAL]
    with pytest.raises(SourceError, match="more than one camera fits 'webcam'") as caught:
        find_camera("webcam", cameras)
    assert "2 HD Pro Webcam (/dev/video2); 6 HD Pro Webcam (/dev/video6)" in str(caught.value)
    with pytest.raises(SourceError, match="there is no camera 'logi'; cameras here: 2 HD Pro"):
        find_camera("logi", cameras)
    with pytest.raises(SourceError, match="there is no camera '7'; cameras here: none"):
        find_camera("7", [])


def test_a_camera_is_found_again_by_where_it_is_plugged_in_then_by_name() -> None:
    moved = CameraInfo("HD Pro Webcam", "/dev/video4", 4, "usb-2")
    assert find_again(TWIN, [REAL, moved]) is moved
    assert find_again(CameraInfo("HD Pro Webcam", "/dev/video3", 3, "usb-9"), [REAL]) is REAL
    with pytest.raises(SourceError, match="HD Pro Webcam is not connected"):
        find_again(REAL, [VIRTUAL])


def test_this_machine_can_be_asked() -> None:
    assert all(camera.index >= 0 and camera.name for camera in list_cameras())
