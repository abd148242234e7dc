"""The capture thread: latest wins for live sources, nothing lost for files, a prompt stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from livedepth.capture.buffers import BufferPool
from livedepth.capture.source import Source
from livedepth.capture.thread import CaptureThread
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame
from livedepth.stats import Stats


class Scripted(Source):
    """Does at each read what a script says: an index to deliver, an error, a function, None."""

    def __init__(self, script: list[int | Exception | Callable[[], None]], live: bool) -> None:
        self._script = iter(script)
        self._pool = BufferPool(4, 4)
        self._live = live
        self.interrupted = threading.Event()
        self.closed = threading.Event()

    name, size, rate, length, granted = "scripted", (4, 4), 30.0, None, ""

    @property
    def live(self) -> bool:
        return self._live

    def read(self) -> Frame | None:
        step = next(self._script, None)
        while callable(step):
            step()
            step = next(self._script, None)
        if isinstance(step, Exception):
            raise step
        if step is None:
            return None
        image = self._pool.take()
        image[...] = step % 256
        return Frame(image, step, time.monotonic(), step / 30)

    def interrupt(self) -> None:
        self.interrupted.set()

    def close(self) -> None:
        self.closed.set()


def test_of_a_file_nothing_is_lost_and_no_frame_in_use_is_overwritten() -> None:
    stats = Stats()
    source = Scripted(list(range(60)), live=False)
    with CaptureThread(source, stats) as thread:
        for number, frame in enumerate(iter(lambda: thread.next(5), None)):
            time.sleep(0.001)
            assert frame.index == number
            assert (frame.image == number).all()
        assert thread.next(0) is None
    assert number == 59
    assert (stats.frames_in, stats.dropped) == (60, 0)
    assert source.closed.is_set()


def test_of_a_live_source_the_latest_wins_and_drops_are_counted() -> None:
    stats = Stats()
    read_all, go_on = threading.Event(), threading.Event()
    hold = lambda: (read_all.set(), go_on.wait(5))  # noqa: E731
    source = Scripted([*range(10), hold, 10], live=True)
    with CaptureThread(source, stats) as thread:
        assert read_all.wait(5)
        frame = thread.next(5)
        assert frame.index == 9
        go_on.set()
        assert thread.next(5).index == 10
        assert (frame.image == 9).all()
        assert thread.next(5) is None
    assert (stats.frames_in, stats.dropped) == (11, 9)


def test_a_frame_in_use_outlasts_any_number_of_newer_ones() -> None:
    first_taken, read_all = threading.Event(), threading.Event()
    script = [0, lambda: first_taken.wait(5), *range(1, 40), read_all.set]
    with CaptureThread(Scripted(script, live=True), Stats()) as thread:
        frame = thread.next(5)
        first_taken.set()
        assert read_all.wait(5)
        assert (frame.image == 0).all()


def test_an_error_comes_after_the_frames_and_for_ever() -> None:
    source = Scripted([0, 1, SourceError("broken")], live=False)
    with CaptureThread(source, Stats()) as thread:
        assert [thread.next(5).index, thread.next(5).index] == [0, 1]
        for _ in range(3):
            with pytest.raises(SourceError, match="broken"):
                thread.next(5)
    assert source.closed.is_set()


def test_any_exception_reaches_the_main_thread() -> None:
    with (
        CaptureThread(Scripted([ZeroDivisionError("bug")], live=True), Stats()) as thread,
        pytest.raises(ZeroDivisionError, match="bug"),
    ):
        thread.next(5)


def test_a_loss_is_told_once_and_the_thread_goes_on() -> None:
    told, back = threading.Event(), threading.Event()
    lost = CameraLostError("gone")
    script = [0, lost, lost, lost, told.set, lambda: back.wait(5), 1, CameraLostError("again"), 2]
    source = Scripted(script, live=False)
    with CaptureThread(source, Stats()) as thread:
        assert thread.next(5).index == 0
        with pytest.raises(CameraLostError, match="gone"):
            thread.next(5)
        assert told.wait(5)
        with pytest.raises(TimeoutError):
            thread.next(0.02)
        back.set()
        assert thread.next(5).index == 1
        with pytest.raises(CameraLostError, match="again"):
            thread.next(5)
        assert thread.next(5).index == 2
        assert thread.next(5) is None


def test_a_camera_lost_for_good_ends_in_an_error() -> None:
    script = [CameraLostError("gone"), SourceError("open it again")]
    with CaptureThread(Scripted(script, live=True), Stats()) as thread:
        with pytest.raises(SourceError):
            thread.next(5)
        for _ in range(2):
            with pytest.raises(SourceError, match="open it again"):
                thread.next(5)


def test_stop_leaves_a_read_that_hangs_behind_and_it_closes_the_source_later() -> None:
    reading, release = threading.Event(), threading.Event()
    source = Scripted([reading.set, lambda: release.wait(30), 0], live=True)
    thread = CaptureThread(source, Stats())
    assert reading.wait(5)
    thread.stop()
    assert source.interrupted.is_set()
    assert not source.closed.is_set()
    assert thread.next(0) is None
    release.set()
    assert source.closed.wait(5)
    thread.stop()


def test_stop_ends_a_producer_that_waits_for_room() -> None:
    source = Scripted(list(range(1000)), live=False)
    thread = CaptureThread(source, Stats())
    assert thread.next(5).index == 0
    thread.stop()
    assert source.closed.is_set()
    assert thread.next(0) is None
    assert not thread._thread.is_alive()


def test_stop_right_after_start() -> None:
    for _ in range(20):
        source = Scripted(list(range(1000)), live=True)
        CaptureThread(source, Stats()).stop()
        assert source.closed.wait(5)


def test_images_are_what_the_source_delivered() -> None:
    with CaptureThread(Scripted([7], live=True), Stats()) as thread:
        image = thread.next(5).image
    assert image.dtype == np.uint8
    assert (image == 7).all()


class Endless(Source):
    """A live camera that can be let go, unplugged and plugged in."""

    name, live, size, rate, length, granted = "endless", True, (4, 4), 30.0, None, ""

    def __init__(self) -> None:
        self.index = 0
        self.open, self.plugged = True, True
        self.releases = self.openings = 0

    def read(self) -> Frame | None:
        time.sleep(0.002)
        if not self.plugged:
            self.open = False
            raise CameraLostError("unplugged")
        if not self.open:
            self.open = True
            self.openings += 1
        self.index += 1
        return Frame(np.zeros((4, 4, 3), np.uint8), self.index, time.monotonic(), 0.0)

    def release(self) -> None:
        self.open = False
        self.releases += 1

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


def paused(thread: CaptureThread, source: Endless) -> None:
    thread.pause()
    deadline = time.monotonic() + 5
    while source.open:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    with pytest.raises(TimeoutError):
        all(iter(lambda: thread.next(0.02), None))


def test_a_pause_lets_the_camera_go_and_counts_nothing() -> None:
    stats, source = Stats(), Endless()
    with CaptureThread(source, stats) as thread:
        thread.next(5)
        paused(thread, source)
        before = (stats.frames_in, stats.dropped, source.index)
        time.sleep(0.05)
        assert (stats.frames_in, stats.dropped, source.index) == before
        thread.resume()
        frame = thread.next(5)
        assert frame.index == before[2] + 1
        assert (source.releases, source.openings) == (1, 1)
        thread.pause()
        thread.resume()
        assert thread.next(5).index > frame.index


def test_no_frame_from_before_a_pause_comes_after_it() -> None:
    source = Endless()
    with CaptureThread(source, Stats()) as thread:
        thread.next(5)
        time.sleep(0.05)
        paused(thread, source)
        resumed_at = time.monotonic()
        thread.resume()
        assert thread.next(5).captured_at >= resumed_at


def test_a_camera_that_comes_and_goes_during_a_pause_is_no_loss() -> None:
    source = Endless()
    with CaptureThread(source, Stats()) as thread:
        thread.next(5)
        paused(thread, source)
        source.plugged = False
        time.sleep(0.02)
        source.plugged = True
        thread.resume()
        assert thread.next(5) is not None
        paused(thread, source)
        source.plugged = False
        thread.resume()
        with pytest.raises(CameraLostError, match="unplugged"):
            thread.next(5)
        thread.pause()
        source.plugged = True
        thread.resume()
        assert thread.next(5) is not None


def test_stop_ends_a_pause() -> None:
    source = Endless()
    thread = CaptureThread(source, Stats())
    thread.pause()
    thread.stop()
    assert not thread._thread.is_alive()
