from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
import pytest
from doubles import DiscModel, marker_picture, shows_marker

from livedepth.frame import Frame, Image, Prediction
from livedepth.processor import Processor
from livedepth.settings import Settings
from livedepth.stats import Stats

LATEST = Settings(mode="latest", strength=1.0)


class SlowModel(DiscModel):
    """Takes its time from the second call on."""

    def __init__(self, seconds: float, **failing: object) -> None:
        super().__init__(**failing)  # type: ignore[arg-type]
        self.seconds = seconds

    def infer(self, image: Image) -> Prediction:
        if self.calls:
            time.sleep(self.seconds)
        return super().infer(image)


@contextmanager
def live(model: DiscModel, said: list[str], stats: Stats | None = None) -> Iterator[Processor]:
    with closing(
        Processor(
            model, Settings(), stats or Stats(), said.append, conceal_failures=True, live=True
        )
    ) as processor:
        yield processor


def frame(index: int, rate: float = 30.0) -> Frame:
    return Frame(marker_picture(), index, index / rate, index / rate)


def test_a_frame_does_not_wait_for_a_slow_model() -> None:
    model = SlowModel(0.4)
    with live(model, []) as processor:
        processor.process(frame(0), LATEST)
        started = time.perf_counter()
        for index in range(1, 11):
            assert not shows_marker(processor.process(frame(index), LATEST))
            assert processor.steady is not None
        assert model.calls <= 2
        assert time.perf_counter() - started < 10 * 0.4


def test_the_first_picture_is_composed_with_its_own_depth() -> None:
    with live(DiscModel(), []) as processor:
        picture = processor.process(frame(0), LATEST)
        assert shows_marker_inside(picture)


def shows_marker_inside(picture: Image) -> bool:
    return bool(picture[40:50, 75:85].astype(int).std() > 60)


def test_modes_change_live_and_end_the_thread() -> None:
    stats = Stats()
    with live(DiscModel(), [], stats) as processor:
        for index, mode in enumerate(("paired", "latest", "latest", "paired", "latest", "auto")):
            processor.process(frame(index), Settings(mode=mode))
            assert stats.run.mode == ("paired" if mode == "auto" else mode)
            names = [thread.name for thread in threading.enumerate()]
            assert names.count("livedepth depth") == (stats.run.mode == "latest")
    assert "livedepth depth" not in [thread.name for thread in threading.enumerate()]


def test_depth_that_stays_away_conceals_the_picture() -> None:
    said: list[str] = []
    with live(SlowModel(30.0), said) as processor:
        processor._stop_thread = lambda: None  # type: ignore[method-assign]
        processor.process(frame(0, rate=5.0), LATEST)
        pictures = [
            shows_marker_inside(processor.process(frame(index, rate=5.0), LATEST))
            for index in range(1, 9)
        ]
    assert pictures[:4] == [True] * 4
    assert pictures[-2:] == [False] * 2
    assert any("no depth" in text for text in said)


def test_a_failing_model_is_told_and_conceals_once() -> None:
    said: list[str] = []
    with live(DiscModel(failing=range(1, 1000)), said) as processor:
        processor.process(frame(0), LATEST)
        deadline = time.monotonic() + 10
        index = 1
        while not any("out of order" in text for text in said) and time.monotonic() < deadline:
            assert not shows_marker(processor.process(frame(index), LATEST))
            index += 1
            time.sleep(0.01)
    assert any("out of order" in text for text in said)


def test_auto_turns_to_latest_when_depth_is_too_slow_and_says_so() -> None:
    said: list[str] = []
    stats = Stats()
    with live(SlowModel(0.06), said, stats) as processor:
        for index in range(24):
            processor.process(frame(index), Settings())
        assert stats.run.mode == "latest"
        for index in range(24, 100):
            processor.process(frame(index), Settings())
            time.sleep(0.01)
            if any("mode latest" in text for text in said):
                break
    assert any("mode latest: depth takes" in text for text in said)


def test_a_source_that_is_not_live_is_always_paired() -> None:
    said: list[str] = []
    stats = Stats()
    with closing(
        Processor(DiscModel(), Settings(), stats, said.append, conceal_failures=False)
    ) as processor:
        for index in range(3):
            processor.process(frame(index), LATEST)
    assert stats.run.mode == "paired"
    assert sum("not live" in text for text in said) == 1


@pytest.mark.parametrize("effect", ["blur", "replace", "spotlight"])
def test_no_mode_lets_the_room_out_while_settings_change(effect: str) -> None:
    with live(SlowModel(0.02), []) as processor:
        for index in range(30):
            mode = ("paired", "latest", "auto")[index % 3]
            settings = Settings(effect=effect, mode=mode, strength=1.0, dim=1.0)
            assert not shows_marker(processor.process(frame(index), settings))


def test_after_a_gap_a_frame_waits_for_its_own_depth() -> None:
    said: list[str] = []
    with live(SlowModel(0.2), said) as processor:
        for index in (0, 1, 2, 300, 301):
            assert shows_marker_inside(processor.process(frame(index), LATEST))
    assert said == []


def test_a_cut_conceals_until_the_next_map_and_is_no_failure() -> None:
    said: list[str] = []
    other = marker_picture()[::-1] // 8
    with live(SlowModel(0.3), said) as processor:
        for index in range(3):
            processor.process(frame(index), LATEST)
        cut = Frame(np.ascontiguousarray(other), 3, 0.1, 0.1)
        cut.image[:, ::2] = 255
        assert processor.process(cut, LATEST).astype(int).std() < 40
        assert processor.steady is None
    assert said == []


def test_one_failed_map_changes_nothing_while_another_is_held() -> None:
    said: list[str] = []
    with live(DiscModel(failing=(3, 6, 9)), said) as processor:
        for index in range(25):
            assert shows_marker_inside(processor.process(frame(index), LATEST))
            time.sleep(0.02)
    assert not [text for text in said if "blurred" in text]


def test_a_model_too_slow_for_latest_is_paired() -> None:
    stats = Stats()
    with live(SlowModel(0.7), [], stats) as processor:
        processor._chooser.estimated(0.7)
        processor._chooser.estimated(0.7)
        processor._chooser.estimated(0.7)
        for index in range(3):
            assert shows_marker_inside(processor.process(frame(index, rate=1.0), LATEST))
            assert stats.run.mode == "paired"
