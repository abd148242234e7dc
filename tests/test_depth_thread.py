from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from doubles import DiscModel, marker_picture

from livedepth.depth_thread import DepthThread
from livedepth.errors import ModelError
from livedepth.estimator import Estimator
from livedepth.frame import Frame, Image, Prediction
from livedepth.settings import Settings
from livedepth.stats import Stats


class GatedModel(DiscModel):
    """Waits in ``infer`` until it is let through."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)

    def infer(self, image: Image) -> Prediction:
        self.entered.release()
        self.gate.acquire()
        return super().infer(image)


def frame(index: int) -> Frame:
    return Frame(marker_picture(), index, index / 30, index / 30)


@contextmanager
def running(model: DiscModel) -> Iterator[DepthThread]:
    thread = DepthThread(Estimator(model, Settings(), Stats()))
    try:
        yield thread
    finally:
        if isinstance(model, GatedModel):
            model.gate.release(1000)
        thread.stop()


def test_a_frame_comes_back_as_its_depth() -> None:
    with running(DiscModel()) as thread:
        assert thread.take() is None
        thread.offer(frame(7), Settings())
        estimate = thread.take(timeout=10)
    assert estimate is not None
    assert (estimate.index, estimate.timestamp) == (7, 7 / 30)
    assert estimate.steady.matte.max() == 1.0
    assert estimate.seconds > 0


def test_only_the_newest_waiting_frame_is_estimated() -> None:
    model = GatedModel()
    with running(model) as thread:
        thread.offer(frame(0), Settings())
        model.entered.acquire()
        for index in (1, 2, 3):
            started = time.monotonic()
            thread.offer(frame(index), Settings())
            assert time.monotonic() - started < 1.0
        for expected in (0, 3):
            model.gate.release()
            estimate = thread.take(timeout=10)
            assert estimate is not None
            assert estimate.index == expected


def test_a_failure_is_raised_here_and_the_thread_goes_on() -> None:
    with running(DiscModel(failing=(0,))) as thread:
        thread.offer(frame(0), Settings())
        with pytest.raises(ModelError, match="out of order"):
            thread.take(timeout=10)
        thread.offer(frame(1), Settings())
        estimate = thread.take(timeout=10)
    assert estimate is not None
    assert estimate.index == 1


def test_stopping_ends_the_thread() -> None:
    with running(DiscModel()) as thread:
        thread.offer(frame(0), Settings())
    thread.stop()
    assert not [t for t in threading.enumerate() if t.name == "livedepth depth"]
