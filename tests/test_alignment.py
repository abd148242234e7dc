from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.stabiliser.alignment import Alignment, align, align_to_range


def scene(rows: int = 60, columns: int = 80) -> np.ndarray:
    y, x = np.mgrid[0:rows, 0:columns]
    return (0.2 + 0.3 * x / columns + 0.5 * (y > rows // 2)).astype(np.float32)


@settings(deadline=None, max_examples=50)
@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_any_scale_and_shift_is_undone(scale: float, shift: float) -> None:
    reference = scene()
    measured = ((reference - shift) / scale).astype(np.float32)
    fit = align(measured, reference, np.ones_like(reference))
    assert fit is not None
    np.testing.assert_allclose(fit.scale * measured + fit.shift, reference, atol=2e-3)


def test_someone_walking_in_does_not_pull_the_fit() -> None:
    reference = scene()
    measured = reference * 3.0 + 1.0
    measured[10:50, 20:45] = 9.0
    fit = align(measured, reference, np.ones_like(reference))
    assert fit is not None
    assert fit.scale == pytest.approx(1 / 3, rel=0.02)
    assert fit.shift == pytest.approx(-1 / 3, abs=0.02)


def test_noise_does_not_flatten_the_fit() -> None:
    generator = np.random.default_rng(4)
    reference = scene(96, 160)
    scales = []
    for _ in range(20):
        measured = reference + generator.normal(0, 0.15, reference.shape)
        fit = align(
            measured.astype(np.float32),
            reference,
            np.ones_like(reference),
            Alignment(1.0, 0.0),
            noise_share=0.0,
        )
        assert fit is not None
        scales.append(fit.scale)
    assert np.mean(scales) == pytest.approx(1.0, abs=0.01)


def test_a_flat_wall_does_not_outvote_the_person_before_it() -> None:
    generator = np.random.default_rng(7)
    reference = np.full((96, 160), 0.05, np.float32)
    reference[20:, 50:110] = 0.9
    reference += generator.normal(0, 0.005, reference.shape).astype(np.float32)
    for _ in range(30):
        scale, shift = 1.0 + 0.2 * generator.random(), generator.normal(0, 0.2)
        noisy = reference + generator.normal(0, 0.02, reference.shape)
        fit = align(
            (scale * noisy + shift).astype(np.float32),
            reference,
            np.ones_like(reference),
            Alignment(1.0, 0.0),
            noise_share=0.05,
        )
        assert fit is not None
        assert fit.scale * scale == pytest.approx(1.0, abs=0.02)


def test_where_only_noise_is_left_the_scale_is_kept() -> None:
    generator = np.random.default_rng(1)
    flat, other = (generator.normal(0.5, 0.02, (60, 80)).astype(np.float32) for _ in range(2))
    fit = align(flat, other, np.ones_like(flat), Alignment(1.0, 0.0))
    assert fit is not None
    assert fit.scale == pytest.approx(1.0)


def test_weights_exclude_what_moved() -> None:
    reference = scene()
    measured = reference.copy()
    measured[:40] += 0.4
    weight = np.ones_like(reference)
    weight[:40] = 0.0
    fit = align(measured, reference, weight)
    assert fit is not None
    assert (fit.scale, fit.shift) == (pytest.approx(1.0, abs=1e-3), pytest.approx(0.0, abs=1e-3))


def test_the_residual_tells_a_good_fit_from_a_bad_one() -> None:
    reference = scene()
    other = np.random.default_rng(0).random(reference.shape, np.float32)
    same = align(reference, reference, np.ones_like(reference))
    different = align(other, reference, np.ones_like(reference))
    assert same is not None
    assert same.residual < 1e-6
    assert different is None or different.residual > 0.05


@pytest.mark.parametrize(
    ("measured", "weight"),
    [
        (np.full((60, 80), 3.0, np.float32), np.ones((60, 80), np.float32)),
        (1.0 - scene(), np.ones((60, 80), np.float32)),
        (scene(), np.zeros((60, 80), np.float32)),
    ],
    ids=["flat", "inverted", "nothing still"],
)
def test_maps_that_determine_nothing_give_no_fit(measured: np.ndarray, weight: np.ndarray) -> None:
    assert align(measured, scene(), weight) is None


def test_a_first_map_is_stretched_to_its_range() -> None:
    values = scene() * 40 + 7
    fit = align_to_range(values)
    low, high = np.percentile(fit.scale * values + fit.shift, (2, 98))
    assert (low, high) == (pytest.approx(0.0, abs=1e-5), pytest.approx(1.0, abs=1e-5))


def test_a_flat_first_map_lies_in_the_middle() -> None:
    fit = align_to_range(np.full((6, 8), 5.0, np.float32))
    assert fit.scale * 5.0 + fit.shift == 0.5
