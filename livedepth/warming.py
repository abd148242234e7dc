"""Compiling every kernel ahead of the first frame."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from livedepth.frame import Prediction

_PATIENCE = 0.8

_LOG = logging.getLogger("livedepth")


def warm(report: Callable[[str], None], *, scene: bool = False) -> None:
    """Compile, or load from the cache, every kernel that a stream needs.

    A cache that cannot be read, as after a disk was full, is emptied and made again.
    report: is told of each step. scene: also those of the synthetic scene.
    """
    try:
        _warm(report, scene)
    except Exception as error:  # what a damaged pickle raises has no common base
        _LOG.debug("the kernel cache is emptied", exc_info=error)
        report(f"kernels do not load ({type(error).__name__}); they are compiled anew")
        _empty_cache()
        _warm(report, scene)


def _warm(report: Callable[[str], None], scene: bool) -> None:
    from livedepth.compositor.warm import warm_kernels
    from livedepth.stabiliser.propagation import Propagator
    from livedepth.stabiliser.stabiliser import Stabiliser

    report("stabiliser")
    stabiliser = Stabiliser()
    depth = np.linspace(0.0, 1.0, 32 * 32, dtype=np.float32).reshape(32, 32)
    image = np.zeros((64, 64, 3), np.uint8)
    propagator = Propagator()
    for moment in range(2):
        steady = stabiliser.update(Prediction(depth, depth), image, moment / 30)
        propagator.advance(image, moment)
        propagator.renew(steady, 0)
        propagator.current()
    warm_kernels(report)
    if scene:
        from livedepth.capture.synthetic import SyntheticScene

        report("synthetic scene")
        SyntheticScene(64, 48).render_image(0.0)


def warm_quietly(report: Callable[[str], None], *, scene: bool = False) -> None:
    """Warm, and speak only where kernels have to be compiled, which takes long."""
    told, over = threading.Event(), threading.Event()

    def tell() -> None:
        while not over.wait(_PATIENCE):
            if _compiling():
                told.set()
                report(
                    "preparing kernels; the first start on a machine compiles them, for a minute "
                    "or two (`livedepth warmup` does it ahead)"
                )
                return

    thread = threading.Thread(target=tell, name="livedepth patience", daemon=True)
    thread.start()
    try:
        warm(lambda step: report(f"preparing: {step}") if told.is_set() else None, scene=scene)
    finally:
        over.set()
        thread.join()


def _compiling() -> bool:
    """Whether some kernel was not in the cache; loading them all is not worth a word."""
    return any(kernel.stats.cache_misses for kernel in _kernels())


def _kernels() -> Iterator[Any]:
    """Every kernel of livedepth's that has been imported."""
    for name, module in list(sys.modules.items()):
        if name.startswith("livedepth."):
            yield from (value for value in list(vars(module).values()) if _is_kernel(value))


def _is_kernel(value: object) -> bool:
    return hasattr(value, "py_func") and hasattr(value, "stats")


def _empty_cache() -> None:
    """Remove the indices of what was compiled, without which it is compiled again."""
    for folder in {Path(kernel.stats.cache_path) for kernel in _kernels()}:
        for index in folder.glob("*.nbi"):
            with suppress(FileNotFoundError):
                index.unlink()
