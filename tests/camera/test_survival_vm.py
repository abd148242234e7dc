"""A camera that survives: everything that can happen to one while a stream runs."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import guest
import psutil
import pytest
from guest import control, opened, plug_in, read_until_back, read_until_lost, unplug, value

from livedepth.capture import controls
from livedepth.capture.camera import list_cameras
from livedepth.capture.controls import Adjustment
from livedepth.capture.thread import CaptureThread
from livedepth.cli.main import main
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame
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


def test_devices_prints_what_the_driver_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--json"]) == 0
    vivid = json.loads(capsys.readouterr().out)[0]
    known = {item["name"]: item for item in vivid["controls"]}
    assert vivid["identity"] == "platform:vivid-000 vivid"
    span = ("minimum", "maximum", "step", "default", "value")
    assert [known["brightness"][key] for key in span] == [0, 255, 1, 128, 128]
    assert known["menu"]["choices"] == ["1: Menu Item 1", "3: Menu Item 3", "4: Menu Item 4"]
    assert known["integer_menu"]["choices"][0] == "2: 2"
    assert known["gain_automatic"]["kind"] == "switch"
    assert not known["gain"]["active"]
    assert known["read_only_integer_32_bits"]["read_only"]
    control("brightness=77")
    try:
        assert main(["devices"]) == 0
    finally:
        control("brightness=128")
    text = capsys.readouterr().out
    assert "identity  platform:vivid-000 vivid" in text
    assert "control   brightness 77, default 128, of 0 to 255" in text
    assert "YUYV      320x180 at 5, 10," in text


def test_devices_tells_who_uses_a_camera(capsys: pytest.CaptureFixture[str]) -> None:
    with guest.another_program() as pid:
        assert main(["devices"]) == 0
    assert f"it is in use by v4l2-ctl (pid {pid})" in capsys.readouterr().out


def test_two_cameras_of_one_name_are_told_apart() -> None:
    with guest.vivid("n_devs=2", "node_types=1,1", "num_inputs=1,1", "input_types=0,0"):
        both = [camera for camera in list_cameras(details=False) if camera.name == "vivid"]
        assert [camera.identity for camera in both] == [
            "platform:vivid-000 vivid",
            "platform:vivid-001 vivid",
        ]
        with pytest.raises(SourceError) as caught:
            opened("vivid")
        for camera in both:
            assert f"{camera.index} = {camera.identity}" in str(caught.value)
        control("test_pattern=7", both[1].path)
        with opened(both[1].identity) as source:
            assert _is_red(source.read())
            control("disconnect=1", both[1].path)
            read_until_lost(source)
            assert _is_red(read_until_back(source, 5))
            source.release()
            with (
                guest.vivid("n_devs=1", "node_types=1", "num_inputs=1", "input_types=0"),
                pytest.raises(CameraLostError, match="vivid is not connected"),
            ):
                source.read()


def _is_red(frame: Frame) -> bool:
    blue, _, red = frame.image[200:300, 300:400].mean((0, 1))
    return bool(red > 200 and blue < 60)


def test_a_camera_that_returns_under_another_number() -> None:
    with opened() as source:
        first = source.read()
        keeps_the_number = os.open("/dev/video0", os.O_RDWR)
        try:
            unplug()
            assert "is gone" in str(read_until_lost(source)[1])
            plug_in()
            assert not Path("/dev/video0").exists()
            assert read_until_back(source, 5).index == first.index + 1
            assert guest.held("/dev/video1")
        finally:
            os.close(keeps_the_number)
            unplug()


def test_a_camera_that_another_program_took(caplog: pytest.LogCaptureFixture) -> None:
    with opened() as source:
        source.read()
        unplug()
        read_until_lost(source)
        plug_in()
        with guest.another_program() as pid:
            for _ in range(3):
                with pytest.raises(CameraLostError, match=f"in use by v4l2-ctl .pid {pid}"):
                    source.read()
        assert read_until_back(source, 8) is not None
    lines = [record.message for record in caplog.records]
    assert len(lines) == 1
    assert lines[0].startswith("vivid is not back yet: cannot use the camera vivid (/dev/video0)")
    assert lines[0].endswith("close it there first")


def test_a_starving_camera_is_opened_again_then_used_as_it_is() -> None:
    with opened() as source:
        source.read()
        control("percentage_of_dropped_buffers=93")
        _, error = read_until_lost(source)
        assert any(words in str(error) for words in ("sends only", "sends no pictures any more"))
        assert read_until_back(source, 20).image.shape == (480, 640, 3)
        control("percentage_of_dropped_buffers=0")
        assert read_until_back(source, 20) is not None


def test_damaged_pictures_are_left_out() -> None:
    with opened() as source:
        for _ in range(5):
            control("inject_v4l2_buf_flag_error=1")
            for _ in range(4):
                assert source.read().image.std() > 20


@contextmanager
def _writing(device: str, size: str) -> Iterator[None]:
    """A program that feeds a virtual camera."""
    feed = subprocess.Popen(
        [
            *("ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i"),
            *(f"testsrc=size={size}:rate=20", "-pix_fmt", "yuyv422", "-f", "v4l2", device),
        ]
    )
    try:
        yield
    finally:
        feed.kill()
        feed.wait()


def _open_when_fed(device: str) -> CaptureThread:
    deadline = time.monotonic() + 20
    while True:
        try:
            return CaptureThread(opened(device), Stats())
        except SourceError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def virtual() -> Iterator[str]:
    """A virtual camera that several programs may write to."""
    with guest.loopback("video_nr=10", "exclusive_caps=0", "card_label=camvm"):
        yield "/dev/video10"


def _next_loss(thread: CaptureThread) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            thread.next(0.5)
        except TimeoutError:
            continue
        except CameraLostError as loss:
            return str(loss)
    return "nothing was lost"


def test_pictures_of_another_size_are_scaled(virtual: str) -> None:
    with _writing(virtual, "320x240"):
        thread = _open_when_fed(virtual)
    with thread:
        assert "sends no pictures any more" in _next_loss(thread)
        with _writing(virtual, "640x480"):
            images = [thread.next(15).image for _ in range(5)]
    assert {image.shape for image in images} == {(240, 320, 3)}
    assert images[-1].std() > 40


def test_a_second_writer_with_another_size_is_noticed(virtual: str) -> None:
    with _writing(virtual, "320x240"), _open_when_fed(virtual) as thread:
        assert thread.next(5) is not None
        with _writing(virtual, "640x480"):
            assert "has changed the format of its pictures" in _next_loss(thread)


def test_a_source_that_changes_is_opened_again() -> None:
    with (
        guest.vivid("n_devs=1", "node_types=1", "num_inputs=1", "input_types=3"),
        opened("vivid") as source,
    ):
        size = source.read().image.shape
        control("dv_timings_signal_mode=1")
        _, error = read_until_lost(source)
        assert "has changed the format of its pictures" in str(error)
        control("dv_timings_signal_mode=0")
        assert read_until_back(source, 10).image.shape == size


def test_a_pause_lets_the_camera_go_and_goes_on_at_once() -> None:
    stats = Stats()
    with CaptureThread(opened(width=320, height=180), stats) as thread:
        before = thread.next(5)
        thread.pause()
        time.sleep(1)
        assert not guest.held("/dev/video0")
        read, dropped = stats.frames_in, stats.dropped
        unplug()
        with pytest.raises(TimeoutError):
            thread.next(0.5)
        plug_in()
        assert (stats.frames_in, stats.dropped) == (read, dropped)
        started = time.monotonic()
        thread.resume()
        after = thread.next(5)
        seconds = time.monotonic() - started
        assert after.captured_at > started - 0.1
        assert after.timestamp - before.timestamp == pytest.approx(
            after.captured_at - before.captured_at
        )
        assert stats.dropped == dropped
    print(f"first frame {1e3 * seconds:.0f} ms after resume")
    assert seconds < 1


def test_a_camera_that_is_away_at_the_end_of_a_pause() -> None:
    with CaptureThread(opened(width=320, height=180), Stats()) as thread:
        thread.next(5)
        thread.pause()
        time.sleep(0.5)
        unplug()
        thread.resume()
        with pytest.raises(CameraLostError, match="vivid is not connected"):
            thread.next(5)
        plug_in()
        assert thread.next(8).image.shape == (180, 320, 3)


def test_twenty_unplugs_leak_nothing() -> None:
    process = psutil.Process()

    def handles() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with CaptureThread(opened(width=320, height=180), Stats()) as thread:

        def unplug_once() -> None:
            unplug()
            with pytest.raises(CameraLostError, match="is gone"):
                all(iter(lambda: thread.next(5), None))
            plug_in()
            assert thread.next(8) is not None

        for _ in range(3):
            unplug_once()
        before = (handles(), threading.active_count(), process.memory_info().rss)
        for _ in range(20):
            unplug_once()
        after = (handles(), threading.active_count(), process.memory_info().rss)
    assert after[:2] == before[:2]
    print(f"20 unplugs: {(after[2] - before[2]) / 1e3:.0f} kB more")
    # The heap settles at some 6 MB more after 40 of them, and stays there.
    assert after[2] - before[2] < 8e6


GAIN, AUTOMATIC_GAIN, BRIGHTNESS, MENU = 0x00980913, 0x00980912, 0x00980900, 0x0098F904


@pytest.fixture
def adjustable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings act on controls that vivid has, of the same kinds as a webcam's."""
    stand_ins = (
        Adjustment("exposure", GAIN, AUTOMATIC_GAIN, unit=0.1),
        Adjustment("lens_focus", BRIGHTNESS, share=True),
        Adjustment("power_line", MENU, words=(("off", 0), ("50", 1), ("60", 3), ("auto", 4))),
    )
    monkeypatch.setattr(controls, "ADJUSTMENTS", stand_ins)


