"""What every output is: a virtual camera, a window, a page, a recording, pictures or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from livedepth.frame import Frame
from livedepth.settings import SettingsHolder
from livedepth.stats import Stats

# What an output shows: the composed picture, or the depth or the matte as a picture.
Content = Literal["picture", "depth", "matte"]


@dataclass(frozen=True, slots=True)
class OutputContext:
    """What an output may know of the stream it belongs to.

    size: (width, height) of every frame; rate: nominal frames a second.
    settings: the stream's settings, which a window's keys may change.
    stats: the stream's statistics, for a window that shows them.
    stop: ends the stream cleanly, for a window that is closed.
    focus_at: sets the focus to what lies under (x, y), both in 0..1 of the unmirrored frame.
    """

    size: tuple[int, int]
    rate: float
    settings: SettingsHolder
    stats: Stats
    stop: Callable[[], None]
    focus_at: Callable[[float, float], None]


class Output(Protocol):
    """A place composed frames go to; used by one thread, the one that opened it.

    An output is opened by its constructor, which raises OutputError (naming the thing and the
    way out) and leaves nothing open when it fails.
    """

    @property
    def name(self) -> str:
        """What a person would call it, for messages."""
        ...

    @property
    def watched(self) -> bool:
        """Whether somebody takes the frames now; True where that cannot be known.

        A look is cheap: ask as often as ten times a second while a stream pauses.
        """
        ...

    def write(self, frame: Frame) -> None:
        """Take one composed frame; its image is only valid during the call.

        Raises OutputError when the frame cannot be delivered.
        """
        ...

    def close(self) -> None:
        """Finish what was written and release everything; safe to call twice."""
        ...
