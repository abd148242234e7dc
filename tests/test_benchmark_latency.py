"""The time code survives what happens to a picture, and the journey is measured by it."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.benchmarks import latency, time_code
from livedepth.benchmarks.latency import Journey, in_process, rows
from livedepth.errors import LivedepthError
from livedepth.warming import warm

SIZE = 320, 180


def stamped(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    noise = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3))
    image = noise.astype(np.uint8)
    time_code.stamp(image, number)
    return image


def compressed(image: np.ndarray) -> np.ndarray:
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def as_video(image: np.ndarray) -> np.ndarray:
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    return cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)


CHANGES = {
    "nothing": lambda image: image,
    "blur": lambda image: cv2.GaussianBlur(image, (0, 0), 5),
    "compression": compressed,
    "video": as_video,
    "half the size": lambda image: cv2.resize(image, (160, 90), interpolation=cv2.INTER_AREA),
    "dark": lambda image: (image * 0.4 + 10).astype(np.uint8),
    "noise": lambda image: np.clip(
        image + np.random.default_rng(0).normal(0, 40, image.shape), 0, 255
    ).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=20, deadline=None)
@given(number=st.integers(0, 3 * time_code.CODES))
def test_the_number_survives(change: str, number: int) -> None:
    assert time_code.read(CHANGES[change](stamped(number))) == number % time_code.CODES


@pytest.mark.parametrize("size", [(16, 8), (17, 9), (641, 361), (33, 400)])
def test_any_size_holds_a_number(size: tuple[int, int]) -> None:
    assert time_code.read(stamped(1234, size)) == 1234


def test_what_cannot_be_told_is_not_guessed() -> None:
    image = stamped(77)
    for value in (0, 90, 255):
        assert time_code.read(np.full_like(image, value)) is None
    assert time_code.read(image[:, ::-1]) != 77
    # Halfway between two frames some bits are of one and some of the other.
    torn = image.copy()
    torn[:, :160] = stamped(3456)[:, :160]
    assert time_code.read(torn) in (None, 77, 3456)
    mixed = (image // 2 + stamped(78) // 2).astype(np.uint8)
    assert time_code.read(mixed) is None


def test_a_journey_counts_each_number_once() -> None:
    journey = Journey()
    journey.depart(5)
    time.sleep(0.02)
    for _ in range(3):
        journey.arrive(stamped(5))
    journey.arrive(stamped(6))
    journey.arrive(np.zeros((180, 320, 3), np.uint8))
    assert len(journey.took) == 1
    assert 20.0 <= journey.milliseconds(50) < 2000.0
    assert journey.unreadable == 1
    journey.forget()
    assert not journey.took
    with pytest.raises(LivedepthError, match="no frame was read back"):
        journey.milliseconds(50)


def test_a_delay_that_is_known_is_what_is_measured() -> None:
    journey = Journey()
    for number in range(10):
        journey.left[number] = time.monotonic() - 0.5
        journey.arrive(stamped(number))
    assert 500.0 <= journey.milliseconds(50) < 700.0
    figures = {result.name: result for result in rows(journey, "x", "time between frames", 33.3)}
    assert set(figures) == {"x p50", "x p95", "x p99", "x: audio offset", "x: unreadable"}
    assert figures["x: audio offset"].value == round(journey.milliseconds(50))
    assert not figures["x p50"].met
    assert figures["x p50"].yardstick == 33.3


def test_frames_go_through_the_pipeline_and_are_read() -> None:
    warm(lambda step: None)
    journey = in_process(SIZE, 3.0)
    assert len(journey.took) > 5
    assert journey.unreadable <= 0.05 * len(journey.took) + 1
    assert 0.0 < journey.milliseconds(50) <= journey.milliseconds(99)


def test_without_two_devices_the_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "_SIZE", SIZE)
    monkeypatch.setattr(latency, "_SECONDS", 1.5)
    monkeypatch.setattr(latency, "free_devices", lambda: ["/dev/video10"])
    results = list(latency.latency())
    assert len(results) == 5
    assert all(result.name.startswith("latency, in process") for result in results)
