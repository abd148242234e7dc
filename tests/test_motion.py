from __future__ import annotations

import numpy as np

from livedepth.stabiliser.motion import MotionDetector

ROWS, COLUMNS = 45, 71


def room(brightness: float = 1.0, sigma: float = 0.0, left: int | None = None) -> np.ndarray:
    generator = np.random.default_rng(3)
    image = generator.integers(60, 160, (ROWS, COLUMNS, 3)).repeat(4, 0).repeat(4, 1)
    image = image.astype(np.float64)
    if left is not None:
        image[60:140, left : left + 60] = (30, 40, 220)
    image = image * brightness + np.random.default_rng(left).normal(0, 1, image.shape) * sigma
    return np.clip(image, 0, 255).astype(np.uint8)


def gate_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    detector = MotionDetector(ROWS, COLUMNS)
    detector.look(first)
    detector.look(second)
    return detector.find().gate


def test_what_moved_is_open_and_the_rest_shut() -> None:
    gate = gate_between(room(left=40), room(left=64))
    assert gate[25, 11] == 1.0
    assert gate[25, 30] == 1.0
    assert gate[:10].max() == 0.0
    assert gate[:, 45:].max() == 0.0


def test_sensor_noise_and_exposure_open_nothing() -> None:
    assert gate_between(room(sigma=8), room(sigma=8, left=None)).max() == 0.0
    assert gate_between(room(), room(brightness=0.9)).mean() < 0.01


def test_a_light_switched_on_is_no_motion_and_no_cut() -> None:
    detector = MotionDetector(ROWS, COLUMNS)
    detector.look(room(brightness=0.5))
    detector.look(room())
    assert not detector.is_cut()
    assert detector.find().gate.mean() < 0.05


def test_motion_is_seen_while_the_light_changes() -> None:
    gate = gate_between(room(brightness=0.6, left=40), room(left=120))
    assert gate[25, 12] > 0.9
    assert gate[25, 42] > 0.9
    assert gate[:10].mean() < 0.05
