from __future__ import annotations

import itertools

import numpy as np
import pytest

from livedepth.errors import LivedepthError
from livedepth.frame import Prediction, SteadyDepth
from livedepth.stabiliser.stabiliser import Stabiliser

ROWS, COLUMNS = 96, 160


class Room:
    """A person before a wall, seen by a model whose scale, shift and noise change every frame."""

    def __init__(self, noise: float = 0.0, matte: bool = True) -> None:
        self._generator = np.random.default_rng(5)
        self._noise = noise
        self._matte = matte
        self._texture = self._generator.integers(60, 160, (ROWS, COLUMNS, 3)).astype(np.uint8)

    def truth(self, left: int) -> tuple[np.ndarray, np.ndarray]:
        disparity = np.tile(np.linspace(0.1, 0.3, COLUMNS, dtype=np.float32), (ROWS, 1))
        person = np.zeros((ROWS, COLUMNS), bool)
        person[30:, left : left + 40] = True
        disparity[person] = 0.8
        return disparity, person

    def image(self, left: int) -> np.ndarray:
        image = self._texture.copy()
        image[30:, left : left + 40] = (40, 60, 220)
        return np.ascontiguousarray(image.repeat(4, 0).repeat(4, 1))

    def predict(self, left: int, scale: float = 1.0, shift: float = 0.0) -> Prediction:
        disparity, person = self.truth(left)
        noisy = disparity + self._generator.normal(0, self._noise, disparity.shape)
        matte = person.astype(np.float32) if self._matte else None
        return Prediction((scale * noisy + shift).astype(np.float32), matte)


def run(room: Room, lefts: list[int], stabiliser: Stabiliser, **wobble: float) -> list[SteadyDepth]:
    generator = np.random.default_rng(9)
    results = []
    for index, left in enumerate(lefts):
        scale = 2.0 * (1 + wobble.get("scale", 0.0) * generator.normal())
        shift = wobble.get("shift", 0.0) * generator.normal()
        prediction = room.predict(left, scale, shift)
        results.append(stabiliser.update(prediction, room.image(left), index / 30))
    return results


def flicker(maps: list[np.ndarray]) -> float:
    return float(np.mean([np.abs(a - b).mean() for a, b in itertools.pairwise(maps)]))


def test_near_is_one_and_far_is_zero() -> None:
    steady = run(Room(), [60] * 3, Stabiliser())[-1]
    assert steady.disparity[80, 80] == pytest.approx(1.0, abs=0.02)
    assert steady.disparity[10, 2] == pytest.approx(0.0, abs=0.05)
    assert steady.disparity.dtype == steady.matte.dtype == np.float32


def test_a_changing_scale_and_shift_is_not_seen() -> None:
    steady = run(Room(), [60] * 20, Stabiliser(), scale=0.2, shift=0.5)
    assert flicker([result.disparity for result in steady]) < 1e-3


def test_noise_on_still_regions_is_held_to_a_tenth() -> None:
    lefts = [60] * 60
    noisy = Room(0.02)
    raw = [noisy.predict(60).depth for _ in lefts]
    steady = run(Room(0.02), lefts, Stabiliser())
    spans = [np.ptp(np.percentile(values, (1, 99))) for values in raw]
    per_frame = [values / span for values, span in zip(raw, spans, strict=True)]
    calm = flicker([result.disparity for result in steady][20:])
    assert calm < 0.1 * flicker(per_frame[20:])


def test_a_moving_edge_does_not_lag() -> None:
    room = Room(0.01)
    lefts = list(range(20, 80, 3))
    steady = run(room, lefts, Stabiliser())
    for left, result in list(zip(lefts, steady, strict=True))[3:]:
        truth = room.truth(left)[1]
        agreement = ((result.disparity > 0.5) & truth).sum() / (
            (result.disparity > 0.5) | truth
        ).sum()
        assert agreement > 0.97
        assert ((result.matte > 0.5) == truth).mean() > 0.99


