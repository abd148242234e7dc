"""Frames cut to even sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.errors import OutputError
from livedepth.outputs.even import EvenCrop

SIDES = st.integers(2, 40)


@given(SIDES, SIDES)
@settings(max_examples=40, deadline=None)
def test_at_most_one_row_and_column_go(width: int, height: int) -> None:
    image = np.arange(width * height * 3).reshape(height, width, 3).astype(np.uint8)
    even = EvenCrop((width, height), "recording")
    cut = even.crop(image)
    assert cut.shape == (height - height % 2, width - width % 2, 3)
    assert even.size == (cut.shape[1], cut.shape[0])
    assert np.shares_memory(cut, image)
    np.testing.assert_array_equal(cut, image[: cut.shape[0], : cut.shape[1]])


@pytest.mark.parametrize("size", [(1, 10), (10, 1), (0, 0)])
def test_nothing_left_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(OutputError, match=rf"recording clip.mp4 .* {size[0]}x{size[1]}"):
        EvenCrop(size, "recording clip.mp4")


def test_another_size_is_refused() -> None:
    even = EvenCrop((64, 48), "virtual camera")
    with pytest.raises(OutputError, match=r"virtual camera .* 64x48 and got 48x64"):
        even.crop(np.zeros((64, 48, 3), np.uint8))
