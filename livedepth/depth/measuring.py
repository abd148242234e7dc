"""How fast an engine runs a model here, measured in a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from livedepth.depth import engines
from livedepth.depth.child import Child, Message, serve
from livedepth.depth.engines import Engine
from livedepth.depth.files import ModelFiles
from livedepth.depth.model import DepthModel
from livedepth.depth.preprocessing import network_size
from livedepth.depth.reference import self_test
from livedepth.depth.reference_picture import PICTURE_SIZE, picture
from livedepth.errors import ModelError

_WARM_UP = 3
_MOST = 30
_FEWEST = 3
_SECONDS = 0.6
_LONGEST = 300.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How an engine does with a model: milliseconds a frame, host to host; 0 where not known.

    reason: why it cannot be used, empty where it can. unbuilt: whether it can once it is built.
    cut_off: how often in turn measuring it was ended from outside, or took too long, which need
    not be so the next time.
    """

    engine: str
    milliseconds: float = 0.0
    device: str = ""
    precision: str = ""
    reason: str = ""
    unbuilt: bool = False
    cut_off: int = 0


def milliseconds(model: DepthModel) -> float:
    """Median time of one inference of a 1280x720 picture, host uint8 to host maps."""
    image = picture(*PICTURE_SIZE)
    for _ in range(_WARM_UP):
        started = time.perf_counter()
        model.infer(image)
        if time.perf_counter() - started > _SECONDS:
            break
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < _FEWEST or (len(times) < _MOST and time.perf_counter() - begun < _SECONDS):
        started = time.perf_counter()
        model.infer(image)
        times.append(time.perf_counter() - started)
    return round(float(np.median(times)) * 1e3, 3)


def measure(files: ModelFiles, name: str) -> Standing:
    """Open an engine in a child process, hold it to the reference, and time it."""
    try:
        with Child(__name__, (files, name, engines.engine_named(name))) as child:
            limit = threading.Timer(_LONGEST, child.kill)
            limit.start()
            try:
                return Standing(name, **_all_told(child))
            except ModelError as error:
                hung = f"it did not answer within {_LONGEST:g} s"
                reason = of_engine(name, hung if child.killed else str(error))
                return Standing(name, reason=reason, cut_off=int(child.cut_off))
            finally:
                limit.cancel()
    except ModelError as error:
        return Standing(name, reason=of_engine(name, str(error)))


def _all_told(child: Child) -> Message:
    told: Message = {}
    for message in child.messages():
        told |= message
    return told


def of_engine(name: str, reason: str) -> str:
    """The reason with the engine's name, where it does not have that."""
    return reason if f"engine {name}" in reason else f"engine {name}: {reason}"


def _work(job: tuple[ModelFiles, str, Engine], tell: Callable[[Message], None]) -> None:
    files, name, engine = job
    engines.TABLE[name] = engine
    why_not = engines.obstacle(files, name)
    if not why_not and not engines.is_built(files, name, _network_size(files)):
        tell({"unbuilt": True})
        return
    with closing(engines.open_engine(files, name)) as model:
        self_test(model, files)
        tell(
            {
                "milliseconds": milliseconds(model),
                "device": model.device,
                "precision": model.precision,
            }
        )


def _network_size(files: ModelFiles) -> tuple[int, int]:
    return network_size(files.description, *PICTURE_SIZE)


if __name__ == "__main__":
    serve(_work)
