"""The picture as it is: only ever by its name, never in place of something that failed."""

from __future__ import annotations

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings


class PlainEffect:
    """Copies the frame."""

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""

    def render(self, out: Image, image: Image, depth: SteadyDepth, settings: Settings) -> None:  # noqa: ARG002
        """See ``Effect``."""
        np.copyto(out, image)

    def close(self) -> None:
        """See ``Effect``."""
