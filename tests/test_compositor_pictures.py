"""Placeholder, legend and colour tables: pictures for people."""

from __future__ import annotations

import numpy as np
import pytest

from livedepth.compositor.depth_map import colour_table
from livedepth.compositor.legend import Ends, Legend
from livedepth.compositor.placeholder import placeholder
from livedepth.frame import MetricScale
from livedepth.settings import COLOURMAPS


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (64, 48), (640, 360), (1920, 1080)])
def test_placeholder_is_calm_dark_and_says_something(size: tuple[int, int]) -> None:
    empty = placeholder(size, [])
    said = placeholder(size, ["Camera lost", "looking for it"])
    assert said.shape == (size[1], size[0], 3)
    assert said.dtype == np.uint8
    assert empty.max() < 80
    ink = np.abs(said.astype(int) - empty).max(axis=2) > 40
    assert 0.002 < ink.mean() < 0.5


def test_placeholder_keeps_its_margin_and_wraps_long_lines() -> None:
    text = "a rather long explanation that cannot stand in one line of a narrow picture"
    empty, said = placeholder((200, 300), []), placeholder((200, 300), [text])
    ink = np.abs(said.astype(int) - empty).max(axis=2) > 40
    assert not ink[:, :8].any()
    assert not ink[:, -8:].any()
    assert np.diff(ink.any(axis=1).astype(int)).clip(0).sum() >= 3


def test_legend_grows_with_the_frame() -> None:
    extents = []
    for width, height in [(160, 90), (640, 360), (1920, 1080)]:
        grey = np.full((height, width, 3), 128, np.uint8)
        Legend(width, height, "turbo").draw(grey)
        drawn = (grey != 128).any(axis=2)
        extents.append((int(drawn.any(axis=0).sum()), int(drawn.any(axis=1).sum())))
        assert drawn[: height // 2].sum() == 0
    assert extents == sorted(extents)
    assert extents[0][0] < 150


def test_legend_runs_from_far_to_near() -> None:
    grey = np.full((360, 640, 3), 128, np.uint8)
    Legend(640, 360, "grey").draw(grey)
    rows = np.flatnonzero((grey != 128).any(axis=(1, 2)))
    line = grey[rows.mean().astype(int), :, 0].astype(int)
    steps = np.diff(line)
    longest = max(
        len(run) for run in "".join("1" if 0 <= s < 9 else "0" for s in steps[:260]).split("0")
    )
    assert longest > 80


def scale_from(near: float, far: float) -> MetricScale:
    scale = 1.0 / (1.0 / near - 1.0 / far)
    return MetricScale(scale, -scale / far)


def test_legend_tells_metres_where_they_are_known() -> None:
    ends = Ends()
    assert ends.update(None) == ("far", "near")
    assert ends.update(scale_from(0.6, 4.04)) == ("4 m", "0.6 m")
    assert ends.update(scale_from(0.56, 120.0)) == ("120 m", "0.56 m")
    assert Ends().update(MetricScale(0.5, 0.02)) == ("far", "0.51 m")


def test_legend_labels_are_calm() -> None:
    ends = Ends()
    far = {ends.update(scale_from(0.6, 4.0 + 0.1 * np.sin(at)))[0] for at in range(20)}
    assert far == {"4 m"}
    assert ends.update(scale_from(0.6, 5.0))[0] == "5 m"
    assert ends.update(MetricScale(0.5, 0.02))[0] == "far"
    assert ends.update(scale_from(0.6, 5.0))[0] == "5 m"


def test_legend_in_metres_is_drawn_where_it_fits() -> None:
    for width, height, drawn in [(80, 80, False), (160, 90, True), (1920, 1080, True)]:
        grey = np.full((height, width, 3), 128, np.uint8)
        legend = Legend(width, height, "turbo", ("120 m", "0.56 m"))
        legend.draw(grey)
        legend.draw_mirrored(grey)
        assert (grey != 128).any() == legend.shown == drawn


def test_tiny_frames_have_no_legend() -> None:
    grey = np.full((40, 60, 3), 128, np.uint8)
    Legend(60, 40, "turbo").draw(grey)
    assert (grey == 128).all()


def test_mirrored_legend_is_pixel_for_pixel_the_same_on_a_flat_picture() -> None:
    plain = np.full((240, 320, 3), 90, np.uint8)
    legend = Legend(320, 240, "inferno")
    legend.draw(plain)
    mirrored = np.ascontiguousarray(plain[:, ::-1])
    legend.draw_mirrored(mirrored)
    np.testing.assert_array_equal(mirrored, plain)


@pytest.mark.parametrize("name", COLOURMAPS)
def test_colour_tables_are_whole(name: str) -> None:
    table = colour_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert len(np.unique(table, axis=0)) > 200
