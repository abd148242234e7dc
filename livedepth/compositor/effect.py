"""What every effect is."""

from __future__ import annotations

from typing import Protocol

from livedepth.compositor.canvas import Canvas
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings


class Effect(Protocol):
    """One way to compose a frame with its depth; keeps its buffers from frame to frame."""

    def prepare(self, canvas: Canvas) -> None:
        """Make buffers for frames of ``canvas``'s size; called before the first ``render``."""
        ...

    def render(
        self, out: Image, image: Image, depth: SteadyDepth, settings: Settings
    ) -> Image | None:
        """Write the composed picture into ``out``, of the size of ``image``.

        ``depth`` is finite. Returns the cut-out, see ``Compositor.cutout``, where there is one, in
        a buffer used again. Raises SettingsError for a setting that cannot be followed.
        """
        ...

    def close(self) -> None:
        """Release everything; safe to call twice."""
        ...
