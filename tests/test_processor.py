from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from doubles import DiscModel, marker_picture, shows_marker

from livedepth.errors import ModelError
from livedepth.frame import Frame
from livedepth.processor import Processor
from livedepth.settings import EFFECTS, Settings
from livedepth.stats import Stats


def frame(index: int = 0) -> Frame:
    return Frame(marker_picture(), index, index / 30, index / 30)


def processor(model: DiscModel, said: list[str], *, conceal: bool = True) -> Processor:
    return Processor(model, Settings(), Stats(), said.append, conceal_failures=conceal)


def test_the_marker_test_can_fail() -> None:
    assert shows_marker(marker_picture())
    assert not shows_marker(np.full((90, 160, 3), 90, np.uint8))


@pytest.mark.parametrize(
    "effect", [effect for effect in EFFECTS if effect not in ("overlay", "none")]
)
def test_no_effect_shows_the_background(effect: str) -> None:
    with closing(processor(DiscModel(), [])) as working:
        for index in range(3):
            picture = working.process(frame(index), Settings(effect=effect, strength=1.0))
            assert not shows_marker(picture)


def test_the_plain_picture_comes_by_name_only() -> None:
    with closing(processor(DiscModel(), [])) as working:
        assert shows_marker(working.process(frame(), Settings(effect="none")))


@pytest.mark.parametrize(
    "error",
    [ModelError("out of order"), MemoryError("no memory"), ValueError("surprise")],
)
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_failure_conceals_the_frame_and_is_told_once(error: Exception, effect: str) -> None:
    said: list[str] = []
    model = DiscModel(failing=(1, 2), error=error)
    with closing(processor(model, said)) as working:
        settings = Settings(effect=effect)
        working.process(frame(0), settings)
        for index in (1, 2):
            assert not shows_marker(working.process(frame(index), settings))
            assert not shows_marker(working.mirrored())
        working.process(frame(3), settings)
        assert len(said) == 1
        working.process(frame(40), settings)
    assert len(said) == 2
    assert str(error) in said[0]
    assert type(error).__name__ in said[0]
    assert "recovered" in said[1]


def test_a_map_that_is_not_finite_conceals_the_frame() -> None:
    model = DiscModel()
    model.disc = np.full_like(model.disc, np.nan)
    with closing(processor(model, [])) as working:
        assert not shows_marker(working.process(frame(), Settings()))


def test_where_failures_are_not_concealed_they_are_raised() -> None:
    with (
        closing(processor(DiscModel(failing=(0,)), [], conceal=False)) as working,
        pytest.raises(ModelError, match="out of order"),
    ):
        working.process(frame(), Settings())


def test_disparity_can_be_asked_for_by_place() -> None:
    with closing(processor(DiscModel(), [])) as working:
        assert working.disparity_at(0.5, 0.5) is None
        working.process(frame(), Settings())
        middle, corner = working.disparity_at(0.5, 0.5), working.disparity_at(1.0, 1.0)
    assert middle == pytest.approx(1.0, abs=0.05)
    assert corner == pytest.approx(0.0, abs=0.05)


def test_the_clock_of_the_source_counts_and_not_the_speed_of_the_machine() -> None:
    pictures = []
    for hurry in (1.0, 40.0):
        with closing(processor(DiscModel(), [])) as working:
            for index in range(6):
                late = Frame(marker_picture(), index, hurry * index, index / 30)
                picture = working.process(late, Settings(effect="depth"))
            pictures.append(picture.copy())
    np.testing.assert_array_equal(*pictures)


def test_every_stage_is_timed() -> None:
    stats = Stats()
    with closing(
        Processor(DiscModel(), Settings(), stats, lambda text: None, conceal_failures=True)
    ) as working:
        working.process(frame(), Settings())
    times = stats.snapshot()["stages_ms"]
    assert all(times[stage]["p50"] > 0 for stage in ("depth", "stabilise", "compose"))


def test_focus_is_pulled_to_what_was_chosen_and_back() -> None:
    with closing(processor(DiscModel(), [])) as working:
        sharpness = []
        for index in range(90):
            focus = 0.0 if 20 <= index < 50 else None
            picture = working.process(frame(index), Settings(strength=1.0, focus=focus))
            sharpness.append(float(picture[3:9, 3:40].std()))
    assert sharpness[20] < 0.5 * max(sharpness)
    assert max(sharpness[40:50]) == pytest.approx(max(sharpness), rel=0.02)
    assert sharpness[-1] == pytest.approx(sharpness[19], rel=0.2)
