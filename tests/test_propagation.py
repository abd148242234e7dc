from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.benchmarks.propagation import errors, held, propagated, waving
from livedepth.errors import LivedepthError
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.stabiliser.flow import follow, sample, standstill, stretch, working_size
from livedepth.stabiliser.hypotheses import weigh
from livedepth.stabiliser.propagation import Propagator

WIDTH, HEIGHT = 320, 180


def world(seed: int = 0, width: int = 480, height: int = 300) -> Image:
    """A textured picture, larger than the frames that are cut out of it."""
    random = np.random.default_rng(seed)
    layers = [
        cv2.resize(random.normal(0, 40, (size * 5, size * 8, 3)), (width, height))
        for size in (1, 3, 9)
    ]
    return np.clip(128 + sum(layers), 0, 255).astype(np.uint8)


def view(picture: Image, x: int, y: int = 40) -> Image:
    return np.ascontiguousarray(picture[y : y + HEIGHT, x : x + WIDTH])


def depth_of(values: Map) -> SteadyDepth:
    values = values.astype(np.float32)
    return SteadyDepth(values, 1 - values, 0.4, 0.1)


def slope(columns: int = 80, rows: int = 45) -> SteadyDepth:
    """Disparity that rises evenly with x, so that a shift can be read off its values."""
    return depth_of(np.tile(np.linspace(0.1, 0.9, columns), (rows, 1)))


def follower(picture: Image, steady: SteadyDepth) -> Propagator:
    """One that holds ``steady`` for frame 0, which is ``picture``."""
    propagator = Propagator()
    propagator.advance(picture, 0)
    propagator.renew(steady, 0)
    return propagator


def plain_difference(image: Map, other: Map, y: int, x: int, v: float, u: float) -> float:
    rows, columns = other.shape[:2]
    u, v = min(max(u, 0.0), columns - 1.0), min(max(v, 0.0), rows - 1.0)
    left, top = math.floor(u), math.floor(v)
    right, bottom = min(left + 1, columns - 1), min(top + 1, rows - 1)
    a, b = u - left, v - top
    upper = (1 - a) * other[top, left] + a * other[top, right]
    lower = (1 - a) * other[bottom, left] + a * other[bottom, right]
    return float(np.abs(image[y, x] - ((1 - b) * upper + b * lower)).max())


def test_the_kernel_does_what_its_plain_twin_does() -> None:
    random = np.random.default_rng(3)
    rows, columns, count = 11, 17, 3
    image = random.integers(100, 140, (rows, columns, 3)).astype(np.uint8)
    pictures = random.integers(100, 140, (count, rows, columns, 3)).astype(np.uint8)
    maps = random.random((count, rows, columns, 2), np.float32)
    positions = standstill(columns, rows) + random.normal(0, 4, (rows, columns, 2))
    positions = positions.astype(np.float32)
    offsets = np.array([(2, 0), (-3, 1), (0, -2)], np.int64)
    penalties = np.array([6, 2, 3, 4], np.float32)
    values = random.random((2, rows, columns), np.float32)
    expected, doubted = values.copy(), np.zeros((rows, columns), np.float32)
    now, then = image.astype(np.float32), pictures.astype(np.float32)
    for y in range(rows):
        for x in range(columns):
            u, v = positions[y, x]
            own = plain_difference(now, then[0], y, x, v, u)
            if own <= 12.0:
                continue
            doubted[y, x] = 1
            weights, worth = [1.0], [values[:, y, x]]
            for i, j in offsets:
                if 0 <= x + i < columns and 0 <= y + j < rows:
                    p, q = positions[y + j, x + i] - (i, j)
                    if abs(p - u) + abs(q - v) >= 0.5:
                        difference = plain_difference(now, then[0], y, x, q, p) + penalties[0]
                        weights.append(math.exp((own - difference) / 3.0))
                        left = int(min(max(p + 0.5, 0.0), columns - 1))
                        worth.append(maps[0, int(min(max(q + 0.5, 0.0), rows - 1)), left])
            for k in range(count):
                difference = np.abs(now[y, x] - then[k, y, x]).max() + penalties[k + 1]
                weights.append(math.exp((own - difference) / 3.0))
                worth.append(maps[k, y, x])
            expected[:, y, x] = np.average(worth, axis=0, weights=weights)
    doubt = np.full((rows, columns), np.nan, np.float32)
    weigh(values, doubt, image, pictures, maps, positions, offsets, penalties, 12.0, 3.0)
    np.testing.assert_array_equal(doubt, doubted)
    assert 0 < doubt.mean() < 1
    np.testing.assert_allclose(values, expected, atol=1e-4)


def test_positions_that_stand_still_change_nothing() -> None:
    still = standstill(9, 7)
    values = np.random.default_rng(0).random((7, 9), np.float32)
    np.testing.assert_array_equal(sample(values, still), values)
    np.testing.assert_array_equal(follow(still, np.zeros_like(still), still), still)
    np.testing.assert_allclose(stretch(still, 31, 5), standstill(31, 5), atol=1e-5)


