"""Buffers are used again, but never while somebody holds one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.capture.buffers import BufferPool


def test_shape_and_type() -> None:
    image = BufferPool(7, 5).take()
    assert (image.shape, image.dtype) == ((5, 7, 3), np.uint8)
    assert image.flags.c_contiguous


def test_few_buffers_serve_for_ever() -> None:
    pool = BufferPool(8, 8)
    assert len({pool.take().ctypes.data for _ in range(100)}) == 4


def test_four_take_turns() -> None:
    pool = BufferPool(8, 8)
    places = [pool.take().ctypes.data for _ in range(40)]
    assert all(len(set(places[n : n + 4])) == 4 for n in range(37))


def test_a_view_holds_its_buffer() -> None:
    pool = BufferPool(8, 8)
    view = pool.take()[2:4, ::2, 1]
    view[...] = 7
    for _ in range(20):
        pool.take().fill(0)
    assert (view == 7).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=80))
def test_what_is_held_is_never_written(steps: list[int | None]) -> None:
    pool = BufferPool(2, 2)
    held: list[tuple[int, np.ndarray]] = []
    for number, released in enumerate(steps):
        if released is None or not held:
            image = pool.take()
            image[...] = number % 256
            held.append((number % 256, image))
            del image
        else:
            held.pop(released % len(held))
        assert all((image == value).all() for value, image in held)
