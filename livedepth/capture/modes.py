"""What a camera offers, and what to ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# What can be turned into BGR, the cheapest first; JPEG costs decoding and picture quality.
READABLE = (
    *("YUYV", "NV12", "YU12", "UYVY", "YVYU", "NV21", "YV12", "BGR3", "RGB3", "XR24", "AR24"),
    *("MJPG", "JPEG", "GREY"),
)


@dataclass(frozen=True, slots=True)
class Mode:
    """Pictures that a camera offers: one pixel format at one size or in a range of sizes.

    pixel_format: four characters, such as MJPG. smallest, largest, step: (width, height) in
    pixels; smallest and largest are the same where the size is fixed. rates: frames a second,
    ascending; the ends of the range where it is continuous; empty where the driver does not say.
    """

    pixel_format: str
    smallest: tuple[int, int]
    largest: tuple[int, int]
    step: tuple[int, int] = (1, 1)
    rates: tuple[float, ...] = ()

    def nearest(self, width: int, height: int) -> tuple[int, int]:
        """Return the (width, height) of this mode that is nearest to the one asked for."""
        asked = (width, height)
        sizes = []
        for want, low, high, step in zip(
            asked, self.smallest, self.largest, self.step, strict=True
        ):
            steps = round((min(max(want, low), high) - low) / max(step, 1))
            sizes.append(min(low + steps * max(step, 1), high))
        return sizes[0], sizes[1]

    def nearest_rate(self, rate: float) -> float:
        """Return the lowest rate that reaches ``rate`` (within half a frame), else the highest."""
        reaching = [offered for offered in self.rates if offered >= rate - 0.5]
        return min(reaching) if reaching else max(self.rates, default=rate)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a camera: a mode's pixel format, a size in pixels, frames a second."""

    pixel_format: str
    width: int
    height: int
    rate: float


def choose(
    modes: Sequence[Mode], width: int, height: int, rate: float, pixel_format: str
) -> Request | None:
    """Return what to ask of a camera for a size and rate, or None when it offers nothing known.

    In this order: modes that reach half the rate, the nearest size, the rate, and the format that
    is cheapest to read (so MJPG wins where YUYV is too slow). pixel_format: auto, or one that is
    taken if it is offered at all.
    """
    known = [mode for mode in modes if mode.pixel_format in READABLE]
    wanted = [mode for mode in known if mode.pixel_format == pixel_format.upper()]

    def badness(mode: Mode) -> tuple[bool, int, float, int]:
        columns, rows = mode.nearest(width, height)
        granted = mode.nearest_rate(rate)
        return (
            granted < rate / 2,
            abs(columns - width) + abs(rows - height),
            max(rate - 0.5 - granted, 0.0),
            READABLE.index(mode.pixel_format),
        )

    best = min(wanted or known, key=badness, default=None)
    if best is None:
        return None
    return Request(best.pixel_format, *best.nearest(width, height), best.nearest_rate(rate))