def test_flows_add_up() -> None:
    still = standstill(40, 30)
    flow = np.full_like(still, (1.5, -0.5))
    positions = follow(follow(still, flow, still), flow, still)
    np.testing.assert_allclose((positions - still)[5:-5, 5:-5], np.full((20, 30, 2), (3, -1)))


@given(st.integers(1, 5000), st.integers(1, 5000))
@settings(max_examples=50, deadline=None)
def test_the_working_size_is_bounded_both_ways(width: int, height: int) -> None:
    columns, rows = working_size(width, height)
    assert min(columns, rows) >= 16
    assert columns * rows < 20_000


@given(st.integers(-7, 7), st.integers(-4, 4), st.sampled_from([(80, 45), (160, 96), (33, 21)]))
@settings(max_examples=12, deadline=None)
def test_a_shift_of_the_whole_picture_is_followed_within_half_a_pixel(
    across: int, down: int, size: tuple[int, int]
) -> None:
    picture, steady = world(), slope(*size)
    propagator = follower(view(picture, 80, 60), steady)
    for index in range(1, 7):
        propagator.advance(view(picture, 80 - across * index, 60 - down * index), index)
    current = propagator.current()
    assert current is not None
    columns = size[0]
    per_pixel = 0.8 / (columns - 1)
    moved = (steady.disparity - current.disparity) / per_pixel
    inner = moved[size[1] // 4 : -(size[1] // 4), columns // 4 : -(columns // 4)]
    assert abs(float(np.median(inner)) - 6 * across * columns / WIDTH) < 0.5
    np.testing.assert_allclose(current.matte, 1 - current.disparity, atol=1e-4)
    assert (current.focus, current.band) == (steady.focus, steady.band)


def test_a_map_that_comes_late_is_brought_forward_like_one_that_came_at_once() -> None:
    picture, steady = world(), slope()
    early, late = follower(view(picture, 60), steady), Propagator()
    late.advance(view(picture, 60), 0)
    for index in range(1, 8):
        early.advance(view(picture, 60 + 3 * index), index)
        late.advance(view(picture, 60 + 3 * index), index)
    late.renew(steady, 0)
    one, other = early.current(), late.current()
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.disparity, other.disparity, atol=1e-6)


def test_a_still_scene_leaves_the_map_as_it_is() -> None:
    picture, steady = view(world(), 60), slope()
    propagator = follower(picture, steady)
    for index in range(1, 20):
        propagator.advance(picture, index)
    current = propagator.current()
    assert current is not None
    np.testing.assert_allclose(current.disparity, steady.disparity, atol=1e-6)
    np.testing.assert_allclose(current.matte, steady.matte, atol=1e-6)


