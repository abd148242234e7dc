"""A camera that goes and comes back: told once per attempt, numbered on, scaled to fit."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np
import pytest

from livedepth.capture import reconnecting
from livedepth.capture.reconnecting import ReconnectingSource
from livedepth.capture.source import Source
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame
from livedepth.settings import Settings


class Camera(Source):
    """Delivers frames taken at the given times, then is lost (or breaks)."""

    name, live, rate, length = "camera", True, 30.0, None

    def __init__(
        self,
        times: Iterable[float],
        size: tuple[int, int] = (16, 9),
        granted: str = "first",
        end: Exception | None = None,
    ) -> None:
        self._frames = iter(list(enumerate(times)))
        self._size, self._granted = size, granted
        self._end = end or CameraLostError("the camera is gone")
        self._began: float | None = None
        self.closed = 0
        self.interrupted = 0
        self.adjusted: list[Settings] = []

    @property
    def size(self) -> tuple[int, int]:
        return self._size

    @property
    def granted(self) -> str:
        return self._granted

    def read(self) -> Frame | None:
        for index, at in self._frames:
            self._began = at if self._began is None else self._began
            image = np.full((self._size[1], self._size[0], 3), index, np.uint8)
            return Frame(image, index, at, at - self._began)
        raise self._end

    def adjust(self, settings: Settings) -> None:
        self.adjusted.append(settings)

    def interrupt(self) -> None:
        self.interrupted += 1

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which are not spent."""
    spent: list[float] = []

    class Impatient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            spent.append(timeout or 0.0)
            return self.is_set()

    monkeypatch.setattr(reconnecting.threading, "Event", Impatient)
    return spent


def opener(*results: Camera | Exception) -> tuple[ReconnectingSource, list[Camera]]:
    queue = iter(results)
    cameras = [result for result in results if isinstance(result, Camera)]

    def open_next() -> Camera:
        result = next(queue)
        if isinstance(result, Exception):
            raise result
        return result

    return ReconnectingSource(open_next), cameras


def test_a_loss_is_told_then_the_stream_goes_on(
    waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    source, cameras = opener(Camera([10.0, 10.1]), Camera([13.0, 13.1], granted="second"))
    frames = [source.read(), source.read()]
    assert source.granted == "first"
    with pytest.raises(CameraLostError, match="is gone"):
        source.read()
    assert cameras[0].closed == 1
    frames += [source.read(), source.read()]
    assert source.granted == "second"
    assert [record.message for record in caplog.records] == ["camera has changed: second"]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert [frame.timestamp for frame in frames] == pytest.approx([0, 0.1, 3.0, 3.1])
    assert [frame.captured_at for frame in frames] == [10.0, 10.1, 13.0, 13.1]
    assert waits == [0.25]


def test_waits_double_up_to_four_seconds_and_start_again_after_a_frame(waits: list[float]) -> None:
    away = SourceError("camera is not connected")
    source, _ = opener(Camera([0.0]), *[away] * 6, Camera([9.0]), Camera([9.5]))
    source.read()
    for reason in ["is gone", *["camera is not back yet: camera is not connected"] * 6]:
        with pytest.raises(CameraLostError, match=reason):
            source.read()
    assert source.read().index == 1
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    with pytest.raises(CameraLostError):
        source.read()
    source.read()
    assert waits[7:] == [0.25]


def test_a_camera_that_opens_but_sends_nothing_does_not_reset_the_waits(waits: list[float]) -> None:
    source, cameras = opener(Camera([0.0]), Camera([]), Camera([]), Camera([5.0]))
    source.read()
    for _ in range(3):
        with pytest.raises(CameraLostError):
            source.read()
    assert source.read().timestamp == 5.0
    assert waits == [0.25, 0.5, 1.0]
    assert [camera.closed for camera in cameras] == [1, 1, 1, 0]


def test_another_size_is_scaled_to_the_first() -> None:
    source, _ = opener(Camera([0.0], (16, 9)), Camera([1.0, 1.1], (8, 8)))
    source.read()
    with pytest.raises(CameraLostError):
        source.read()
    for value in (0, 1):
        image = source.read().image
        assert image.shape == (9, 16, 3)
        assert (image == value).all()
    assert source.size == (16, 9)


def test_other_errors_pass_through() -> None:
    source, _ = opener(Camera([0.0], end=SourceError("broken")))
    source.read()
    with pytest.raises(SourceError, match="broken"):
        source.read()
    with pytest.raises(SourceError, match="no camera"):
        opener(SourceError("no camera"))


def test_an_interrupt_ends_everything() -> None:
    source, cameras = opener(Camera([0.0, 0.1]), Camera([1.0]))
    source.read()
    source.interrupt()
    assert cameras[0].interrupted == 1
    assert source.read() is None
    lost, later = opener(Camera([]), Camera([1.0]))
    with pytest.raises(CameraLostError):
        lost.read()
    lost.interrupt()
    assert lost.read() is None
    assert later[1].closed == 0


def test_closing_twice_closes_the_camera_once() -> None:
    source, cameras = opener(Camera([0.0]))
    source.close()
    source.close()
    assert cameras[0].closed == 1
    assert source.read() is None


def test_what_is_released_is_opened_again_at_once(waits: list[float]) -> None:
    source, cameras = opener(Camera([0.0, 0.1]), Camera([5.0, 5.1]))
    assert source.read().index == 0
    source.release()
    source.release()
    assert cameras[0].closed == 1
    frame = source.read()
    assert (frame.index, frame.timestamp) == (1, 5.0)
    assert waits == [0.0]
    source.read()
    with pytest.raises(CameraLostError):
        source.read()


def test_a_camera_that_is_away_after_a_release_is_waited_for_as_ever(waits: list[float]) -> None:
    away = CameraLostError("camera is not connected")
    source, _ = opener(Camera([0.0]), away, away, Camera([9.0]))
    source.read()
    source.release()
    for _ in range(2):
        with pytest.raises(CameraLostError, match="not back yet"):
            source.read()
    assert source.read().index == 1
    assert waits == [0.0, 0.25, 0.5]


def test_an_obstacle_is_logged_once_when_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    away, taken = CameraLostError("not connected"), SourceError("in use by zoom (pid 7)")
    source, _ = opener(
        Camera([0.0]), away, away, taken, taken, taken, Camera([1.0]), taken, Camera([2.0])
    )
    source.read()
    for _ in range(6):
        with pytest.raises(CameraLostError):
            source.read()
    source.read()
    for _ in range(2):
        with pytest.raises(CameraLostError):
            source.read()
    source.read()
    assert [record.message for record in caplog.records] == [
        "camera is not back yet: in use by zoom (pid 7)"
    ]


def test_settings_reach_the_camera_that_is_open() -> None:
    source, cameras = opener(Camera([0.0]))
    source.adjust(Settings(exposure=5))
    assert [settings.exposure for settings in cameras[0].adjusted] == [5]
    source.close()
    source.adjust(Settings())
    assert len(cameras[0].adjusted) == 1


def test_times_never_go_back_over_a_gap() -> None:
    source, _ = opener(Camera([10.0, 10.1]), Camera([3.0, 3.1]))
    frames = [source.read(), source.read()]
    with pytest.raises(CameraLostError):
        source.read()
    frames += [source.read(), source.read()]
    stamps = [frame.timestamp for frame in frames]
    assert stamps == sorted(stamps)
