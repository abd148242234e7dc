"""What outlasts a camera that is lost, paused and opened again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from livedepth.settings import Settings

_log = logging.getLogger("livedepth")


@dataclass(slots=True)
class Session:
    """The newest settings; whether it starved before; and what was said of it already."""

    settings: Settings
    starved: bool = False
    _said: set[str] = field(default_factory=set)

    def tell(self, line: str) -> None:
        """Report ``line``, once."""
        if line not in self._said:
            self._said.add(line)
            _log.warning(line)


def granted_line(
    settings: Settings, size: tuple[int, int], pixel_format: str, rate: float | None
) -> str:
    """Return one line on what was asked of a camera and what it granted."""
    wish = "" if settings.pixel_format == "auto" else f" {settings.pixel_format.upper()}"
    return (
        f"asked {settings.width}x{settings.height}{wish} at {settings.rate:g} fps; "
        f"granted {size[0]}x{size[1]} {pixel_format}".rstrip()
        + (f" at {rate:g} fps" if rate else "")
    )