def test_background_that_was_seen_before_comes_back_when_uncovered() -> None:
    background = view(world(1), 60)
    columns, rows = 80, 45
    propagator, depths = Propagator(), []
    for index in range(19):
        picture, disparity = background.copy(), np.zeros((rows, columns), np.float32)
        left = 40 + 8 * max(0, index - 9)
        picture[60:140, left : left + 60] = (60, 90, 220)
        disparity[15:35, left // 4 : left // 4 + 15] = 1.0
        if index < 2:
            picture, disparity = background, np.zeros_like(disparity)
        depths.append(depth_of(disparity))
        propagator.advance(picture, index)
        if index % 6 == 0:
            propagator.renew(depths[index], index)
    current = propagator.current()
    assert current is not None
    uncovered = (depths[9].disparity > 0.5) & (depths[18].disparity < 0.5)
    assert current.disparity[uncovered].mean() < 0.1


def test_nothing_before_a_cut_is_used_after_it() -> None:
    propagator = follower(view(world(1), 60), slope())
    propagator.advance(view(world(1), 61), 1)
    assert propagator.current() is not None
    propagator.advance(255 - view(world(7), 60) // 4, 2)
    assert propagator.current() is None
    propagator.renew(slope(), 1)
    assert propagator.current() is None
    propagator.renew(slope(), 2)
    assert propagator.current() is not None


def test_there_is_no_map_before_one_came_nor_after_reset() -> None:
    picture = view(world(), 60)
    propagator = Propagator()
    assert propagator.current() is None
    propagator.renew(slope(), 0)
    propagator.advance(picture, 0)
    assert propagator.current() is None
    propagator.renew(slope(), 0)
    assert propagator.current() is not None
    propagator.reset()
    assert propagator.current() is None
    propagator.renew(slope(), 0)
    assert propagator.current() is None


def test_a_map_of_an_unknown_frame_is_ignored() -> None:
    picture = view(world(), 60)
    propagator = follower(picture, slope())
    propagator.advance(picture, 4)
    for unknown in (-1, 2, 5):
        propagator.renew(depth_of(np.ones((45, 80))), unknown)
    current = propagator.current()
    assert current is not None
    assert current.disparity.max() < 0.95


def test_an_older_map_does_not_replace_a_newer_one() -> None:
    picture = view(world(), 60)
    propagator = follower(picture, slope())
    for index in (1, 2, 3):
        propagator.advance(picture, index)
    propagator.renew(depth_of(np.full((45, 80), 0.7)), 2)
    propagator.renew(depth_of(np.full((45, 80), 0.2)), 1)
    current = propagator.current()
    assert current is not None
    np.testing.assert_allclose(current.disparity, 0.7, atol=1e-6)


@pytest.mark.parametrize("step", [1, 3])
def test_a_map_serves_for_the_reach_and_no_longer(step: int) -> None:
    picture = view(world(), 60)
    propagator = Propagator(reach=6)
    for index in range(0, 7, step):
        propagator.advance(picture, index)
        propagator.renew(slope(), 0)
    assert propagator.current() is not None
    propagator.advance(picture, 7)
    assert propagator.current() is None
    propagator.renew(slope(), 0)
    assert propagator.current() is None
    with pytest.raises(LivedepthError, match="1 frame or more; got 0"):
        Propagator(reach=0)


@pytest.mark.parametrize("index", [0, 1])
def test_an_index_that_does_not_rise_starts_afresh(index: int) -> None:
    picture = view(world(), 60)
    propagator = follower(picture, slope())
    propagator.advance(picture, 1)
    propagator.advance(picture, index)
    assert propagator.current() is None


def test_another_size_of_picture_starts_afresh_and_of_map_does_not() -> None:
    picture = view(world(), 60)
    propagator = follower(picture, slope())
    propagator.advance(picture, 1)
    propagator.renew(slope(31, 17), 1)
    current = propagator.current()
    assert current is not None
    np.testing.assert_allclose(current.disparity, slope(31, 17).disparity, atol=1e-6)
    propagator.advance(picture[:90], 2)
    assert propagator.current() is None


def test_a_large_map_keeps_its_size_and_its_detail() -> None:
    picture = view(world(), 60)
    disparity = np.random.default_rng(0).random((392, 518), np.float32)
    propagator = follower(picture, depth_of(disparity))
    propagator.advance(picture, 1)
    current = propagator.current()
    assert current is not None
    np.testing.assert_allclose(current.disparity, disparity, atol=1e-3)


def test_what_was_returned_is_not_written_again() -> None:
    picture, steady = world(), slope()
    propagator = follower(view(picture, 60), steady)
    first = propagator.current()
    assert first is not None
    copies = first.disparity.copy(), steady.disparity.copy()
    for index in range(1, 5):
        propagator.advance(view(picture, 60 + 5 * index), index)
        propagator.renew(steady, index)
        assert propagator.current() is propagator.current()
    np.testing.assert_array_equal(first.disparity, copies[0])
    np.testing.assert_array_equal(steady.disparity, copies[1])


@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_any_size_gives_finite_values_in_range(
    size: tuple[int, int], map_size: tuple[int, int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    propagator = Propagator()
    picture = random.integers(90, 160, (*size, 3), np.uint8)
    for index in range(4):
        noisy = np.clip(picture + random.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)
        propagator.advance(noisy, index)
        propagator.renew(depth_of(random.random(map_size)), index - 1)
        current = propagator.current()
        assert (current is None) == (index == 0)
        if current is not None:
            for values in (current.disparity, current.matte):
                assert values.shape == map_size
                assert values.dtype == np.float32
                assert np.isfinite(values).all()
                assert values.min() >= 0.0
                assert values.max() <= 1.0


@pytest.mark.parametrize(
    ("disparity", "matte", "fault"),
    [
        (np.zeros((4, 5)), np.zeros((5, 4)), "of one size"),
        (np.zeros((0, 5)), np.zeros((0, 5)), "of one size"),
        (np.zeros(5), np.zeros(5), "of one size"),
        (np.full((4, 5), np.nan), np.zeros((4, 5)), "finite"),
        (np.zeros((4, 5)), np.full((4, 5), np.inf), "finite"),
    ],
)
def test_a_map_that_is_none_is_refused(disparity: Map, matte: Map, fault: str) -> None:
    propagator = Propagator()
    propagator.advance(view(world(), 60), 0)
    steady = SteadyDepth(disparity.astype(np.float32), matte.astype(np.float32), 0.5, 0.1)
    with pytest.raises(LivedepthError, match=fault):
        propagator.renew(steady, 0)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(LivedepthError, match="a picture must be uint8"):
        Propagator().advance(np.zeros((4, 4), np.uint8), 0)


def test_a_waving_hand_is_followed_far_better_than_by_holding_the_map() -> None:
    shots = waving(480, 270, frames=30)
    ours, theirs = errors(shots, propagated(shots)), errors(shots, held(shots))
    assert all(mine < 0.5 * other for mine, other in zip(ours, theirs, strict=True)), (ours, theirs)
