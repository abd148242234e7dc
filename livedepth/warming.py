"""Compiling every kernel ahead of the first frame."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from livedepth.frame import Prediction

_PATIENCE = 0.8


def warm(report: Callable[[str], None], *, scene: bool = False) -> None:
    """Compile, or load from the cache, every kernel that a stream needs.

    report: is told of each step. scene: also those of the synthetic scene.
    """
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
    """Warm, and speak only if it takes long, as it does where the kernels are not cached yet."""
    told = threading.Event()

    def tell() -> None:
        told.set()
        report(
            "preparing kernels; the first start on a machine compiles them, for a minute or two "
            "(`livedepth warmup` does it ahead)"
        )

    timer = threading.Timer(_PATIENCE, tell)
    timer.daemon = True
    timer.start()
    try:
        warm(lambda step: report(f"preparing: {step}") if told.is_set() else None, scene=scene)
    finally:
        timer.cancel()
