from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livedepth.distance import Distance
from livedepth.outputs.sliders import KEYS, Sliders, lay_out, share_of, value_at
from livedepth.settings import KNOBS, Settings, SettingsHolder

CANVAS = (1280, 720)
SIZE = 19


def press(
    sliders: Sliders, key: str, share: float, *, right: bool = False, dragged: bool = False
) -> bool:
    layout = lay_out(CANVAS, SIZE)
    x = layout.track[0] + round(share * layout.track[1])
    y = layout.baseline(KEYS.index(key)) - layout.size // 3
    return sliders.press(x, y, CANVAS, SIZE, right=right, dragged=dragged)


def shown(settings: SettingsHolder) -> Sliders:
    sliders = Sliders(settings)
    sliders.shown = True
    return sliders


def test_every_slider_may_change_while_a_stream_runs() -> None:
    assert all(KNOBS[key].live for key in KEYS)


@given(st.sampled_from(KEYS), st.floats(-0.5, 1.5))
def test_a_place_on_the_slider_is_a_value_in_range(key: str, share: float) -> None:
    value = value_at(key, share)
    assert KNOBS[key].minimum <= value <= KNOBS[key].maximum
    Settings().updated({key: value})
    assert share_of(key, value) == pytest.approx(min(max(share, 0.0), 1.0), abs=0.02)


@pytest.mark.parametrize("key", KEYS)
def test_a_press_sets_and_the_right_button_resets(key: str) -> None:
    settings = SettingsHolder(Settings())
    sliders = shown(settings)
    assert press(sliders, key, 0.25)
    assert share_of(key, getattr(settings.current, key)) == pytest.approx(0.25, abs=0.02)
    assert press(sliders, key, 0.25, right=True)
    assert getattr(settings.current, key) == getattr(Settings(), key)


def test_a_drag_stays_with_the_slider_it_began_on() -> None:
    settings = SettingsHolder(Settings())
    sliders = shown(settings)
    press(sliders, "strength", 0.2)
    assert sliders.press(3000, 5000, CANVAS, SIZE, right=False, dragged=True)
    assert settings.current.strength == 1.0
    assert settings.current.focus is None


def test_a_press_beside_the_panel_is_not_for_the_sliders() -> None:
    settings = SettingsHolder(Settings())
    sliders = shown(settings)
    assert not sliders.press(100, 300, CANVAS, SIZE, right=False, dragged=False)
    assert not sliders.press(110, 300, CANVAS, SIZE, right=False, dragged=True)
    assert settings.current == Settings()


def test_hidden_sliders_draw_and_take_nothing() -> None:
    sliders = Sliders(SettingsHolder(Settings()))
    canvas = np.full((720, 1280, 3), 90, np.uint8)
    sliders.draw(canvas, SIZE)
    assert (canvas == 90).all()
    assert not press(sliders, "focus", 0.5)


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (320, 180), (64, 36)])
def test_they_fit_into_any_picture(size: tuple[int, int]) -> None:
    canvas = np.full((size[1], size[0], 3), 200, np.uint8)
    for focus in (0.5, Distance(1.2)):
        shown(SettingsHolder(Settings(focus=focus, exposure=20))).draw(canvas, SIZE)
        assert (canvas != 200).any()


def test_a_slider_takes_over_from_a_distance() -> None:
    settings = SettingsHolder(Settings(focus=Distance(1.2)))
    assert press(shown(settings), "focus", 0.25)
    assert settings.current.focus == pytest.approx(0.25, abs=0.02)
