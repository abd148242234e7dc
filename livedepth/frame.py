"""The values that travel between the stages, and the array conventions they keep.

An image is BGR, uint8, (height, width, 3), C-contiguous. A disparity map is float32
(height, width). A matte is float32 (height, width) in 0..1, 1 = subject. A published array is
not written again while a later stage may still read it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast, overload

import numpy as np
from numpy.typing import NDArray

from livedepth.errors import LivedepthError

Image = NDArray[np.uint8]
Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture with its place in time.

    image: BGR uint8 (height, width, 3), C-contiguous.
    index: 0, 1, 2, ... in the order the source delivered; a gap is a frame that was dropped.
    captured_at: seconds on ``time.monotonic()`` when the picture left the device or decoder.
    timestamp: seconds since the source's first frame, in the source's own clock.
    cutout: BGRA uint8 (height, width, 4), straight alpha, black where alpha is 0: the subject
        alone, for outputs that can carry it; None where the picture has no transparent parts.
    """

    image: Image
    index: int
    captured_at: float
    timestamp: float
    cutout: Image | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a depth model says of one image, at the model's own resolution.

    depth: float32 (height, width), relative inverse depth (disparity), near = large, known up to
        an unknown scale and shift.
    matte: float32 (height, width) in 0..1, 1 = subject, or None where the model has no such head.
    metres: float32 (height, width), metric depth along the camera's axis, or None where the model
        is relative. Where it is given, ``depth`` is its reciprocal.
    """

    depth: Map
    matte: Map | None = None
    metres: Map | None = None


@dataclass(frozen=True, slots=True)
class MetricScale:
    """What steady disparity is in metres: disparity = scale / metres + shift.

    scale: above 0. shift: the disparity of what is infinitely far. Raises LivedepthError for values
    that are not finite, or a scale of 0 or less.
    """

    scale: float
    shift: float

    def __post_init__(self) -> None:
        if not (0.0 < self.scale < math.inf and math.isfinite(self.shift)):
            raise LivedepthError(
                "a metric scale takes a finite scale above 0 and a finite shift; "
                f"got {self.scale} and {self.shift}"
            )

    @overload
    def metres_of(self, disparity: float) -> float: ...

    @overload
    def metres_of(self, disparity: Map) -> Map: ...

    def metres_of(self, disparity: float | Map) -> float | Map:
        """Metres of one disparity or of a map; infinity where it is ``shift`` or less."""
        with np.errstate(divide="ignore"):
            metres = self.scale / np.maximum(np.subtract(disparity, self.shift), 0.0)
        return cast(Map, metres) if isinstance(disparity, np.ndarray) else float(metres)

    def disparity_of(self, metres: float) -> float:
        """Disparity of a distance above 0; outside 0..1 for what is beyond the steady map."""
        return self.scale / metres + self.shift


@dataclass(frozen=True, slots=True, eq=False)
class SteadyDepth:
    """Stabilised depth of one frame, at the model's resolution.

    disparity: float32 (height, width) in 0..1, near = 1, far = 0.
    matte: float32 (height, width) in 0..1, 1 = subject (from the model, or derived from depth).
    focus: disparity in 0..1 of the plane in focus.
    band: half-width in disparity around ``focus`` that is wholly sharp (covers the subject).
    metric: from disparity to metres and back, such as ``metric.metres_of(disparity)``; None where
        the model knows no metres. Disparity 0 and 1 may be cut off there: what is farther, or
        nearer, than the map's own range is told as the range's end.
    """

    disparity: Map
    matte: Map
    focus: float
    band: float
    metric: MetricScale | None = None


def image_fault(image: Image) -> str:
    """Say what keeps ``image`` from being a picture of at least one pixel; empty if nothing."""
    if image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size:
        return ""
    return f"must be uint8 (height, width, 3); got {image.dtype} {image.shape}"


def as_map(values: Map, name: str) -> Map:
    """Return ``values`` as float32 in one aligned piece; nothing is copied that fits.

    Raises LivedepthError, which says ``name``, unless they are finite real numbers, (height,
    width), of at least one pixel.
    """
    if values.ndim != 2 or not values.size or values.dtype.kind not in "fiub":
        raise LivedepthError(
            f"{name} must be float32 (height, width); got {values.dtype} {values.shape}"
        )
    plain: Map = np.require(values, np.float32, ["C", "A", "W"])
    # Squares of larger values would overflow.
    if not (np.abs(plain) < 1e15).all():
        raise LivedepthError(f"{name} must be finite; a model gave NaN, infinity or over 1e15")
    return plain
