"""The V4L2 camera over a stand-in for its stream: negotiation, every kind of loss, release."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from livedepth.capture import v4l2_camera
from livedepth.capture.camera import CameraInfo
from livedepth.capture.modes import Mode, Request
from livedepth.capture.pixels import Layout
from livedepth.capture.session import Session
from livedepth.capture.v4l2_camera import V4l2Camera
from livedepth.capture.v4l2_stream import FormatChangedError
from livedepth.errors import CameraLostError, SourceError
from livedepth.settings import Settings

Step = float | str | Exception
MODE = Mode("YUYV", (64, 48), (64, 48), rates=(30.0,))
CAMERA = CameraInfo("Webcam", "/dev/video2", 2, "usb-1", modes=(MODE,), native=True)


class Stream:
    """Plays a script: a wait in seconds before a good picture, "damaged", "nothing", an error.

    The script's last step is repeated.
    """

    script: tuple[Step, ...] = (0.0,)
    layout = Layout("YUYV", 64, 48, 128)
    rate: float | None = 30.0
    refuses: OSError | None = None
    made: list[Stream]

    def __init__(self, path: str) -> None:
        self.steps = list(self.script)
        self.device = -1
        self.closed = 0
        self.started = False
        self.taken = 0
        self.request: Request | None = None
        self._left = 0.0
        self._begun = False
        if self.refuses is not None:
            raise self.refuses
        self.made.append(self)

    def negotiate(self, request: Request) -> tuple[Layout, float | None]:
        self.request = request
        return self.layout, self.rate

    def start(self) -> None:
        self.started = True

    def _advance(self) -> None:
        self._begun = False
        if len(self.steps) > 1:
            self.steps.pop(0)

    def wait(self, seconds: float) -> bool:
        step = self.steps[0]
        if isinstance(step, Exception):
            raise step
        if step == "nothing":
            CLOCK.now += seconds
            return False
        if step == "damaged":
            CLOCK.now += min(1 / 30, seconds)
            return True
        if not self._begun:
            self._left, self._begun = float(step), True
        spent = min(self._left, seconds)
        CLOCK.now += spent
        self._left -= spent
        return self._left <= 1e-9

    def take(self, use: Callable[[np.ndarray], bool]) -> tuple[bool, float | None]:
        damaged = self.steps[0] == "damaged"
        self._advance()
        if damaged:
            return False, None
        self.taken += 1
        return use(np.full(128 * 48, 100, np.uint8)), CLOCK.now

    def close(self) -> None:
        self.closed += 1


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


CLOCK = Clock()


class NoPanel:
    """A driver without any control."""

    def __init__(self, device: int) -> None: ...

    def span(self, identifier: int) -> None:
        return None


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> type[Stream]:
    """The class that stands in for the stream; it keeps what was made of it."""

    class Fresh(Stream):
        made: list[Stream] = []  # noqa: RUF012

    monkeypatch.setattr(v4l2_camera, "V4l2Stream", Fresh)
    monkeypatch.setattr(v4l2_camera, "V4l2Panel", NoPanel)
    monkeypatch.setattr(v4l2_camera, "time", CLOCK)
    monkeypatch.setattr("livedepth.capture.frame_clock.time", CLOCK)
    return Fresh


def opened(**settings: object) -> V4l2Camera:
    return V4l2Camera(CAMERA, Session(Settings(**{"width": 64, "height": 48, **settings})))


def test_what_is_asked_and_granted(stream: type[Stream]) -> None:
    stream.rate = 25.0
    with opened(rate=28) as source:
        assert source.granted == "asked 64x48 at 28 fps; granted 64x48 YUYV at 25 fps"
        assert (source.name, source.size, source.rate) == ("Webcam", (64, 48), 25.0)
        assert stream.made[0].request == Request("YUYV", 64, 48, 30.0)
        image = source.read().image
        assert image.shape == (48, 64, 3)
        assert image.std() > 0
    assert stream.made[0].closed >= 1


def test_frames_count_on(stream: type[Stream]) -> None:
    stream.script = (0.01, 0.04, 0.03, 0.03)
    with opened() as source:
        frames = [source.read() for _ in range(4)]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert [round(frame.timestamp, 3) for frame in frames] == [0, 0.04, 0.07, 0.1]


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (OSError(errno.ENODEV, ""), "is gone"),
        (OSError(errno.EIO, ""), r"failed \(input/output error\)"),
        (FormatChangedError(), "has changed the format of its pictures"),
        ("nothing", "sends no pictures any more"),
        ("damaged", "sends no pictures any more"),
    ],
)
def test_a_camera_that_stops_is_lost_within_a_second(
    stream: type[Stream], end: Step, words: str
) -> None:
    stream.script = (0.0, 0.03, end)
    with opened() as source:
        source.read()
        source.read()
        before = CLOCK.now
        with pytest.raises(CameraLostError, match=rf"the camera Webcam \(/dev/video2\) {words}"):
            source.read()
        assert CLOCK.now - before <= 1
        assert CLOCK.now - before >= 0.75 or isinstance(end, Exception)
        with pytest.raises(SourceError, match="was lost; open it again") as caught:
            source.read()
        assert not isinstance(caught.value, CameraLostError)
    assert stream.made[0].closed >= 1


def test_a_few_damaged_pictures_are_left_out(stream: type[Stream]) -> None:
    stream.script = (0.0, "damaged", "damaged", 0.0)
    with opened() as source:
        assert [source.read().index for _ in range(3)] == [0, 1, 2]


def test_a_burst_of_damage_is_no_loss(stream: type[Stream]) -> None:
    stream.script = (0.0, *["damaged"] * 20, 0.0)
    with opened() as source:
        assert [source.read().index for _ in range(3)] == [0, 1, 2]


def test_a_slow_camera_is_waited_for(stream: type[Stream]) -> None:
    stream.rate = 1.0
    stream.script = (0.0, 1.6)
    with opened() as source:
        assert [source.read().index for _ in range(3)] == [0, 1, 2]


def test_a_jump_of_the_clock_is_no_loss(
    stream: type[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = stream.wait

    def wait(self: Stream, seconds: float) -> bool:
        CLOCK.now += 3600
        return original(self, seconds)

    stream.script = (0.0, 0.03)
    with opened() as source:
        source.read()
        monkeypatch.setattr(stream, "wait", wait)
        assert [source.read().index for _ in range(10)] == list(range(1, 11))


def test_a_starving_camera_is_given_up_once(
    stream: type[Stream], caplog: pytest.LogCaptureFixture
) -> None:
    stream.script = (0.0, 0.03, 0.6)
    session = Session(Settings(width=64, height=48))
    with V4l2Camera(CAMERA, session) as source:
        with pytest.raises(CameraLostError, match=r"sends only 2\.\d of 30 frames a second"):
            all(iter(source.read, None))
        assert stream.made[0].taken < 6
    assert not caplog.records
    with V4l2Camera(CAMERA, session) as source:
        assert [source.read().index for _ in range(20)] == list(range(20))
    assert len(caplog.records) == 1
    assert "also after it was opened again; give it more light" in caplog.records[0].message


def test_a_problem_is_told_before_anything_is_opened(stream: type[Stream]) -> None:
    camera = replace(CAMERA, problem="it is in use by zoom (pid 7)")
    with pytest.raises(SourceError, match=r"Webcam \(/dev/video2\): it is in use by zoom"):
        V4l2Camera(camera, Session(Settings()))
    assert stream.made == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (("nothing",), "is open but sends no picture"),
        ((OSError(errno.EBUSY, ""),), "it is in use by"),
        ((FormatChangedError(),), "changes its pictures"),
    ],
)
def test_an_open_that_fails_leaves_nothing_open(
    stream: type[Stream], script: tuple[Step, ...], words: str
) -> None:
    stream.script = script
    with pytest.raises(SourceError, match=words):
        opened()
    assert stream.made[0].closed == 1


def test_a_node_that_cannot_be_opened(stream: type[Stream]) -> None:
    stream.refuses = OSError(errno.EACCES, "")
    with pytest.raises(SourceError, match="usermod -aG video"):
        opened()


def test_a_format_that_nobody_can_read_is_named(stream: type[Stream]) -> None:
    stream.layout = Layout("H264", 64, 48, 0)
    with pytest.raises(SourceError, match="only sends H264 pictures"):
        opened()
    assert stream.made[0].closed == 1


def test_settings_are_followed_with_the_next_frame(
    stream: type[Stream], caplog: pytest.LogCaptureFixture
) -> None:
    with opened() as source:
        source.adjust(Settings(exposure=5))
        assert not caplog.records
        source.read()
        source.adjust(Settings(exposure=5, strength=0.1))
        source.read()
    assert [record.message for record in caplog.records] == [
        "the camera Webcam cannot follow exposure; it stays as it is "
        "(`livedepth devices` lists its controls)"
    ]


def test_an_interrupt_ends_a_wait_soon(stream: type[Stream]) -> None:
    stream.script = (0.0, "nothing")
    with opened() as source:
        source.read()
        source.interrupt()
        started = time.monotonic()
        assert source.read() is None
        assert time.monotonic() - started < 1
