"""The output that takes frames and keeps none, for measuring the rest of the stream."""

from __future__ import annotations

from livedepth.errors import OutputError
from livedepth.frame import Frame


class NullOutput:
    """Takes every frame and does nothing with it."""

    def __init__(self) -> None:
        self._closed = False

    @property
    def name(self) -> str:
        """What a person would call it."""
        return "null"

    @property
    def watched(self) -> bool:
        """Always: what is measured must run."""
        return True

    def write(self, frame: Frame) -> None:  # noqa: ARG002 - the protocol names it
        """Drop ``frame``. Raises OutputError once closed."""
        if self._closed:
            raise OutputError("the null output is closed; open it again to write")

    def close(self) -> None:
        """Take no further frames."""
        self._closed = True
