"""Compiling the compositor's kernels ahead of the first frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from livedepth.compositor.compositor import Compositor
from livedepth.frame import SteadyDepth
from livedepth.settings import Settings

# Settings that between them run every kernel.
_WAYS = (
    Settings(effect="blur"),
    Settings(effect="blur", dim=0.5, desaturate=0.5, bokeh="hexagon", aperture=1.4, focus=0.2),
    Settings(effect="replace", light_wrap=0.5, edge_shift=0.5, edge_softness=1.0),
    Settings(effect="replace", dim=0.5, low_light=1.0),
    Settings(effect="replace", background="blur", dim=0.5),
    Settings(effect="replace", background="transparent"),
    Settings(effect="spotlight"),
    Settings(effect="fog"),
    Settings(effect="depth"),
    Settings(effect="overlay"),
    Settings(effect="none"),
)


def warm_kernels(progress: Callable[[str], None]) -> None:
    """Compile every kernel, or load it from the cache, by composing a small frame each way.

    progress: is told the name of each effect before its kernels are prepared.
    """
    image = np.zeros((32, 48, 3), np.uint8)
    ramp = np.linspace(0.0, 1.0, 12 * 16, dtype=np.float32).reshape(12, 16)
    depth = SteadyDepth(ramp, ramp.copy(), focus=0.8, band=0.1)
    told = ""
    with Compositor() as compositor:
        for settings in _WAYS:
            if settings.effect != told:
                progress(f"compositor: {settings.effect}")
                told = settings.effect
            compositor.settings = settings
            compositor.compose(image, depth, at=0.0)
        compositor.conceal(image)
