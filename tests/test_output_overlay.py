"""What the preview says over the picture."""

from __future__ import annotations

import time

import numpy as np
import pytest
from output_support import context

from livedepth.outputs.overlay import Overlay, help_panel, stats_panel
from livedepth.outputs.panel import render, text_size
from livedepth.settings import EFFECTS, Settings
from livedepth.stats import STAGES, Run, Stats

SIZES = [(1280, 720), (641, 361), (320, 180), (360, 640), (64, 48), (16, 16)]


def grey(size: tuple[int, int]) -> np.ndarray:
    return np.full((size[1], size[0], 3), 128, np.uint8)


def changed(canvas: np.ndarray) -> np.ndarray:
    return (canvas != 128).any(axis=2)


def test_nothing_is_drawn_unasked() -> None:
    canvas = grey((640, 360))
    Overlay(context()).draw(canvas, time.monotonic())
    assert not changed(canvas).any()


def test_help_is_shown_and_hidden() -> None:
    overlay = Overlay(context())
    for expected in (True, False):
        overlay.toggle_help()
        canvas = grey((1280, 720))
        overlay.draw(canvas, time.monotonic())
        assert changed(canvas).any() == expected


def test_a_message_goes_after_a_while() -> None:
    overlay = Overlay(context())
    overlay.say("Effect: blur")
    canvas = grey((640, 360))
    overlay.draw(canvas, time.monotonic())
    rows, columns = np.nonzero(changed(canvas))
    assert rows.min() > 180
    assert abs((columns.min() + columns.max()) / 2 - 320) < 2
    canvas = grey((640, 360))
    overlay.draw(canvas, time.monotonic() + 3)
    assert not changed(canvas).any()


def test_a_long_message_fits() -> None:
    overlay = Overlay(context())
    overlay.say("Saved /a/very/long/folder" * 6)
    canvas = grey((640, 360))
    overlay.draw(canvas, time.monotonic())
    columns = np.nonzero(changed(canvas))[1]
    assert columns.min() > 0
    assert columns.max() < 639


def test_a_focus_mark_is_a_ring_around_its_point() -> None:
    overlay = Overlay(context())
    overlay.mark(0.25, 0.5)
    canvas = grey((640, 360))
    overlay.draw(canvas, time.monotonic())
    rows, columns = np.nonzero(changed(canvas))
    assert abs(rows.mean() - 180) < 1
    assert abs(columns.mean() - 160) < 1
    assert not changed(canvas)[180, 160]


def test_statistics_are_shown_as_the_setting_says_and_refreshed_now_and_then() -> None:
    asked = 0

    class Counted(Stats):
        def snapshot(self) -> dict[str, object]:
            nonlocal asked
            asked += 1
            return super().snapshot()

    stream = context(show_stats=True)
    object.__setattr__(stream, "stats", Counted())
    overlay = Overlay(stream)
    for step in range(90):
        canvas = grey((1280, 720))
        overlay.draw(canvas, 100 + step / 30)
        assert changed(canvas)[:360, :640].any()
    assert 5 <= asked <= 7
    stream.settings.change(show_stats=False)
    canvas = grey((1280, 720))
    overlay.draw(canvas, 200)
    assert not changed(canvas).any()


@pytest.mark.parametrize("size", SIZES)
def test_everything_at_once_is_drawn_at_any_size(size: tuple[int, int]) -> None:
    overlay = Overlay(context(show_stats=True))
    overlay.toggle_help()
    overlay.say("Effect: blur")
    overlay.mark(1, 1)
    canvas = grey(size)
    overlay.draw(canvas, time.monotonic())
    assert changed(canvas).any()


def test_help_and_statistics_do_not_meet() -> None:
    stats = Stats()
    stats.run = Run("cam", "embedded", "onnxruntime", "latest", (1920, 1080))
    for size in ((1280, 720), (1920, 1080), (700, 394)):
        letters = text_size(size)
        helping = render(help_panel(), letters).size
        telling = render(stats_panel(stats, Settings()), letters).size
        assert helping[0] + telling[0] + 3 * letters < size[0]
        assert max(helping[1], telling[1]) + 2 * letters < size[1]


def test_the_panels_tell_what_there_is() -> None:
    stats = Stats()
    stats.run = Run("cam", "embedded", "opencv", "paired", (1280, 720))
    stats.record("depth", 0.0142)
    stats.drop(3)
    panel = stats_panel(stats, Settings(effect="depth", strength=0.35, focus=0.5))
    rows = dict(panel.rows)
    assert rows["Depth"] == "14.2 ms"
    assert rows["Dropped"] == "3 of 0"
    assert rows["Picture"] == "1280×720"
    assert rows["Model"] == "embedded, opencv, paired"
    assert rows["Effect"] == "depth, 35%, focus 0.50"
    assert {stage.capitalize() for stage in STAGES} <= set(rows)
    stats.focus_metres = 0.834
    for focus, told in ((None, "auto, 0.83 m"), (0.5, "0.83 m"), ("1.2 m", "0.83 m")):
        chosen = Settings().updated({"focus": focus})
        assert dict(stats_panel(stats, chosen).rows)["Effect"].endswith(f"focus {told}")
    stats.focus_metres = None
    chosen = Settings().updated({"focus": "1.2 m"})
    assert dict(stats_panel(stats, chosen).rows)["Effect"].endswith("focus 1.2 m")
    text = " ".join(" ".join(row) for row in help_panel().rows)
    assert all(effect in text for effect in EFFECTS)
