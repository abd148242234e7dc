"""Engines loaded with a model, side by side, with what memory that took."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from livedepth.benchmarks.device_memory import DeviceMemory
from livedepth.capture.synthetic import SMALLEST_SIDE, SyntheticScene
from livedepth.depth.description import ModelDescription
from livedepth.depth.files import ModelFiles
from livedepth.depth.hub.naming import nearest_size
from livedepth.depth.model import DepthModel
from livedepth.depth.preprocessing import network_size
from livedepth.errors import UsageError
from livedepth.frame import Image, Prediction
from livedepth.stats import resident_megabytes

Size = tuple[int, int]
"""(width, height) in pixels."""

CPU = "cpu"

_DRAWN = 640
_SEEDS = (0, 3, 5, 8)
_MOMENT = 1.0


@dataclass(slots=True, eq=False)
class Candidate:
    """An engine loaded with a model, and what has been measured of it so far.

    predictions: of the test pictures. megabytes: by which the process grew; device_megabytes: what
    it holds of a GPU's memory at its peak, None where it uses none. seconds: the times taken.
    """

    model: DepthModel
    size: Size
    predictions: list[Prediction]
    megabytes: float
    device_megabytes: float | None
    seconds: list[float] = field(default_factory=list)
    spent: float = 0.0

    @property
    def device(self) -> str:
        """Where it computes."""
        return self.model.device

    @property
    def precision(self) -> str:
        """The number format that it computes in."""
        return self.model.precision


def pictures(width: int, height: int) -> list[Image]:
    """Frames of four furnished rooms with people in them, BGR uint8 (height, width, 3).

    They are drawn no larger than networks see them, and enlarged.
    """
    shrunk = min(_DRAWN / max(width, height), 1.0)
    columns, rows = (max(round(side * shrunk), SMALLEST_SIDE) for side in (width, height))
    rooms = [SyntheticScene(columns, rows, seed).render_image(_MOMENT) for seed in _SEEDS]
    larger = [cv2.resize(room, (width, height), interpolation=cv2.INTER_CUBIC) for room in rooms]
    return [np.asarray(picture, np.uint8) for picture in larger]


def at_size(files: ModelFiles, size: Size, frame: Size) -> ModelFiles:
    """The model, held to one input size of the network unless frames of this size get that anyway.

    Raises UsageError, naming the nearest that it takes, for a size that it does not take.
    """
    description = files.description
    if usual_size(files, frame) == size:
        return files
    width, height = size
    if not fits(description, size):
        step = description.multiple
        allowed = f"multiples of {step}, the nearest" if step else "only"
        columns, rows = nearest_size(description, size)
        raise UsageError(
            f"{description.name} does not run at {width}x{height}; it takes {allowed} "
            f"{columns}x{rows}"
        )
    return replace(files, description=replace(description, width=width, height=height, multiple=0))


def fits(description: ModelDescription, size: Size) -> bool:
    """Whether a network takes an input of this size."""
    step = description.multiple
    if not step:
        return size == (description.width, description.height)
    return all(side >= step and side % step == 0 for side in size)


def usual_size(files: ModelFiles, frame: Size) -> Size:
    """The network's input size for frames of this size."""
    return network_size(files.description, *frame)


def admit(load: Callable[[], DepthModel], size: Size, images: Sequence[Image]) -> Candidate:
    """Load an engine and let it predict every picture, watching what memory that takes.

    Raises LivedepthError, with nothing left open, where it cannot.
    """
    watch = DeviceMemory()
    gc.collect()
    resident = resident_megabytes()
    model = load()
    try:
        predictions = [_kept(model.infer(image)) for image in images]
        grown = max(resident_megabytes() - resident, 0.0)
        taken = None if model.device.lower() == CPU else watch.megabytes()
    except BaseException:
        model.close()
        raise
    return Candidate(model, size, predictions, grown, taken)


def _kept(prediction: Prediction) -> Prediction:
    """A copy, since an engine may use its buffers again."""
    maps = (prediction.depth, prediction.matte, prediction.metres)
    depth, matte, metres = (None if values is None else values.copy() for values in maps)
    assert depth is not None
    return Prediction(depth, matte, metres)
