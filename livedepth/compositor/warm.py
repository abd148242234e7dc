"""Compiling the compositor's kernels ahead of the first frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from livedepth.compositor.compositor import Compositor
from livedepth.frame import SteadyDepth
from livedepth.settings import EFFECTS, Settings


def warm_kernels(progress: Callable[[str], None]) -> None:
    """Compile every kernel, or load it from the cache, by composing a small frame each way.

    progress: is told the name of each effect before its kernels are prepared.
    """
    image = np.zeros((32, 48, 3), np.uint8)
    ramp = np.linspace(0.0, 1.0, 12 * 16, dtype=np.float32).reshape(12, 16)
    depth = SteadyDepth(ramp, ramp.copy(), focus=0.8, band=0.1)
    with Compositor() as compositor:
        for effect in EFFECTS:
            progress(f"compositor: {effect}")
            compositor.settings = Settings(effect=effect)
            compositor.compose(image, depth)