def state() -> list[int]:
    return [value(name) for name in ("gain_automatic", "brightness", "menu")]


@pytest.mark.usefixtures("adjustable")
def test_controls_are_set_followed_and_put_back() -> None:
    assert state() == [1, 128, 3]
    settings = Settings(exposure=10, lens_focus=1, power_line="50")
    with opened(exposure=10, lens_focus=1, power_line="50") as source:
        assert state() == [0, 255, 1]
        assert value("gain") == 100
        source.adjust(settings.updated({"exposure": 20, "lens_focus": 0.5, "power_line": "keep"}))
        source.read()
        assert state() == [0, 128, 3]
        assert value("gain") == 200
        source.adjust(settings.updated({"exposure": "auto"}))
        source.read()
        assert state() == [1, 255, 1]
    assert state() == [1, 128, 3]


@pytest.mark.usefixtures("adjustable")
def test_controls_are_set_again_after_a_loss_and_a_pause() -> None:
    with opened(lens_focus=1) as source:
        source.read()
        unplug()
        read_until_lost(source)
        source.adjust(Settings(lens_focus=0, exposure=10))
        plug_in()
        read_until_back(source, 5)
        assert state() == [0, 0, 3]
        source.release()
        assert state() == [1, 128, 3]
        source.read()
        assert state() == [0, 0, 3]
        control("inject_fatal_streaming_error=1")
        read_until_lost(source)
        assert state() == [1, 128, 3]


def test_a_camera_without_the_control_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with opened(exposure=10, power_line="50") as source:
        source.read()
        unplug()
        read_until_lost(source)
        plug_in()
        read_until_back(source, 5)
    assert [record.message for record in caplog.records] == [
        "the camera vivid cannot follow exposure, power_line = 50; it stays as it is "
        "(`livedepth devices` lists its controls)"
    ]
