"""Which cameras there are, which one a text means, and what to ask of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from livedepth.errors import SourceError

# What OpenCV can turn into BGR, the cheapest first; JPEG costs decoding and picture quality.
_READABLE = (
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
class CameraInfo:
    """A video device as its driver describes it.

    index: its number, as in /dev/video2. bus: where it is plugged in; the same after plugging it
    in again at the same place. virtual: fed by a program instead of a lens. capture: whether it
    delivers frames now. problem: why it cannot be used, as a clause, or empty.
    """

    name: str
    path: str
    index: int
    bus: str = ""
    driver: str = ""
    virtual: bool = False
    capture: bool = True
    modes: tuple[Mode, ...] = ()
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.path})"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a camera: a mode's pixel format, a size in pixels, frames a second."""

    pixel_format: str
    width: int
    height: int
    rate: float


def list_cameras() -> list[CameraInfo]:
    """Return every video device by number, also those that cannot be used, with the reason."""
    if sys.platform == "linux":
        from livedepth.capture import v4l2

        return v4l2.list_devices()
    from livedepth.capture.device import probe_indices

    return probe_indices()


def find_camera(text: str, cameras: Sequence[CameraInfo]) -> CameraInfo:
    """Return the camera that ``text`` means: auto, a number, a path or a part of its name.

    auto is never a virtual camera, which may be the very one that is written to. Otherwise a real
    camera comes before a virtual one, and one that can be used before one that cannot. Raises
    SourceError, listing the cameras there are, when none or more than one fits.
    """
    usable = sorted(
        (camera for camera in cameras if camera.capture),
        key=lambda camera: (bool(camera.problem), camera.virtual, camera.index),
    )
    if text == "auto":
        real = [camera for camera in usable if not camera.virtual]
        if not real:
            also = f", or name a virtual one ({usable[0].name})" if usable else ""
            raise SourceError(f"no camera found; plug one in{also}, or use --source demo")
        return real[0]
    exact = [c for c in cameras if text in (c.path, c.name) or text == str(c.index)]
    if exact:
        return exact[0]
    fitting = [camera for camera in usable if text.casefold() in camera.name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    known = "; ".join(f"{c.index} {c}" for c in usable) or "none"
    fault = "more than one camera fits" if fitting else "there is no camera"
    raise SourceError(f"{fault} {text!r}; cameras here: {known}")


def find_again(camera: CameraInfo, cameras: Sequence[CameraInfo]) -> CameraInfo:
    """Return the same camera under the number it has now: by name and bus, else by name alone.

    Raises SourceError when it is not there.
    """
    named = [c for c in cameras if c.capture and c.name == camera.name]
    here = [c for c in named if c.bus == camera.bus] or named
    if not here:
        raise SourceError(f"{camera.name} is not connected")
    return here[0]


def choose(
    modes: Sequence[Mode], width: int, height: int, rate: float, pixel_format: str
) -> Request | None:
    """Return what to ask of a camera for a size and rate, or None when it offers nothing known.

    In this order: modes that reach half the rate, the nearest size, the rate, and the format that
    is cheapest to read (so MJPG wins where YUYV is too slow). pixel_format: auto, or one that is
    taken if it is offered at all.
    """
    known = [mode for mode in modes if mode.pixel_format in _READABLE]
    wanted = [mode for mode in known if mode.pixel_format == pixel_format.upper()]

    def badness(mode: Mode) -> tuple[bool, int, float, int]:
        columns, rows = mode.nearest(width, height)
        granted = mode.nearest_rate(rate)
        return (
            granted < rate / 2,
            abs(columns - width) + abs(rows - height),
            max(rate - 0.5 - granted, 0.0),
            _READABLE.index(mode.pixel_format),
        )

    best = min(wanted or known, key=badness, default=None)
    if best is None:
        return None
    return Request(best.pixel_format, *best.nearest(width, height), best.nearest_rate(rate))
