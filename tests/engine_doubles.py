"""Stand-in engines: the real network behind them, and one fault each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from livedepth.depth import engines
from livedepth.depth.cache import cache_folder
from livedepth.depth.engines import Engine
from livedepth.depth.files import ModelFiles
from livedepth.depth.opencv_engine import OpenCVModel
from livedepth.depth.reference_picture import PICTURE_SIZE
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Prediction


class Double:
    """OpenCV's engine under another name; what it is shown again, it remembers, and so is fast."""

    engine = "double"
    device, precision = "pretended", "fp32"
    made: ClassVar[list[Double]] = []

    def __init__(self, files: ModelFiles) -> None:
        self._inner = OpenCVModel(files)
        self.name = self._inner.name
        self.frames = 0
        self.closed = 0
        self._seen: tuple[tuple[int, ...], bytes, Prediction] | None = None
        self.made.append(self)

    def infer(self, image: Image) -> Prediction:
        assert not self.closed
        if image.shape[:2] != PICTURE_SIZE[::-1]:
            self.frames += 1
            self.at_frame(self.frames)
        sample = image[::16, ::16].tobytes()
        if self._seen is None or self._seen[:2] != (image.shape, sample):
            self._seen = image.shape, sample, self._inner.infer(image)
        return self.changed(self._seen[2])

    def at_frame(self, number: int) -> None:
        """What happens at the frame ``number``, from 1; test pictures are not counted."""

    def changed(self, prediction: Prediction) -> Prediction:
        return prediction

    def close(self) -> None:
        self.closed += 1


class Dying(Double):
    engine = "dying"
    dies_at = 5

    def at_frame(self, number: int) -> None:
        if number >= self.dies_at:
            raise EngineError("engine dying: out of memory")


class Collapsing(Double):
    """Its library raises what it should not."""

    engine = "collapsing"

    def at_frame(self, number: int) -> None:
        if number >= 3:
            raise RuntimeError("CUDA error: the driver\nis gone")


class Unfinite(Double):
    """Gives NaN at the frames ``bad``."""

    engine = "unfinite"
    bad: ClassVar[set[int]] = set()

    def at_frame(self, number: int) -> None:
        if number in self.bad:
            raise ModelError("model embedded returned values that are not finite")


class Wrong(Double):
    engine = "wrong"

    def changed(self, prediction: Prediction) -> Prediction:
        return Prediction(prediction.depth[::-1] * 0.2 + prediction.depth, prediction.matte)


class Flat(Double):
    engine = "flat"

    def changed(self, prediction: Prediction) -> Prediction:
        return Prediction(np.ones_like(prediction.depth), prediction.matte)


class Crashing(Double):
    """Takes its whole process along, where that is not the tests' own."""

    engine = "crashing"

    def __init__(self, files: ModelFiles) -> None:
        super().__init__(files)
        if "PYTEST_CURRENT_TEST" in os.environ and os.environ.get("MAIN_PROCESS") != str(
            os.getpid()
        ):
            os.abort()


class Built(Double):
    """Has to be built for every size."""

    engine = "built"


def is_built(files: ModelFiles, size: tuple[int, int]) -> bool:
    return _built_file(size).exists()


def build(files: ModelFiles, size: tuple[int, int], report: Callable[[str], None]) -> Path:
    """Takes BUILD_SECONDS; BUILD_ENDS says how it ends."""
    report("tracing the network")
    print("a library chats")
    time.sleep(float(os.environ.get("BUILD_SECONDS", "0.3")))
    how = os.environ.get("BUILD_ENDS", "")
    if how == "failed":
        raise EngineError("an operation is not known")
    if how == "crash":
        os.abort()
    file = _built_file(size)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    report("saved")
    return file


def _built_file(size: tuple[int, int]) -> Path:
    return cache_folder() / "built" / f"{size[0]}x{size[1]}"


def double(model: type[Double], **options: Any) -> Engine:
    return Engine("engine_doubles", model.__name__, (), ("onnx",), **options)


@contextmanager
def table_of(*models: type[Double], real: tuple[str, ...] = ("opencv",)) -> Iterator[None]:
    """Let these be the only engines, besides the real ones named."""
    before = dict(engines.TABLE)
    engines.TABLE.clear()
    engines.TABLE.update(
        {model.engine: double(model, built=issubclass(model, Built)) for model in models}
    )
    engines.TABLE.update({name: before[name] for name in real})
    Double.made.clear()
    try:
        yield
    finally:
        engines.TABLE.clear()
        engines.TABLE.update(before)
