"""One piece of work divided among threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Todo = NDArray[np.int64]

MOST_THREADS = 8
FEWEST_SHARED = 64


def share(work: Callable[[Todo], None], whole: Todo) -> None:
    """Do the work on all of it, interleaved over as many threads as there are cores.

    whole (n,): numbers of tiles or rows, fewer than FEWEST_SHARED of which one thread does. The
    threads last for the call only: nothing to close, and nothing that a fork would lose.
    """
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    if threads == 1 or len(whole) < FEWEST_SHARED:
        work(whole)
        return
    parts = [np.ascontiguousarray(whole[i :: 4 * threads]) for i in range(4 * threads)]
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass
