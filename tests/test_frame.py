from __future__ import annotations

import numpy as np
import pytest

from livedepth.frame import image_fault


@pytest.mark.parametrize("shape", [(1, 1, 3), (17, 31, 3)])
def test_a_picture_has_no_fault(shape: tuple[int, ...]) -> None:
    assert image_fault(np.zeros(shape, np.uint8)) == ""


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((4, 4), np.uint8), ((4, 4, 4), np.uint8), ((0, 4, 3), np.uint8), ((4, 4, 3), np.float32)],
)
def test_what_is_no_picture_is_described(shape: tuple[int, ...], dtype: type) -> None:
    fault = image_fault(np.zeros(shape, dtype))
    assert fault == f"must be uint8 (height, width, 3); got {np.dtype(dtype)} {shape}"
