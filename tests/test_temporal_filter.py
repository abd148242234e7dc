from __future__ import annotations

import numpy as np
import pytest

from livedepth.stabiliser.alignment import Alignment
from livedepth.stabiliser.motion import Motion
from livedepth.stabiliser.temporal_filter import TemporalFilter

SIZE = (21, 33)
SAME = Alignment(1.0, 0.0)
SHUT, OPEN = (Motion(*np.full((2, *SIZE), value, np.float32)) for value in (0, 1))


def filled(value: float) -> np.ndarray:
    return np.full(SIZE, value, np.float32)


def begun(value: float = 0.2) -> TemporalFilter:
    filtered = TemporalFilter(*SIZE, jump=0.12, lean=0.03)
    filtered.restart(filled(value), SAME)
    return filtered


def test_the_longer_a_pixel_rests_the_less_noise_passes() -> None:
    generator = np.random.default_rng(0)
    filtered = begun()
    steps = []
    for _ in range(120):
        before = filtered.state.copy()
        noisy = filled(0.2) + generator.normal(0, 0.01, SIZE).astype(np.float32)
        filtered.update(noisy, SAME, SHUT, 1 / 30, 0.5)
        steps.append(np.abs(filtered.state - before).mean())
    assert np.mean(steps[-20:]) < 0.4 * np.mean(steps[:5])
    assert np.abs(filtered.state - 0.2).mean() < 0.003


def test_more_smoothing_is_steadier_and_none_passes_everything() -> None:
    flicker = []
    for smoothing in (0.0, 0.2, 1.0, 3.0):
        generator, filtered, total = np.random.default_rng(0), begun(), 0.0
        for _ in range(60):
            before = filtered.state.copy()
            noisy = filled(0.2) + generator.normal(0, 0.01, SIZE).astype(np.float32)
            filtered.update(noisy, SAME, SHUT, 1 / 30, smoothing)
            if smoothing == 0.0:
                np.testing.assert_array_equal(filtered.state, noisy)
            total += float(np.abs(filtered.state - before).mean())
        flicker.append(total)
    assert flicker == sorted(flicker, reverse=True)
    assert flicker[1] < 0.3 * flicker[0]


def test_what_moved_is_taken_at_once() -> None:
    filtered = begun()
    filtered.update(filled(0.9), Alignment(0.5, 0.1), OPEN, 1 / 30, 0.5)
    np.testing.assert_allclose(filtered.state, 0.55, rtol=1e-5)


@pytest.mark.parametrize(("change", "seconds"), [(0.5, 0.7), (0.1, 1.0)])
def test_a_ghost_fades_though_no_grey_changed(change: float, seconds: float) -> None:
    filtered = begun(0.2 + change)
    for _ in range(60):
        filtered.update(filled(0.2 + change), SAME, SHUT, 1 / 30, 0.5)
    for _ in range(round(seconds * 30)):
        filtered.update(filled(0.2), SAME, SHUT, 1 / 30, 0.5)
    assert np.abs(filtered.state - 0.2).max() < 0.35 * change + 0.01


@pytest.mark.parametrize("rate", [10, 60])
def test_time_constants_are_in_seconds(rate: int) -> None:
    filtered = begun(0.2)
    for _ in range(rate):
        filtered.update(filled(0.22), SAME, SHUT, 1 / rate, 0.5)
    assert filtered.state.mean() == pytest.approx(0.2 + 0.02 * 2 / 3, abs=0.0012)
