"""Depth and portrait mode from a plain webcam, live.

>>> import livedepth
>>> model = livedepth.load_model()
>>> stabiliser, compositor = livedepth.Stabiliser(), livedepth.Compositor()
>>> steady = stabiliser.update(model.infer(image), image, captured_at=0.0)
>>> picture = compositor.compose(image, steady)

Names are imported when they are first used, so that ``import livedepth`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from livedepth import _version

if TYPE_CHECKING:
    from livedepth.compositor.compositor import Compositor
    from livedepth.depth.registry import load_model
    from livedepth.errors import LivedepthError
    from livedepth.frame import Frame, Prediction, SteadyDepth
    from livedepth.settings import Settings
    from livedepth.stabiliser.stabiliser import Stabiliser
    from livedepth.streaming import stream

__version__ = _version.VERSION

_HOMES = {
    "Compositor": "livedepth.compositor.compositor",
    "Frame": "livedepth.frame",
    "LivedepthError": "livedepth.errors",
    "Prediction": "livedepth.frame",
    "Settings": "livedepth.settings",
    "Stabiliser": "livedepth.stabiliser.stabiliser",
    "SteadyDepth": "livedepth.frame",
    "load_model": "livedepth.depth.registry",
    "stream": "livedepth.streaming",
}

__all__ = [
    "Compositor",
    "Frame",
    "LivedepthError",
    "Prediction",
    "Settings",
    "Stabiliser",
    "SteadyDepth",
    "__version__",
    "load_model",
    "stream",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'livedepth' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
