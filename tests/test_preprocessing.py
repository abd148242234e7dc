from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.depth.description import ModelDescription
from livedepth.depth.preprocessing import Preprocessor, network_size
from livedepth.errors import ModelError

FLEXIBLE = ModelDescription("m", 320, 192, multiple=32)
FIXED = ModelDescription("m", 320, 192)


@pytest.mark.parametrize(
    ("frame", "size"),
    [
        ((1280, 720), (320, 192)),
        ((1920, 1080), (320, 192)),
        ((640, 480), (288, 224)),
        ((720, 1280), (192, 320)),
        ((500, 500), (256, 256)),
    ],
)
def test_usual_frames_get_a_size_of_their_shape(
    frame: tuple[int, int], size: tuple[int, int]
) -> None:
    assert network_size(FLEXIBLE, *frame) == size


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_sizes_lie_on_the_grid_and_cost_about_the_same(width: int, height: int) -> None:
    columns, rows = network_size(FLEXIBLE, width, height)
    assert columns % 32 == rows % 32 == 0
    assert columns * rows <= 2 * 320 * 192


def test_a_fixed_model_keeps_its_size() -> None:
    assert network_size(FIXED, 480, 640) == (320, 192)


@settings(deadline=None, max_examples=20)
@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from(["rgb", "bgr"]),
    st.lists(st.floats(0.1, 2.0), min_size=6, max_size=6),
)
def test_a_uniform_picture_becomes_its_normalised_colour(
    width: int, height: int, colour: str, numbers: list[float]
) -> None:
    mean, std = (numbers[0], numbers[1], numbers[2]), (numbers[3], numbers[4], numbers[5])
    description = ModelDescription("m", 64, 32, scale=1 / 255, mean=mean, std=std, colour=colour)
    pixel = np.array([200, 100, 50], np.uint8)
    tensor = Preprocessor(description)(np.tile(pixel, (height, width, 1)))
    ordered = pixel[::-1] if colour == "rgb" else pixel
    expected = (ordered / 255 - np.array(mean)) / np.array(std)
    assert tensor.shape == (1, 3, 32, 64)
    assert tensor.dtype == np.float32
    np.testing.assert_allclose(tensor[0].mean((1, 2)), expected, atol=1e-4)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ModelError, match=r"a picture must be uint8 \(height, width, 3\)"):
        Preprocessor(FIXED)(image)


def test_the_tensor_is_reused_and_follows_a_change_of_frame_size() -> None:
    preprocess = Preprocessor(FLEXIBLE)
    first = preprocess(np.zeros((720, 1280, 3), np.uint8))
    assert preprocess(np.ones((720, 1280, 3), np.uint8)) is first
    assert preprocess(np.ones((480, 640, 3), np.uint8)).shape == (1, 3, 224, 288)
