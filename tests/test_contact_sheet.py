from __future__ import annotations

import numpy as np
import pytest

from livedepth.contact_sheet import as_picture, contact_sheet


def tile(colour: tuple[int, int, int], shape: tuple[int, int] = (90, 160)) -> np.ndarray:
    return np.full((*shape, 3), colour, np.uint8)


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 1), (4, 2), (9, 3)])
def test_tiles_are_laid_out_in_rows(count: int, rows: int) -> None:
    sheet = contact_sheet([("label", tile((0, 0, 255)))] * count, columns=3, tile_width=160)
    assert sheet.shape[1] == 3 * 172 + 12
    red = (sheet == (0, 0, 255)).all(axis=2)
    assert red.sum() == count * 90 * 160
    assert sheet.shape[0] == pytest.approx(rows * (90 + 20 + 12) + 12, abs=rows)


def test_each_label_is_drawn_below_its_picture() -> None:
    plain = contact_sheet([("", tile((0, 0, 255)))], columns=1, tile_width=160)
    labelled = contact_sheet([("blur", tile((0, 0, 255)))], columns=1, tile_width=160)
    changed = np.nonzero((plain != labelled).any(axis=(1, 2)))[0]
    assert changed.min() >= 12 + 90


def test_other_shapes_fit_without_stretching() -> None:
    sheet = contact_sheet(
        [("wide", tile((255, 0, 0))), ("tall", tile((0, 0, 255), (200, 100)))], tile_width=160
    )
    red = (sheet == (0, 0, 255)).all(axis=2)
    assert (red.any(1).sum(), red.any(0).sum()) == (90, 45)


def test_maps_become_grey() -> None:
    picture = as_picture(np.array([[-1.0, 0.0, 0.5, 1.0, 2.0]], np.float32), (5, 1))
    assert picture[0, :, 0].tolist() == [0, 0, 127, 255, 255]
    assert as_picture(np.eye(3, dtype=np.float32), (12, 9)).shape == (9, 12, 3)
