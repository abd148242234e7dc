"""A distance from the camera, and how people write one."""

from __future__ import annotations

import re
from dataclasses import dataclass

NEAREST, FARTHEST = 0.05, 1000.0

_PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
_TEXT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) *(m|cm|mm)")


@dataclass(frozen=True, slots=True)
class Distance:
    """So many metres from the camera along its axis; its text is what ``parse_distance`` reads."""

    metres: float

    def __str__(self) -> str:
        return f"{self.metres:g} m"


def parse_distance(text: str) -> Distance | None:
    """Read a number with a unit, such as "1.2 m", "80cm" or "350 mm"; None where it is none."""
    found = _TEXT.fullmatch(text.strip())
    return Distance(float(found[1]) / _PER_METRE[found[2]]) if found else None
