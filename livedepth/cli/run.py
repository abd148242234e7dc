"""``livedepth run``: a source through the pipeline to its outputs, until it ends or is stopped."""

from __future__ import annotations

import argparse
import json
import math
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from livedepth.cli.arguments import add_settings_arguments, settings_from
from livedepth.cli.console import Progress, say, stats_table
from livedepth.cli.files import require_folder, save_json
from livedepth.errors import UsageError
from livedepth.settings import Settings, SettingsHolder

if TYPE_CHECKING:
    from livedepth.capture.source import Source
    from livedepth.pipeline import Limit, Pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--frames", type=int, default=None, metavar="N", help="stop after N frames")
    parser.add_argument(
        "--seconds", type=float, default=None, metavar="S", help="stop after S seconds"
    )
    parser.add_argument(
        "--stats-json", type=Path, default=None, metavar="FILE", help="write the statistics here"
    )
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run until the source ends, a limit is reached or the user stops it."""
    settings = settings_from(arguments)
    for name in ("frames", "seconds"):
        value = getattr(arguments, name)
        if value is not None and not 0 < value < math.inf:
            raise UsageError(f"--{name} takes a number above 0, not {value:g}")
    if arguments.stats_json is not None:
        check_statistics_file(arguments.stats_json, settings)
    check_outputs(settings)
    check_background(settings)
    from livedepth.capture.opening import SYNTHETIC, open_source
    from livedepth.depth.registry import load_model
    from livedepth.pipeline import Limit, Pipeline
    from livedepth.processor import check_distances
    from livedepth.warming import warm_quietly

    limit = Limit(arguments.frames or math.inf, arguments.seconds or math.inf)
    notes = _Notes()
    with closing(load_model(settings.model, settings.engine, notes, say)) as model:
        check_distances(settings, model)
        # A camera is opened last, so that its first frame is not old when it is composed.
        warm_quietly(say, scene=settings.source.strip() == SYNTHETIC)
        with open_source(settings) as source:
            notes(_opened(source))
            notes.tell()
            pipeline = Pipeline(source, model, SettingsHolder(settings), say)
            try:
                _run(pipeline, source, limit)
            finally:
                if pipeline.stats.frames_out:
                    report(pipeline, arguments.stats_json)
    return 0


class _Notes:
    """Keeps what is reported until a stream begins, so that a failure before is one line alone."""

    def __init__(self) -> None:
        self._kept: list[str] | None = []

    def __call__(self, note: str) -> None:
        if self._kept is None:
            say(note)
        else:
            self._kept.append(note)

    def tell(self) -> None:
        """Say what was kept, and from now on everything at once."""
        kept, self._kept = self._kept or [], None
        for note in kept:
            say(note)


def _opened(source: Source) -> str:
    width, height = source.size
    granted = f" ({source.granted})" if source.granted else ""
    return f"source {source.name}, {width}x{height} at {source.rate:g} frames a second{granted}"


def _run(pipeline: Pipeline, source: Source, limit: Limit) -> None:
    progress = None if source.live else Progress("frames", source.length)
    with stopping_on_signals(pipeline):
        try:
            pipeline.run(limit, progress)
        finally:
            if progress:
                progress.finish()


def check_outputs(settings: Settings) -> None:
    """Refuse outputs that cannot be meant, before anything is opened."""
    from livedepth.outputs.opening import check_output

    if not settings.output:
        raise UsageError("no output is named; take --output virtual-camera, preview or a file")
    for spec in settings.output:
        check_output(spec)


def check_statistics_file(file: Path, settings: Settings) -> None:
    """Refuse a file for the statistics that would overwrite anything but earlier statistics."""
    require_folder("--stats-json", file)
    if str(file) in settings.output:
        raise UsageError(f"--stats-json: {file} is an output as well; give it another name")
    if not file.exists():
        return
    try:
        earlier = json.loads(file.read_bytes())
    except (OSError, ValueError):
        earlier = None
    if not isinstance(earlier, dict) or "stages_ms" not in earlier:
        raise UsageError(f"--stats-json: {file} is there and holds no statistics; it is left alone")


def check_background(settings: Settings) -> None:
    """Refuse a background that cannot be shown, before anything is opened."""
    if settings.effect == "replace" and settings.background not in ("blur", "transparent"):
        from livedepth.compositor.background import open_background

        open_background(settings.background).close()


@contextmanager
def stopping_on_signals(pipeline: Pipeline) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal end the pipeline after the frame in hand.

    A second signal ends it at once.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(*_: object) -> None:
        pipeline.stop()
        restore()

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        restore()


def report(pipeline: Pipeline, file: Path | None) -> None:
    """Print the statistics of a run, and write them to ``file``."""
    snapshot = pipeline.stats.snapshot()
    print(stats_table(snapshot))
    if file is not None:
        save_json(file, snapshot)
