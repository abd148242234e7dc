"""The mathematics of the evaluation, on maps whose scores are known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from evaluation.rendered import Answer, View, still_scores, warping_scores
from training.measured import Truth, full_body, set_into
from training.scores import align, correlation, depth_scores, edge_error, overlap
from training.validation import network_size, person_scores

ROW, COLUMN = np.mgrid[0:24, 0:32].astype(np.float32)


def ramp() -> np.ndarray:
    """Depth from 1 m to 4 m across the picture."""
    return (1.0 + 3.0 * COLUMN / 31.0).astype(np.float32)


def everywhere() -> np.ndarray:
    return np.ones((24, 32), bool)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
def test_alignment_undoes_scale_and_shift(scale: float, shift: float) -> None:
    disparity = 1.0 / ramp()
    prediction = (scale * disparity + shift).astype(np.float32)
    np.testing.assert_allclose(align(prediction, disparity, everywhere()), disparity, atol=1e-3)


def test_alignment_looks_at_valid_pixels_only() -> None:
    disparity = 1.0 / ramp()
    valid = COLUMN < 16
    prediction = np.where(valid, disparity * 2, 99.0).astype(np.float32)
    np.testing.assert_allclose(align(prediction, disparity, valid)[valid], disparity[valid], 1e-4)


def test_the_truth_itself_scores_perfectly() -> None:
    error, share = depth_scores(3.0 / ramp() - 1.0, ramp(), everywhere())
    assert error == pytest.approx(0.0, abs=1e-4)
    assert share == 1.0


def test_a_flat_prediction_scores_as_numpy_says() -> None:
    depth = ramp()
    error, share = depth_scores(np.ones_like(depth), depth, everywhere())
    metres = 1.0 / (1.0 / depth).mean()
    assert error == pytest.approx((np.abs(metres - depth) / depth).mean(), rel=1e-3)
    expected = np.maximum(metres / depth, depth / metres) < 1.25
    assert share == pytest.approx(expected.mean(), abs=1e-6)


def test_depth_that_was_not_measured_is_ignored() -> None:
    depth = ramp()
    depth[:, :8] = 0.0
    error, _ = depth_scores(1.0 / ramp(), depth, depth > 0)
    assert error == pytest.approx(0.0, abs=1e-4)


def test_correlation_agrees_with_numpy() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 24, 32)).astype(np.float32)
    expected = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    assert correlation(first, second) == pytest.approx(expected, abs=1e-5)
    assert correlation(first, 2 * first + 1) == pytest.approx(1.0, abs=1e-5)
    assert correlation(first, np.ones_like(first)) == 0.0


def test_overlap_counts_shared_over_all() -> None:
    left = (COLUMN < 16).astype(np.float32)
    shifted = ((COLUMN >= 8) & (COLUMN < 24)).astype(np.float32)
    assert overlap(left, left) == 1.0
    assert overlap(left, shifted) == pytest.approx(8 / 24)
    assert overlap(left, 1.0 - left) == 0.0
    assert overlap(np.zeros_like(left), np.zeros_like(left)) == 1.0


def test_edge_error_sees_only_the_edge() -> None:
    truth = (COLUMN < 16).astype(np.float32)
    wrong_far_away = truth.copy()
    wrong_far_away[:, 0] = 0.0
    assert edge_error(wrong_far_away, truth, radius=4) == 0.0
    assert edge_error(np.full_like(truth, 0.5), truth, radius=4) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1080, 1920), (320, 192)), ((480, 640), (288, 224)), ((1280, 720), (192, 320))],
)
def test_network_size_keeps_the_aspect(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert network_size(shape) == expected


@pytest.mark.parametrize(("area", "expected"), [(0.467, (224, 128)), (1.867, (448, 256))])
def test_network_size_follows_the_area(area: float, expected: tuple[int, int]) -> None:
    assert network_size((1080, 1920), area) == expected


def view(depth: np.ndarray, matte: np.ndarray) -> View:
    motion = np.zeros((*matte.shape, 2), np.float32)
    return View(np.zeros((*matte.shape, 3), np.uint8), depth, matte, motion)


def test_scores_within_the_people_are_of_their_pixels_only() -> None:
    depth, matte = ramp(), (COLUMN < 16).astype(np.float32)
    wrong = np.where(matte > 0.5, 1.0 / depth, 0.9 / depth)
    error, share = depth_scores(1.0 / depth, depth, everywhere(), matte > 0.5)
    assert (round(error, 3), share) == (0.0, 1.0)
    whole = depth_scores(wrong, depth, everywhere())
    assert person_scores(wrong, depth, matte) != whole
    assert person_scores(wrong, depth, np.zeros_like(matte)) is None


def test_the_truth_scores_perfectly_as_an_answer() -> None:
    depth, matte = ramp(), (COLUMN < 16).astype(np.float32)
    truth = view(depth, matte)
    perfect = Answer(1.0 / depth, matte)
    scores = still_scores(truth, perfect)
    assert scores["person error"] == pytest.approx(0.0, abs=1e-4)
    assert (scores["overlap"], scores["edge"]) == (1.0, 0.0)
    changes = warping_scores((truth, truth), (perfect, perfect))
    assert changes["warping, depth"] == pytest.approx(0.0, abs=1e-4)
    assert changes["warping, matte"] == 0.0


def test_a_flickering_answer_is_not_steady() -> None:
    depth, matte = ramp(), (COLUMN < 16).astype(np.float32)
    truth = view(depth, matte)
    answers = (Answer(None, matte), Answer(None, np.abs(matte - 0.1)))
    scores = warping_scores((truth, truth), answers)
    assert scores == {"warping, matte": pytest.approx(10.0, rel=1e-3)}


def test_people_where_nobody_is_are_counted() -> None:
    nobody = np.zeros((24, 32), np.float32)
    scores = still_scores(view(ramp(), nobody), Answer(None, (COLUMN < 8).astype(np.float32)))
    assert scores == {"nobody": 0.25}


def test_full_body_depth_is_between_its_planes(data_folder: Path) -> None:
    body = full_body(data_folder / "rgbd")
    measured = body.depth[body.depth > 0]
    assert body.depth.shape == body.image.shape[:2]
    assert measured.min() > 1.7
    assert measured.max() < 2.5
    assert 0.05 < measured.size / body.depth.size < 0.6


def test_a_person_set_into_a_room_stands_on_its_lower_edge() -> None:
    room = np.full((120, 160, 3), 50, np.uint8)
    figure = np.zeros((100, 60), np.float32)
    figure[20:, 20:40] = 2.0
    body = Truth("figure", np.full((100, 60, 3), 200, np.uint8), figure)
    picture, matte = set_into(room, body, 1.0, 0.5)
    assert (matte[:60] == 0).all()
    assert matte[-1].max() == 1.0
    np.testing.assert_array_equal(picture[matte == 0], 50)
    np.testing.assert_array_equal(picture[matte == 1], 200)


@pytest.fixture
def data_folder() -> Path:
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no folder of measured pictures beside the repository")
    return folder
