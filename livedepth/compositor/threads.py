"""How the kernels use threads: how many, how they wait, and which calls must not overlap."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numba

_lock = threading.RLock()


def configure_threads(count: int | None = None) -> int:
    """Let kernels use ``count`` threads, by default every core, and return how many that is.

    Call once at start, in the thread that composes, before any kernel has run: the OpenMP runtime
    reads its waiting policy only when it loads. Idle threads sleep instead of spinning, so they
    leave the cores to OpenCV and the camera. A policy the user has set stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    most = most_threads()
    chosen = most if count is None else max(1, min(count, most))
    numba.set_num_threads(chosen)
    return chosen


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
