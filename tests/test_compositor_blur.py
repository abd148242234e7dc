"""Depth of field: who is sharp, who is blurred, and that the two do not mix."""

from __future__ import annotations

import numpy as np
import pytest

from livedepth.compositor.blur import greatest_radius
from livedepth.compositor.compositor import Compositor
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.settings import Settings

SIZE = 320, 180


def stripes(width: int, height: int) -> Image:
    """Fine vertical stripes, a pixel-pair wide."""
    line = np.where(np.arange(width) // 2 % 2, 200, 60).astype(np.uint8)
    return np.repeat(np.tile(line, (height, 1))[..., None], 3, axis=2)


def contrast(image: Image, where: tuple[slice, slice]) -> float:
    return float(image[where].astype(float).std())


def depth_of(disparity: Map, matte: Map) -> SteadyDepth:
    return SteadyDepth(disparity, matte, focus=0.8, band=0.1)


def halves(left: float, right: float) -> Map:
    out = np.full((45, 80), left, np.float32)
    out[:, 40:] = right
    return out


LEFT, RIGHT = np.s_[40:140, 20:120], np.s_[40:140, 200:300]


def test_the_subject_stays_and_the_background_goes() -> None:
    image = stripes(*SIZE)
    with Compositor() as compositor:
        out = compositor.compose(image, depth_of(halves(0.8, 0.1), halves(1, 0)))
    assert np.abs(out[LEFT].astype(int) - image[LEFT]).max() <= 1
    assert contrast(out, RIGHT) < 0.05 * contrast(image, RIGHT)


def test_what_is_at_the_subjects_depth_stays_sharp_without_a_matte() -> None:
    image = stripes(*SIZE)
    with Compositor() as compositor:
        out = compositor.compose(image, depth_of(halves(0.78, 0.1), halves(0, 0)))
    assert contrast(out, LEFT) > 0.95 * contrast(image, LEFT)
    assert contrast(out, RIGHT) < 0.05 * contrast(image, RIGHT)


def test_nothing_is_in_focus_when_there_is_nobody() -> None:
    image = stripes(*SIZE)
    depth = SteadyDepth(halves(1, 0.9), halves(0, 0), focus=1.0, band=0.0)
    with Compositor() as compositor:
        out = compositor.compose(image, depth)
    assert contrast(out, LEFT) < 0.05 * contrast(image, LEFT)
    assert contrast(out, RIGHT) < 0.05 * contrast(image, RIGHT)


def test_focus_override_moves_the_sharp_plane() -> None:
    image = stripes(*SIZE)
    with Compositor(Settings(focus=0.1)) as compositor:
        out = compositor.compose(image, depth_of(halves(0.8, 0.1), halves(1, 0)))
    assert contrast(out, LEFT) < 0.1 * contrast(image, LEFT)
    assert contrast(out, RIGHT) > 0.95 * contrast(image, RIGHT)


def test_blur_grows_with_the_distance_from_focus_and_with_strength() -> None:
    edge = np.full((180, 320, 3), 40, np.uint8)
    edge[:, 160:] = 220

    def width_of_edge(disparity: float, strength: float) -> int:
        depth = depth_of(halves(disparity, disparity), halves(0, 0))
        with Compositor(Settings(strength=strength)) as compositor:
            line = compositor.compose(edge, depth)[90, :, 0]
        return int(((line > 50) & (line < 210)).sum())

    by_distance = [width_of_edge(disparity, 1.0) for disparity in (0.75, 0.55, 0.45, 0.1)]
    assert by_distance == sorted(by_distance)
    assert by_distance[0] == 0
    assert by_distance[1] < by_distance[3]
    by_strength = [width_of_edge(0.1, strength) for strength in (0.0, 0.5, 1.0)]
    assert by_strength == sorted(set(by_strength))
    assert by_strength[2] == pytest.approx(2 * greatest_radius(*SIZE, 1.0), rel=0.35)


def test_a_saturated_subject_leaves_no_colour_in_the_background() -> None:
    width, height = 640, 360
    rows, columns = np.mgrid[0:height, 0:width]
    inside = np.hypot(columns - 320, rows - 190) < 110
    image = np.full((height, width, 3), (110, 120, 115), np.uint8)
    image[inside] = (0, 0, 255)
    matte = inside.reshape(90, 4, 160, 4).mean(axis=(1, 3)).astype(np.float32)
    depth = depth_of((0.1 + 0.7 * matte).astype(np.float32), matte)
    with Compositor(Settings(strength=1.0)) as compositor:
        out = compositor.compose(image, depth).astype(int)
    redness = out[..., 2] - out[..., 1]
    beyond = np.hypot(columns - 320, rows - 190) > 113
    assert redness[beyond].max() <= 2
    assert redness[~beyond & inside].min() > 200


def test_highlights_bloom_into_discs() -> None:
    image = np.full((360, 640, 3), 20, np.uint8)
    image[176:184, 316:324] = 255
    depth = depth_of(halves(0.1, 0.1), halves(0, 0))
    with Compositor(Settings(strength=1.0)) as compositor:
        out = compositor.compose(image, depth)[..., 1].astype(int)
    radius = int(greatest_radius(640, 360, 1.0))
    assert out[180, 320] > 35
    assert out[180, 320 + radius // 2] == pytest.approx(out[180, 320], abs=8)
    assert out[180, 320 + 2 * radius] == 20


def test_a_place_chosen_by_hand_is_sharp_though_there_is_no_subject() -> None:
    image = stripes(*SIZE)
    nobody = SteadyDepth(halves(0.5, 0.1), halves(0, 0), focus=1.0, band=0.0)
    with Compositor() as compositor:
        empty = contrast(compositor.compose(image, nobody), LEFT)
        compositor.settings = Settings(focus=0.5)
        chosen = compositor.compose(image, nobody)
        assert contrast(chosen, LEFT) > 0.9 * contrast(image, LEFT)
        assert contrast(chosen, RIGHT) < 0.2 * contrast(image, RIGHT)
    assert empty < 0.2 * contrast(image, LEFT)
