"""``livedepth models bench``: every model that is here, in every engine that runs here."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from livedepth.cli.console import Progress, say, table
from livedepth.cli.files import require_folder, save_json
from livedepth.cli.sizes import size_argument, size_text
from livedepth.errors import EngineError, LivedepthError, UsageError

if TYPE_CHECKING:
    from livedepth.benchmarks.comparison import Comparison
    from livedepth.benchmarks.engines import Figures
    from livedepth.depth.files import ModelFiles

_FRAME = (1280, 720)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action's arguments."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a model's name, its folder or its ONNX file; all that are here if none is given",
    )
    parser.add_argument(
        "--architecture",
        action="append",
        default=[],
        metavar="NAME",
        help="a published network with random weights, as depth-anything-v2-small: its speed "
        "without any download; repeatable",
    )
    parser.add_argument(
        "--engine", action="append", metavar="ENGINE", help="only this engine; repeatable"
    )
    parser.add_argument(
        "--size",
        action="append",
        type=size_argument,
        metavar="WxH",
        help="the network's input in pixels; repeatable; by default what frames would get",
    )
    parser.add_argument(
        "--frame",
        type=size_argument,
        default=_FRAME,
        metavar="WxH",
        help=f"the frames' size in pixels (default {size_text(_FRAME)})",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=2.0,
        metavar="S",
        help="how long each engine is timed, with each model at each size (default 2)",
    )
    parser.add_argument(
        "--repeat", type=int, metavar="N", help="time N inferences instead, however long they take"
    )
    parser.add_argument(
        "--build", action="store_true", help="build the engines that have to be built first"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print one table, and say which engines are absent and why."""
    from livedepth.benchmarks.comparison import Comparison
    from livedepth.benchmarks.engines import Effort
    from livedepth.depth.engines import TABLE, engine_named

    if arguments.json is not None:
        require_folder("--json", arguments.json)
    if not (math.isfinite(arguments.seconds) and arguments.seconds > 0):
        raise UsageError(f"--seconds takes a number above 0, not {arguments.seconds}")
    if arguments.repeat is not None and arguments.repeat < 1:
        raise UsageError(f"--repeat takes an integer from 1, not {arguments.repeat}")
    for engine in arguments.engine or ():
        engine_named(engine)
    comparison = Comparison(
        arguments.engine or tuple(TABLE),
        Effort(arguments.seconds, arguments.repeat),
        arguments.build,
    )
    try:
        with ExitStack() as stack:
            _measure(list(_models(arguments, stack, comparison)), arguments, comparison)
    except KeyboardInterrupt:
        say("interrupted; this is what was measured so far")
    except LivedepthError:
        if comparison.results:
            _print(comparison, arguments.frame)
        raise
    _print(comparison, arguments.frame)
    if arguments.json is not None:
        save_json(arguments.json, _as_json(comparison, arguments.frame))
    if comparison.absences and not comparison.results:
        raise EngineError("nothing could be measured; the reasons are above")
    return 0


def _models(
    arguments: argparse.Namespace, stack: ExitStack, comparison: Comparison
) -> Iterator[ModelFiles]:
    """The models asked for; of those that nobody named, one that is damaged is an absence."""
    from livedepth.benchmarks.architectures import find_architecture, make_random_model
    from livedepth.benchmarks.comparison import Absence
    from livedepth.depth.hub.store import pulled
    from livedepth.depth.registry import built_in_models, find_model

    architectures = {name: find_architecture(name) for name in arguments.architecture}
    for name in arguments.names:
        yield find_model(name)
    for name, architecture in architectures.items():
        folder = stack.enter_context(TemporaryDirectory(prefix="livedepth-"))
        say(f"making {name} with random weights")
        yield make_random_model(Path(folder), name, architecture)
    if arguments.names or architectures:
        return
    yield from built_in_models().values()
    for lock in pulled():
        try:
            yield find_model(lock.name)
        except LivedepthError as error:
            comparison.absences.append(Absence(lock.name, "", str(error)))


def _measure(
    models: list[ModelFiles], arguments: argparse.Namespace, comparison: Comparison
) -> None:
    from livedepth.benchmarks.candidates import pictures, usual_size

    say("drawing the pictures")
    images = pictures(*arguments.frame)
    jobs = [
        (files, size)
        for files in models
        for size in arguments.size or [usual_size(files, arguments.frame)]
    ]
    line = _Line()
    try:
        comparison.add(jobs, images, say, line)
    finally:
        line.finish()


class _Line:
    """A progress line whose length is known only once the engines are loaded."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._progress is None:
            self._progress = Progress("measuring, turns", total)
        self._progress(done)

    def finish(self) -> None:
        if self._progress is not None:
            self._progress.finish()


def _print(comparison: Comparison, frame: tuple[int, int]) -> None:
    from livedepth.benchmarks.case import machine, versions

    print(machine())
    print(", ".join(f"{name} {version}" for name, version in versions().items()))
    if comparison.results:
        print(
            f"from a {size_text(frame)} frame in memory to its maps in memory, devices waited for"
        )
        print(_table(comparison.results))
    # An engine that is absent is absent for every model; it is said once.
    for reason in dict.fromkeys(absence.reason for absence in comparison.absences):
        print(f"not measured: {reason}")


def _as_json(comparison: Comparison, frame: tuple[int, int]) -> dict[str, Any]:
    from livedepth.benchmarks.case import machine, versions

    return {
        "machine": machine(),
        "versions": versions(),
        "frame": list(frame),
        "results": [asdict(result) for result in comparison.results],
        "absent": [asdict(absence) for absence in comparison.absences],
    }


def _table(results: Sequence[Figures]) -> str:
    on_gpu = any(result.device_megabytes is not None for result in results)
    metric = any(result.metres_difference is not None for result in results)
    mattes = any(result.matte_difference is not None for result in results)
    yardstick = any(result.speedup is not None for result in results)
    heading = ["model", "size", "engine", "device", "precision", "p50 ms", "p95 ms", "spread ms"]
    heading += ["frames/s", "MB", *["GPU MB"] * on_gpu, "agreement", *["matte"] * mattes]
    heading += [*["metres"] * metric, *["x eager"] * yardstick]
    rows = [heading]
    for result in results:
        agreement = _number(result.correlation, ".5f")
        row = [
            result.model,
            size_text(result.size),
            result.engine,
            result.device,
            result.precision,
            f"{result.p50:.2f}",
            f"{result.p95:.2f}",
            f"{result.spread:.2f}",
            f"{result.rate:.1f}",
            f"{result.megabytes:.0f}",
        ]
        row += [_number(result.device_megabytes, ".0f")] * on_gpu
        row += ["reference" if result.exact == result.engine else agreement]
        row += [_number(result.matte_difference, ".4f")] * mattes
        row += [_number(result.metres_difference, ".2%")] * metric
        row += [_number(result.speedup, ".1f")] * yardstick
        rows.append(row)
    return table(rows)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
