"""Work divided among threads is done once, all of it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from livedepth.capture.raycast.sharing import FEWEST_SHARED, Todo, share


@pytest.mark.parametrize("count", [0, 1, FEWEST_SHARED - 1, FEWEST_SHARED, 1001])
def test_everything_is_done_once(count: int) -> None:
    done, lock = np.zeros(count, int), threading.Lock()

    def work(todo: Todo) -> None:
        assert todo.flags.c_contiguous
        with lock:
            done[todo] += 1

    share(work, np.arange(count))
    assert (done == 1).all()


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    def work(todo: Todo) -> None:
        raise ValueError("from a thread")

    with pytest.raises(ValueError, match="from a thread"):
        share(work, np.arange(1000))
