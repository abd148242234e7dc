"""Text on translucent panels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.outputs.panel import Panel, Tile, paste, render, text_size

PANEL = Panel((("Frame age", "41 ms"), ("one text", "")), heading="29.8 frames/s")


def contrast(canvas: np.ndarray, tile: Tile, left: int, top: int) -> float:
    """Luminance ratio of ink and ground, as WCAG 2 has it."""
    width, height = tile.size
    region = canvas[top : top + height, left : left + width].astype(float) / 255
    linear = np.where(region <= 0.04045, region / 12.92, ((region + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.0722, 0.7152, 0.2126]
    ink = tile.pixels.min(axis=2) > 200
    ground = tile.pixels.max(axis=2) < 30
    margin = max(4, height // 20)
    ground[:margin] = ground[-margin:] = False
    ground[:, :margin] = ground[:, -margin:] = False
    return (np.median(luminance[ink]) + 0.05) / (np.median(luminance[ground]) + 0.05)


@pytest.mark.parametrize("shade", [0, 64, 128, 192, 255])
def test_text_is_readable_on_any_picture(shade: int) -> None:
    canvas = np.full((300, 500, 3), shade, np.uint8)
    tile = render(PANEL, 20)
    paste(tile, canvas, 20, 20)
    assert contrast(canvas, tile, 20, 20) > 4.5


def test_only_the_panel_is_touched_and_its_corners_are_round() -> None:
    canvas = np.full((300, 500, 3), 200, np.uint8)
    tile = render(PANEL, 20)
    width, height = tile.size
    paste(tile, canvas, 30, 40)
    inside = np.zeros((300, 500), bool)
    inside[40 : 40 + height, 30 : 30 + width] = True
    assert (canvas[~inside] == 200).all()
    assert (canvas[40, 30] == 200).all()
    assert (canvas[40 + height // 2, 33] < 90).all()


@given(st.integers(-400, 600), st.integers(-300, 400))
@settings(max_examples=60, deadline=None)
def test_a_panel_is_cut_at_the_edges(left: int, top: int) -> None:
    tile = render(PANEL, 16)
    canvas = np.full((200, 300, 3), 90, np.uint8)
    paste(tile, canvas, left, top)
    roomy = np.full((1200, 1600, 3), 90, np.uint8)
    paste(tile, roomy, left + 500, top + 500)
    np.testing.assert_array_equal(canvas, roomy[500:700, 500:800])


def test_blending_is_the_alpha_formula() -> None:
    tile = render(PANEL, 16)
    canvas = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    width, height = tile.size
    alpha = tile.alpha[..., None]
    expected = canvas.astype(float)
    expected[5 : 5 + height, 7 : 7 + width] *= 1 - alpha
    expected[5 : 5 + height, 7 : 7 + width] += tile.pixels * alpha
    paste(tile, canvas, 7, 5)
    np.testing.assert_allclose(canvas, expected, atol=1)


def test_the_panel_grows_with_its_text_and_size() -> None:
    small, large = render(PANEL, 12).size, render(PANEL, 24).size
    assert 1.8 < large[0] / small[0] < 2.2
    assert 1.8 < large[1] / small[1] < 2.2
    wider = render(Panel((*PANEL.rows, ("Frame age", "41 ms and much more")), "heading"), 12).size
    assert wider[0] > small[0]


def test_letters_are_large_enough_in_any_window() -> None:
    assert text_size((1280, 720)) >= 18
    assert text_size((3840, 2160)) > 2.5 * text_size((1280, 720))
    assert text_size((160, 120)) == 10
    assert text_size((720, 1280)) < text_size((1280, 720))


def test_an_empty_panel_is_drawn() -> None:
    assert render(Panel(()), 16).size > (0, 0)