def test_nothing_lags_where_most_of_the_picture_moves() -> None:
    generator = np.random.default_rng(2)
    stabiliser = Stabiliser()
    texture = generator.integers(90, 150, (ROWS // 4, 3 * COLUMNS // 4, 3)).astype(np.uint8)
    texture = texture.repeat(16, 0).repeat(16, 1)
    ramp = np.linspace(0.0, 1.0, 3 * COLUMNS, dtype=np.float32)
    errors = []
    for index in range(30):
        left = 6 * index
        image = np.ascontiguousarray(texture[:, 4 * left : 4 * (left + COLUMNS)])
        depth = np.tile(0.2 + 0.02 * np.sin(ramp[left : left + COLUMNS] * 60), (ROWS, 1))
        depth[: ROWS // 4] = 0.6
        steady = stabiliser.update(Prediction(depth.astype(np.float32)), image, index / 30)
        wanted = np.corrcoef(steady.disparity[40:].ravel(), depth[40:].ravel())[0, 1]
        errors.append(1.0 - wanted)
    assert max(errors[2:]) < 0.15


def test_without_smoothing_the_map_follows_at_once() -> None:
    room = Room()
    steady = run(room, [60, 60, 60], Stabiliser(smoothing=0.0))
    np.testing.assert_allclose(steady[2].disparity, steady[1].disparity, atol=1e-3)


def test_scale_and_shift_do_not_wander_over_time() -> None:
    steady = run(Room(0.03), [60] * 150, Stabiliser(), scale=0.15, shift=0.3)
    first, last = steady[5].disparity, steady[-1].disparity
    scale, shift = np.polyfit(first.ravel(), last.ravel(), 1)
    assert (scale, shift) == (pytest.approx(1.0, abs=0.05), pytest.approx(0.0, abs=0.03))


def test_more_smoothing_is_steadier() -> None:
    calm = [
        flicker([result.disparity for result in run(Room(0.02), [60] * 50, Stabiliser(smoothing))])
        for smoothing in (0.0, 0.1, 0.5, 2.0)
    ]
    assert calm == sorted(calm, reverse=True)


def test_a_person_who_leaves_leaves_no_ghost() -> None:
    room, stabiliser = Room(0.005), Stabiliser()
    run(room, [60] * 60, stabiliser)
    gone = COLUMNS
    for index in range(60, 66):
        steady = stabiliser.update(room.predict(gone), room.image(gone), index / 30)
    before = room.truth(60)[1]
    assert steady.matte.max() < 0.1
    assert steady.matte[before].mean() < 0.005
    assert steady.disparity[before].max() < 0.4


def test_a_person_who_returns_is_there_at_once() -> None:
    room, stabiliser = Room(0.005), Stabiliser()
    run(room, [60] * 20 + [COLUMNS] * 40, stabiliser)
    steady = stabiliser.update(room.predict(60), room.image(60), 2.0)
    assert ((steady.matte > 0.5) == room.truth(60)[1]).mean() > 0.995
    assert steady.disparity[50:, 65:95].min() > 0.8


@pytest.mark.parametrize("kind", ["light switched on", "exposure drifts", "sensor noise"])
def test_what_is_no_motion_opens_nothing(kind: str) -> None:
    generator = np.random.default_rng(3)

    def seen(index: int) -> np.ndarray:
        image = room.image(60).astype(np.float32)
        if kind == "light switched on":
            image = image * (0.5 if index < 40 else 1.1)
        elif kind == "exposure drifts":
            image = image * (1.0 - 0.006 * index)
        else:
            image = image + generator.normal(0, 8, image.shape)
        return np.clip(image, 0, 255).astype(np.uint8)

    results = []
    room, stabiliser = Room(0.02), Stabiliser()
    for index in range(80):
        results.append(stabiliser.update(room.predict(60), seen(index), index / 30).disparity)
    plain = run(Room(0.02), [60] * 80, Stabiliser())
    expected = flicker([result.disparity for result in plain][20:])
    assert flicker(results[20:]) < 1.25 * expected + 1e-4


def test_a_nudged_camera_leaves_no_trails() -> None:
    room, stabiliser = Room(0.005), Stabiliser()
    run(room, [60] * 40, stabiliser)
    for index in range(40, 52):
        left = min((index - 39) * 2, 16)
        prediction, image = room.predict(60), room.image(60)
        rolled = Prediction(
            np.roll(prediction.depth, left, axis=1), np.roll(prediction.matte, left, axis=1)
        )
        steady = stabiliser.update(rolled, np.roll(image, 4 * left, axis=1), index / 30)
        truth = np.roll(room.truth(60)[1], left, axis=1)
        assert ((steady.matte > 0.5) == truth).mean() > 0.99
    uncovered = steady.disparity[40:, 62:74] - rolled.depth[40:, 62:74] / 0.7
    assert np.abs(uncovered - np.median(uncovered)).max() < 0.1


def test_a_cut_starts_afresh() -> None:
    stabiliser = Stabiliser()
    run(Room(), [60] * 10, stabiliser)
    other = np.zeros((ROWS * 4, COLUMNS * 4, 3), np.uint8)
    other[:200] = 255
    depth = np.tile(np.linspace(1, 0, ROWS, dtype=np.float32)[:, None], (1, COLUMNS))
    steady = stabiliser.update(Prediction(depth, depth), other, 10 / 30)
    assert np.corrcoef(steady.disparity.ravel(), depth.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("moment", [5.0, -5.0])
def test_a_gap_in_time_starts_afresh(moment: float) -> None:
    stabiliser, fresh = Stabiliser(), Stabiliser()
    room = Room()
    run(room, [60] * 5, stabiliser)
    prediction, image = room.predict(20, 3.0, 1.0), room.image(20)
    after = stabiliser.update(prediction, image, moment)
    first = fresh.update(prediction, image, 0.0)
    np.testing.assert_allclose(after.disparity, first.disparity, atol=1e-5)
    assert after.focus == first.focus


def test_focus_follows_the_person_and_a_model_without_matte_finds_one_too() -> None:
    for matte in (True, False):
        steady = run(Room(matte=matte), [60] * 5, Stabiliser())[-1]
        assert steady.focus == pytest.approx(1.0, abs=0.05)
        assert (steady.matte > 0.5).mean() == pytest.approx(66 * 40 / (ROWS * COLUMNS), rel=0.05)


def test_a_published_map_is_not_written_again() -> None:
    stabiliser, room = Stabiliser(), Room(0.02)
    first = stabiliser.update(room.predict(60), room.image(60), 0.0)
    kept = first.disparity.copy(), first.matte.copy()
    stabiliser.update(room.predict(90), room.image(90), 1 / 30)
    np.testing.assert_array_equal(first.disparity, kept[0])
    np.testing.assert_array_equal(first.matte, kept[1])


def test_a_change_of_map_size_starts_afresh() -> None:
    stabiliser, room = Stabiliser(), Room()
    run(room, [60] * 3, stabiliser)
    small = Prediction(np.eye(8, 12, dtype=np.float32))
    assert stabiliser.update(small, room.image(60), 0.1).disparity.shape == (8, 12)


@pytest.mark.parametrize(
    ("depth", "matte", "image"),
    [
        (np.zeros((4, 5)), np.zeros((5, 4)), np.zeros((8, 8, 3), np.uint8)),
        (np.zeros(20), None, np.zeros((8, 8, 3), np.uint8)),
        (np.zeros((4, 5)), None, np.zeros((8, 8), np.uint8)),
        (np.zeros((4, 5)), None, np.zeros((8, 8, 3), np.float32)),
    ],
)
def test_maps_and_pictures_of_another_shape_are_refused(
    depth: np.ndarray, matte: np.ndarray | None, image: np.ndarray
) -> None:
    with pytest.raises(LivedepthError, match="must be"):
        Stabiliser().update(Prediction(depth, matte), image, 0.0)


def test_a_flat_map_and_a_tiny_picture_are_taken() -> None:
    flat = Prediction(np.ones((32, 32), np.float32))
    stabiliser = Stabiliser()
    for index in range(4):
        steady = stabiliser.update(flat, np.zeros((1, 1, 3), np.uint8), index / 30)
        assert np.isfinite(steady.disparity).all()
