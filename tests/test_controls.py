"""A camera's controls over a stand-in for a UVC driver, and exactly as it was afterwards."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from livedepth.capture.controls import CameraControls, Span
from livedepth.settings import Settings

EXPOSURE, EXPOSURE_AUTO = 0x009A0902, 0x009A0901
WHITE, WHITE_AUTO = 0x0098091A, 0x0098090C
FOCUS, FOCUS_AUTO = 0x009A090A, 0x009A090C
POWER_LINE = 0x00980918


class Webcam:
    """Controls as uvcvideo has them: what an automatic one sees to cannot be set."""

    def __init__(self) -> None:
        self.spans = {
            EXPOSURE: Span(3, 2047),
            EXPOSURE_AUTO: Span(0, 3, choices=(1, 3)),
            WHITE: Span(2800, 6500, 10),
            WHITE_AUTO: Span(0, 1),
            FOCUS: Span(0, 250, 5),
            FOCUS_AUTO: Span(0, 1),
            POWER_LINE: Span(0, 2, choices=(0, 1, 2)),
        }
        self.values = {
            EXPOSURE: 250, EXPOSURE_AUTO: 3, WHITE: 4000, WHITE_AUTO: 1, FOCUS: 30, FOCUS_AUTO: 0,
            POWER_LINE: 2,
        }  # fmt: skip
        self.log: list[tuple[int, int]] = []
        self.gone = False

    def span(self, identifier: int) -> Span | None:
        return self.spans.get(identifier)

    def get(self, identifier: int) -> int:
        return self.values[identifier]

    def set(self, identifier: int, value: int) -> None:
        if self.gone:
            raise OSError(errno.ENODEV, "gone")
        owner = {EXPOSURE: (EXPOSURE_AUTO, 1), WHITE: (WHITE_AUTO, 0), FOCUS: (FOCUS_AUTO, 0)}
        if identifier in owner and self.values[owner[identifier][0]] != owner[identifier][1]:
            raise OSError(errno.EACCES, "automatic")
        span = self.spans[identifier]
        assert span.minimum <= value <= span.maximum
        if span.choices and value not in span.choices:
            raise OSError(errno.EINVAL, "no such choice")
        self.values[identifier] = value
        self.log.append((identifier, value))


@pytest.fixture
def webcam() -> Webcam:
    return Webcam()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def controls(webcam: Webcam, told: list[str]) -> CameraControls:
    return CameraControls(webcam, "Webcam", told.append)


def test_keep_touches_nothing(controls: CameraControls, webcam: Webcam) -> None:
    controls.apply(Settings())
    controls.restore()
    assert webcam.log == []


def test_values_in_the_units_of_the_settings(
    controls: CameraControls, webcam: Webcam, told: list[str]
) -> None:
    controls.apply(Settings(exposure=20, white_balance=5004, lens_focus=0.5, power_line="50"))
    assert webcam.values == {
        EXPOSURE: 200, EXPOSURE_AUTO: 1, WHITE: 5000, WHITE_AUTO: 0, FOCUS: 125, FOCUS_AUTO: 0,
        POWER_LINE: 1,
    }  # fmt: skip
    assert told == []


def test_all_is_as_it_was_afterwards(controls: CameraControls, webcam: Webcam) -> None:
    before = dict(webcam.values)
    controls.apply(Settings(exposure=20, white_balance=5000, lens_focus="auto", power_line="off"))
    controls.apply(Settings(exposure="auto", white_balance=3000, lens_focus=1, power_line="60"))
    assert webcam.values != before
    controls.restore()
    assert webcam.values == before
    webcam.log.clear()
    controls.restore()
    assert webcam.log == []


def test_keep_puts_one_back_while_the_others_stay(controls: CameraControls, webcam: Webcam) -> None:
    controls.apply(Settings(exposure=20, lens_focus=1))
    controls.apply(Settings(lens_focus=1))
    assert (webcam.values[EXPOSURE], webcam.values[EXPOSURE_AUTO]) == (250, 3)
    assert webcam.values[FOCUS] == 250


def test_only_what_changed_is_set(controls: CameraControls, webcam: Webcam) -> None:
    controls.apply(Settings(exposure=20, lens_focus=1))
    webcam.log.clear()
    controls.apply(Settings(exposure=20, lens_focus=1, strength=0.9))
    assert webcam.log == []
    controls.apply(Settings(exposure=21, lens_focus=1))
    assert webcam.log == [(EXPOSURE_AUTO, 1), (EXPOSURE, 210)]


def test_automatic_exposure_is_the_mode_that_the_camera_offers(
    controls: CameraControls, webcam: Webcam
) -> None:
    controls.apply(Settings(exposure=20))
    controls.apply(Settings(exposure="auto"))
    assert webcam.values[EXPOSURE_AUTO] == 3
    webcam.spans[EXPOSURE_AUTO] = Span(0, 3, choices=(0, 1))
    controls.apply(Settings(exposure=20))
    controls.apply(Settings(exposure="auto"))
    assert webcam.values[EXPOSURE_AUTO] == 0


def test_what_is_missing_is_told_in_one_line(
    controls: CameraControls, webcam: Webcam, told: list[str]
) -> None:
    for identifier in (WHITE, WHITE_AUTO, FOCUS_AUTO):
        del webcam.spans[identifier]
    controls.apply(Settings(exposure=20, white_balance=4500, lens_focus="auto", power_line="auto"))
    assert len(told) == 1
    assert "cannot follow white_balance, lens_focus = auto, power_line = auto" in told[0]
    assert webcam.values[EXPOSURE] == 200


def test_a_value_beyond_the_range_is_cut_off_and_told(
    controls: CameraControls, webcam: Webcam, told: list[str]
) -> None:
    controls.apply(Settings(exposure=900))
    assert webcam.values[EXPOSURE] == 2047
    assert told == ["the camera Webcam takes exposure from 0.3 to 204.7; it is set to 204.7"]


def test_a_camera_that_goes_away_raises_nothing(
    controls: CameraControls, webcam: Webcam, told: list[str]
) -> None:
    controls.apply(Settings(exposure=20))
    webcam.gone = True
    controls.apply(Settings(exposure=30, lens_focus=0))
    controls.restore()
    assert told == []


def test_a_driver_that_refuses_is_told(
    controls: CameraControls, webcam: Webcam, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(identifier: int, value: int) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(webcam, "set", refuse)
    controls.apply(Settings(power_line="50"))
    controls.restore()
    assert "cannot follow power_line = 50" in told[0]


def test_a_value_that_is_refused_leaves_the_automatic_one_on(
    controls: CameraControls, webcam: Webcam, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = webcam.set

    def refuse_exposure(identifier: int, value: int) -> None:
        if identifier == EXPOSURE:
            raise OSError(errno.EIO, "no")
        allowed(identifier, value)

    monkeypatch.setattr(webcam, "set", refuse_exposure)
    for milliseconds in (5, 6, 7):
        controls.apply(Settings(exposure=milliseconds))
        assert webcam.values[EXPOSURE_AUTO] == 3
    assert len(set(told)) == 1


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.integers(-99, 99), st.integers(0, 300), st.integers(0, 9), st.floats(-500, 500))
def test_the_nearest_value(low: int, more: int, step: int, asked: float) -> None:
    span = Span(low, low + more, step)
    got = span.nearest(asked)
    assert low <= got <= low + more
    assert (got - low) % max(step, 1) == 0 or got == low + more
    if low <= asked <= low + more:
        assert abs(got - asked) <= max(step, 1)


def test_the_nearest_choice() -> None:
    assert Span(0, 9, choices=(1, 5, 8)).nearest(6) == 5
