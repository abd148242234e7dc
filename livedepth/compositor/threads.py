"""How the kernels use threads: how they wait, and which calls must not overlap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numba

from livedepth.threading_policy import let_idle_threads_sleep

let_idle_threads_sleep()

_lock = threading.RLock()


def most_threads() -> int:
    """How many threads kernels can ever use; set by the cores there are, or NUMBA_NUM_THREADS."""
    return int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]


@contextmanager
def kernels_running() -> Iterator[None]:
    """Hold while parallel kernels run: one caller at a time where the thread pool demands it.

    Numba's ``omp`` and ``tbb`` pools take concurrent calls; ``workqueue`` ends the process on
    one. Which pool it is is known only after the first parallel call.
    """
    if _pool_is_safe():
        yield
    else:
        with _lock:
            yield


def _pool_is_safe() -> bool:
    try:
        layer = numba.threading_layer()  # type: ignore[attr-defined]
    except ValueError:
        return False
    return str(layer) in ("omp", "tbb")
