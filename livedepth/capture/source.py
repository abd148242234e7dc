"""What every source of frames is: a camera, a file, a stream, pictures or the synthetic scene."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from livedepth.frame import Frame
from livedepth.settings import Settings


class Source(Protocol):
    """A stream of frames of one size.

    A source is opened by its constructor, which raises SourceError (naming the thing and the way
    out) and leaves nothing open when it fails. It is read by one thread at a time. As a context
    manager it closes itself.

    name: what a person would call it. live: whether frames are lost if nobody reads them in time.
    size: (width, height) of every frame in pixels. rate: nominal frames a second. length: how
    many frames there will be, or None where nobody can say. granted: one line on what was asked
    of a device and what it granted; empty where nothing was asked.
    """

    name: str
    live: bool
    size: tuple[int, int]
    rate: float
    length: int | None = None
    granted: str = ""

    def read(self) -> Frame | None:
        """Return the next frame, or None at the end and after ``interrupt``, for ever.

        The frame's image is not written again while anyone holds it, nor before three further
        frames have been read: a source reuses a small pool of buffers.

        Raises CameraLostError when a device stopped delivering. Read on then: a source that
        reconnects returns the first frame after the gap, or raises CameraLostError again as long
        as an attempt fails, each call within seconds. Raises any other SourceError when reading
        failed for good; such a source is only good for closing.
        """
        ...

    def adjust(self, settings: Settings) -> None:  # noqa: ARG002
        """Follow the settings that may change while a stream runs, such as a camera's exposure.

        Called from any thread when they change; takes effect with the next ``read`` and never
        fails. What a device does not have is logged, once.
        """
        return

    def release(self) -> None:
        """Let a device go until the next ``read``, which opens the same one again, at once.

        Called by the thread that reads, between two reads; sources without a device stay open.
        """
        return

    def interrupt(self) -> None:
        """Make a ``read`` that is blocked in another thread return None soon, and all later ones.

        Safe to call twice, from any thread, and after ``close``.
        """
        ...

    def close(self) -> None:
        """Release everything; safe to call twice, from any thread.

        A read that hangs in another thread is interrupted; if that takes longer than a moment,
        what it uses is released when it returns.
        """
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
