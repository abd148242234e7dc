"""Marks on blocks of columns against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from livedepth.compositor.kernels import blocks
from livedepth.compositor.kernels.blocks import BLOCK, CLEAR, MIXED, SOLID


def by_block(flags: np.ndarray) -> np.ndarray:
    """Whether any of each block's columns is flagged; (h, blocks)."""
    height, width = flags.shape
    count = blocks.blocks_in(width)
    padded = np.zeros((height, count * BLOCK), bool)
    padded[:, :width] = flags
    return padded.reshape(height, count, BLOCK).any(axis=2)


@pytest.mark.parametrize("shape", [(1, 1), (3, 17), (9, 131)])
@pytest.mark.parametrize("chunks", [1, 2])
def test_changes_and_values_are_marked(shape: tuple[int, int], chunks: int) -> None:
    random = np.random.default_rng(shape[1])
    values = (random.random(shape) > 0.98).astype(np.float32)
    values[random.random(shape) > 0.99] = 0.5
    differs = (values != 0) & (values != 1)
    differs[:, 1:] |= values[:, 1:] != values[:, :-1]
    differs[1:] |= values[1:] != values[:-1]
    got = np.full((shape[0], blocks.blocks_in(shape[1])), 9, np.uint8)
    scratch = np.zeros((chunks, got.shape[1] * BLOCK), np.float32)
    others = np.where(random.random(shape) > 0.97, random.random(shape), 0).astype(np.float32)
    nonzero = np.full_like(got, 9)
    blocks.find_changes(got, nonzero, scratch, values, others)
    np.testing.assert_array_equal(got.astype(bool), by_block(differs))
    np.testing.assert_array_equal(nonzero.astype(bool), by_block(others != 0))


def test_marks_are_gathered_from_the_rows_and_columns_in_reach() -> None:
    marks = np.zeros((6, 7), np.uint8)
    marks[2, 3] = marks[5, 6] = 1
    got = np.full(7, 9, np.uint8)
    blocks.gather_marks(got, marks, -2, 3, 5)
    np.testing.assert_array_equal(got, [0, 0, 1, 1, 1, 0, 0])
    blocks.gather_marks(got, marks, 4, 99, BLOCK + 1)
    np.testing.assert_array_equal(got, [0, 0, 0, 0, 1, 1, 1])
    blocks.gather_marks(got, marks, 0, 2, 5)
    assert not got.any()


def test_runs_take_short_gaps_along() -> None:
    marks = np.zeros(20, np.uint8)
    marks[[3, 6, 14, 15]] = 1, 2, 1, 1
    assert blocks.next_run(marks, np.uint8(1), 0) == (3, 7)
    assert blocks.next_run(marks, np.uint8(1), 7) == (14, 16)
    assert blocks.next_run(marks, np.uint8(2), 0) == (6, 7)
    assert blocks.next_run(marks, np.uint8(1), 16) == (20, 20)
    assert blocks.run_end(marks, 14) == 16


def test_rows_are_solid_or_clear_only_where_the_picture_does_not_matter() -> None:
    width = 4 * BLOCK + 3
    coefficients = np.zeros((4, width), np.float32)
    coefficients[3] = np.repeat([0.0, 1.0, -0.5, 1.5, 0.5], BLOCK)[:width]
    coefficients[1, 2 * BLOCK + 5] = 0.01
    got = np.full(5, 9, np.uint8)
    blocks.classify_row(got, np.zeros((2, 5 * BLOCK), np.float32), *coefficients)
    np.testing.assert_array_equal(got, [CLEAR, SOLID, MIXED, SOLID, MIXED])


def test_between_rows_and_blocks_that_differ_is_mixed() -> None:
    cover = np.array([[0, 0, 1, 1, 1], [0, 0, 1, 1, 0]], np.uint8)
    got = np.full(5, 9, np.uint8)
    blocks.merge_marks(got, cover, 0)
    np.testing.assert_array_equal(got, [CLEAR, MIXED, SOLID, MIXED, MIXED])
    blocks.merge_marks(got, cover, -1)
    np.testing.assert_array_equal(got, [CLEAR, MIXED, SOLID, SOLID, SOLID])
