"""Block means against a naive twin."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.compositor.kernels.reduce import reduce_blocks


def twin(image: np.ndarray, factor: int) -> np.ndarray:
    height, width = image.shape[:2]
    rows, columns = -(-height // factor), -(-width // factor)
    out = np.zeros((3, rows, columns))
    for row in range(rows):
        for column in range(columns):
            block = image[row * factor :, column * factor :][:factor, :factor]
            out[:, row, column] = block.reshape(-1, 3).astype(float).mean(axis=0)
    return out


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(1, 5), st.integers(0, 99)
)
def test_is_the_mean_of_every_block(
    height: int, width: int, factor: int, chunks: int, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    expected = twin(image, factor)
    got = np.full(expected.shape, np.nan, np.float32)
    reduce_blocks(got, np.zeros((chunks, 2, 3 * width), np.uint16), image, factor)
    np.testing.assert_allclose(got, expected, atol=1e-3)


def test_white_does_not_overflow_at_the_largest_factor() -> None:
    image = np.full((70, 65, 3), 255, np.uint8)
    got = np.zeros((3, 2, 2), np.float32)
    reduce_blocks(got, np.zeros((1, 2, 195), np.uint16), image, 64)
    np.testing.assert_allclose(got, 255, atol=1e-3)
