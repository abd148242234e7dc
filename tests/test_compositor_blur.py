"""Depth of field: who is sharp, who is blurred, and that the two do not mix."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedepth.compositor.bokeh import greatest_radius
from livedepth.compositor.canvas import Canvas
from livedepth.compositor.compositor import Compositor
from livedepth.compositor.outline import Outline
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.settings import Settings

SIZE = 320, 180


def stripes(width: int, height: int, period: int = 4) -> Image:
    """Fine vertical stripes, dark and bright ones together ``period`` pixels wide."""
    line = np.where(2 * (np.arange(width) % period) >= period, 200, 60).astype(np.uint8)
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


def scene_with_something_near() -> tuple[Image, SteadyDepth]:
    """Stripes at the subject's depth; red, much nearer, in the middle."""
    image = stripes(640, 360)
    image[120:240, 240:400] = (0, 0, 255)
    disparity = np.full((90, 160), 0.5, np.float32)
    disparity[30:60, 60:100] = 1.0
    matte = np.ones((90, 160), np.float32)
    matte[30:60, 60:100] = 0.0
    return image, SteadyDepth(disparity, matte, focus=0.5, band=0.1)


def test_what_is_nearer_is_blurred_over_what_is_sharp_behind_it() -> None:
    image, depth = scene_with_something_near()
    with Compositor(Settings(strength=1.0)) as compositor:
        out = compositor.compose(image, depth).astype(int)
    red = out[180, :, 2] - out[180, :, 0]
    assert red[320] > 250
    assert 10 < red[230] < red[240] < red[250] < 255
    assert (np.diff(red[200:320:4]) >= -12).all()
    np.testing.assert_allclose(out[:, :180], image[:, :180], atol=1)


def test_the_subject_in_its_band_is_never_part_of_the_near_layer() -> None:
    image, depth = scene_with_something_near()
    everything = SteadyDepth(depth.disparity, np.ones_like(depth.matte), depth.focus, depth.band)
    with Compositor(Settings(strength=1.0, aperture=1.0)) as compositor:
        out = compositor.compose(image, everything)
    assert np.abs(out.astype(int) - image).max() <= 1


def test_the_subject_blurs_over_the_room_when_the_room_is_in_focus() -> None:
    image = stripes(640, 360)
    image[:, 320:] = (0, 0, 255)
    disparity, matte = halves(0.1, 0.8), halves(0, 1)
    with Compositor(Settings(strength=1.0, focus=0.1)) as compositor:
        out = compositor.compose(image, depth_of(disparity, matte)).astype(int)
    red = (out[..., 2] - out[..., 0])[60:300].mean(axis=0)
    assert red[314] > 40
    assert red[328] < 235
    np.testing.assert_allclose(out[:, :260], image[:, :260], atol=1)


def test_a_wider_aperture_blurs_sooner_and_never_the_subject() -> None:
    image = stripes(*SIZE)
    left = []
    for aperture in (1.0, 2.8, 8.0, 16.0):
        with Compositor(Settings(aperture=aperture)) as compositor:
            out = compositor.compose(image, depth_of(halves(0.8, 0.5), halves(1, 0)))
        left.append(contrast(out, RIGHT))
        assert np.abs(out[LEFT].astype(int) - image[LEFT]).max() <= 1
    assert left == sorted(left)
    assert left[0] < 0.05 * contrast(image, RIGHT) < 0.5 * contrast(image, RIGHT) < left[-1]


def bloom(**settings: object) -> Image:
    image = np.full((360, 640, 3), 20, np.uint8)
    image[176:184, 316:324] = 255
    with Compositor(Settings(strength=1.0, **settings)) as compositor:  # type: ignore[arg-type]
        return compositor.compose(image, depth_of(halves(0.1, 0.1), halves(0, 0)))


def test_highlights_bloom_as_much_as_is_asked() -> None:
    centre = [int(bloom(highlights=share)[180, 320, 0]) for share in (0.0, 0.5, 1.0)]
    assert centre[0] + 10 < centre[1] < centre[2] - 10


def test_highlights_take_the_shape_of_the_iris() -> None:
    lit = {shape: bloom(bokeh=shape)[..., 0] > 45 for shape in ("disc", "hexagon", "octagon")}
    areas = [int(each.sum()) for each in lit.values()]
    assert max(areas) < 1.15 * min(areas)
    assert (lit["hexagon"] != lit["disc"]).sum() > 0.02 * areas[0]
    for each in lit.values():
        np.testing.assert_array_equal(each[20:340], each[20:340][::-1])


def sharp_width(period: int, **settings: object) -> float:
    image = stripes(1280, 720, period)
    matte = np.zeros((96, 160), np.float32)
    matte[:, 50:110] = 1.0
    matte = np.asarray(cv2.GaussianBlur(matte, (0, 0), 0.8), np.float32)
    depth = SteadyDepth((0.1 + 0.7 * matte).astype(np.float32), matte, focus=0.8, band=0.1)
    with Compositor(Settings(strength=1.0, **settings)) as compositor:  # type: ignore[arg-type]
        out = compositor.compose(image, depth)[360].astype(float)
    return float((np.abs(out - image[360]).max(axis=1) < 20).sum())


def test_the_outline_moves_smoothly_by_about_one_per_cent_of_the_side() -> None:
    factor = Canvas(1280, 720).factor
    # Stripes that are flat in the reduced picture, and stripes that make false edges in it: to
    # these the outline is fitted as to any, so it is known to one reduced pixel.
    for period, tolerance in ((factor, 0), (factor - 1, factor)):
        shifts = np.linspace(-1, 1, 9)
        widths = [sharp_width(period, edge_shift=float(shift)) for shift in shifts]
        assert min(np.diff(widths)) >= -tolerance
        assert max(np.diff(widths)) <= 12 + tolerance
        assert 10 <= (widths[-1] - widths[0]) / 2 <= 40


def test_softness_widens_the_outline() -> None:
    def ramp(softness: float) -> int:
        black = np.zeros((720, 1280, 3), np.uint8)
        matte = np.zeros((96, 160), np.float32)
        matte[:, 80:] = 1.0
        matte = np.asarray(cv2.GaussianBlur(matte, (0, 0), 1.2), np.float32)
        canvas = Canvas(1280, 720)
        canvas.reduce(black)
        outline = Outline(canvas)
        outline.place(np.stack([matte] * 3), softness=softness)
        outline.refine(canvas.plane(4))
        return int(((outline.alpha[90] > 0.05) & (outline.alpha[90] < 0.95)).sum())

    ramps = [ramp(softness) for softness in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert ramps == sorted(ramps)
    assert ramps[-1] >= ramps[0] + 3


def test_the_background_is_dimmed_and_greyed_and_the_subject_is_not() -> None:
    image = np.full((180, 320, 3), (40, 80, 200), np.uint8)
    with Compositor(Settings(dim=0.5, desaturate=1.0)) as compositor:
        out = compositor.compose(image, depth_of(halves(0.8, 0.1), halves(1, 0)))
    assert np.abs(out[LEFT].astype(int) - image[LEFT]).max() <= 1
    luma = 0.0722 * 40 + 0.7152 * 80 + 0.2126 * 200
    np.testing.assert_allclose(out[RIGHT], luma / 2, atol=1.5)
