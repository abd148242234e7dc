"""Real V4L2 devices: /dev/video0 is vivid, /dev/video10 is v4l2loopback, and we are root."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import guest
import pytest
from guest import control, opened, plug_in, read_until_back, read_until_lost, unplug

from livedepth.capture import v4l2
from livedepth.capture.camera import list_cameras
from livedepth.capture.opencv_camera import OpenCvCamera
from livedepth.capture.session import Session
from livedepth.capture.thread import CaptureThread
from livedepth.capture.v4l2_camera import V4l2Camera
from livedepth.errors import CameraLostError, SourceError
from livedepth.settings import Settings
from livedepth.stats import Stats

pytestmark = [
    pytest.mark.camera,
    pytest.mark.skipif(not guest.present(), reason=guest.ABSENT),
]


@pytest.fixture(autouse=True)
def plugged_in() -> Iterator[None]:
    """The camera is there again after a test that took it away."""
    yield
    guest.tidy()


def test_cameras_are_listed_with_what_they_offer() -> None:
    cameras = {camera.index: camera for camera in list_cameras()}
    vivid, loopback = cameras[0], cameras[10]
    assert (vivid.name, vivid.path, vivid.driver) == ("vivid", "/dev/video0", "vivid")
    assert vivid.bus == "platform:vivid-000"
    assert vivid.capture
    assert not vivid.virtual
    assert not vivid.problem
    rates = {mode.largest: mode.rates for mode in vivid.modes if mode.pixel_format == "YUYV"}
    assert rates[1280, 720][-1] == 30
    assert 50 in rates[640, 480]
    assert loopback.virtual
    assert not loopback.capture
    assert "start the program that feeds it" in loopback.problem


@pytest.mark.parametrize(
    ("size", "rate", "granted"),
    [
        ((1280, 720), 30, (1280, 720, 30)),
        ((640, 480), 30, (640, 480, 30)),
        ((640, 480), 50, (640, 480, 50)),
        ((700, 500), 30, (640, 480, 30)),
        ((320, 180), 60, (320, 180, 60)),
        ((3840, 2160), 30, (1920, 1080, 20)),
    ],
)
def test_negotiation(size: tuple[int, int], rate: int, granted: tuple[int, int, int]) -> None:
    with opened("0", width=size[0], height=size[1], rate=rate) as source:
        assert source.size == granted[:2]
        assert source.rate == granted[2]
        assert source.granted == (
            f"asked {size[0]}x{size[1]} at {rate} fps; "
            f"granted {granted[0]}x{granted[1]} YUYV at {granted[2]} fps"
        )
        assert source.read().image.shape == (granted[1], granted[0], 3)


@pytest.mark.parametrize("text", ["auto", "0", "/dev/video0", "viv", "VIVID"])
def test_the_same_camera_by_many_names(text: str) -> None:
    with opened(text) as source:
        assert source.name == "vivid"
        assert source.live


def test_frames_carry_the_time_of_the_driver() -> None:
    with opened() as source:
        frames = [source.read() for _ in range(12)]
    gaps = [b.captured_at - a.captured_at for a, b in itertools.pairwise(frames[2:])]
    assert sorted(gaps)[len(gaps) // 2] == pytest.approx(1 / 30, rel=0.3)
    assert [frame.index for frame in frames] == list(range(12))


def test_a_camera_in_use_names_the_program() -> None:
    with guest.another_program() as pid:
        with pytest.raises(SourceError) as caught:
            opened()
        assert f"vivid (/dev/video0): it is in use by v4l2-ctl (pid {pid})" in str(caught.value)


def test_a_camera_this_program_uses_already() -> None:
    with opened() as source:
        with pytest.raises(SourceError, match="in use by this program"):
            opened()
        assert source.read() is not None


def as_nobody(question: Callable[[], str]) -> str:
    """The answer of a child process without privileges."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setuid(65534)
            os.write(writing, question().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def test_a_camera_that_is_not_permitted() -> None:
    def question() -> str:
        try:
            opened("vivid").close()
        except SourceError as error:
            return str(error)
        return "it opened"

    answer = as_nobody(question)
    assert answer.startswith("cannot use the camera vivid")
    assert answer.endswith(
        "(/dev/video0): it is not permitted; run `sudo usermod -aG video $USER` and log in again"
    )


def test_devices_that_are_no_cameras() -> None:
    with pytest.raises(SourceError, match="it only takes frames; start the program that feeds"):
        opened("/dev/video10")
    with pytest.raises(SourceError, match="there is no camera '/dev/video7'; cameras here: 0 viv"):
        opened("/dev/video7")
    with pytest.raises(SourceError, match="there is no camera 'logitech'; cameras here: 0 vivid"):
        opened("logitech")


@pytest.mark.parametrize("how", [unplug, lambda: control("disconnect=1")])
def test_unplugged_and_plugged_in_again(how: Callable[[], None]) -> None:
    with opened() as source:
        before = source.read()
        how()
        seconds, error = read_until_lost(source)
        assert seconds < 1
        assert str(error) == "the camera vivid (/dev/video0) is gone"
        if Path("/dev/video0").exists():
            unplug()
        with pytest.raises(CameraLostError, match="vivid is not connected"):
            source.read()
        plug_in()
        after = read_until_back(source, 5)
        assert after.index > before.index
        assert after.timestamp > before.timestamp
        assert after.image.shape == before.image.shape


def test_a_camera_that_freezes_is_noticed_and_recovers() -> None:
    with opened() as source:
        source.read()
        control("percentage_of_dropped_buffers=100")
        seconds, error = read_until_lost(source)
        assert seconds < 1.5
        assert "sends no pictures any more" in str(error)
        control("percentage_of_dropped_buffers=0")
        assert read_until_back(source, 10).image.shape == (480, 640, 3)


def test_a_streaming_error_is_survived() -> None:
    with opened() as source:
        source.read()
        control("inject_fatal_streaming_error=1")
        assert read_until_lost(source)[0] < 1
        assert read_until_back(source, 5).image.shape == (480, 640, 3)


def test_the_capture_thread_tells_a_loss_once_and_goes_on() -> None:
    stats = Stats()
    with CaptureThread(opened(width=320, height=180), stats) as thread:
        assert thread.next(5).index >= 0
        unplug()
        with pytest.raises(CameraLostError, match="is gone"):
            all(iter(lambda: thread.next(5), None))
        with pytest.raises(TimeoutError):
            thread.next(1)
        plug_in()
        assert thread.next(8).image.shape == (180, 320, 3)
        started = time.monotonic()
    assert time.monotonic() - started < 1
    assert stats.frames_in > 1


def test_stopping_while_the_camera_is_away() -> None:
    thread = CaptureThread(opened(width=320, height=180), Stats())
    assert thread.next(5)
    unplug()
    time.sleep(1.2)
    started = time.monotonic()
    thread.stop()
    assert time.monotonic() - started < 1
    plug_in()


def test_motion_jpeg_through_a_virtual_camera() -> None:
    pattern = "testsrc=size=640x480:rate=10"
    feed = subprocess.Popen(
        [
            *("ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", pattern),
            *("-c:v", "mjpeg", "-f", "v4l2", "/dev/video10"),
        ]
    )
    try:
        deadline = time.monotonic() + 20
        while not v4l2.describe("/dev/video10").capture:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with opened("camvm", rate=10) as source:
            assert "granted 640x480 MJPG" in source.granted
            image = source.read().image
            assert image.shape == (480, 640, 3)
            assert image.std() > 40
        with opened("auto") as source:
            assert source.name == "vivid"
    finally:
        feed.kill()
        feed.wait()


def test_nothing_stays_open() -> None:
    opened().close()
    before = len(list(Path("/proc/self/fd").iterdir()))
    with opened() as source:
        source.read()
    with pytest.raises(SourceError):
        opened("/dev/video10")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_same_camera_through_opencv() -> None:
    camera = replace(v4l2.describe("/dev/video0"), native=False)
    with OpenCvCamera(camera, Session(Settings(width=640, height=480))) as source:
        assert source.granted.endswith("granted 640x480 YUYV at 30 fps")
        assert source.read().image.shape == (480, 640, 3)
        unplug()
        assert "is gone" in str(read_until_lost(source)[1])
    plug_in()


def test_both_ways_show_the_same_picture() -> None:
    camera = v4l2.describe("/dev/video0")
    session = Session(Settings(width=640, height=480))
    control("osd_text_mode=2")
    try:
        with V4l2Camera(camera, session) as source:
            direct = source.read().image.copy()
        with OpenCvCamera(replace(camera, native=False), session) as source:
            through_opencv = source.read().image
    finally:
        control("osd_text_mode=0")
    assert (direct == through_opencv).mean() > 0.99
