"""``livedepth models compile``: an engine built and verified before it is needed."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from livedepth.cli.console import say
from livedepth.cli.sizes import size_argument, size_text
from livedepth.errors import EngineError

if TYPE_CHECKING:
    from livedepth.benchmarks.candidates import Size
    from livedepth.depth.files import ModelFiles

_ENGINE = "tensorrt"
_LEAST_AGREEMENT = 0.999


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action's arguments."""
    parser.add_argument("name", metavar="NAME", help="a model's name, its folder or its ONNX file")
    parser.add_argument("--engine", metavar="ENGINE", help=f"which engine (default {_ENGINE})")
    parser.add_argument(
        "--size",
        action="append",
        type=size_argument,
        metavar="WxH",
        help="the network's input in pixels; repeatable; by default what frames of the settings' "
        "width and height get",
    )
    parser.add_argument(
        "--force", action="store_true", help="build again what has been built already"
    )


def run(arguments: argparse.Namespace) -> int:
    """Build the engine for every size, hold it against fp32, and say where it is kept."""
    from livedepth.benchmarks.candidates import at_size, usual_size
    from livedepth.config import load_settings
    from livedepth.depth.engines import engine_named, obstacle
    from livedepth.depth.registry import find_model
    from livedepth.depth.selection import forget

    name = arguments.engine or _ENGINE
    engine = engine_named(name)
    files = find_model(arguments.name)
    why_not = obstacle(files, name)
    if why_not:
        way_out = "" if arguments.engine else "; --engine NAME verifies another"
        raise EngineError(f"engine {name}: {why_not}{way_out}")
    settings = load_settings()
    frame = settings.width, settings.height
    usual = usual_size(files, frame)
    jobs = [(size, at_size(files, size, frame)) for size in arguments.size or [usual]]
    for size, held in jobs:
        what = f"{files.description.name} {size_text(size)} on {name}"
        if size != usual:
            say(f"{what}: frames of {size_text(frame)} get {size_text(usual)} instead")
        if not engine.built:
            print(f"{what}: nothing to build")
        elif not _build(held, name, size, what, arguments.force):
            continue
        _verify(held, name, size, frame, what)
        if engine.built:
            # What is there to choose from has changed: the next start measures anew.
            forget(files)
    return 0


def _build(files: ModelFiles, name: str, size: Size, what: str, force: bool) -> bool:
    """Build unless that has been done; whether it was built now."""
    from livedepth.depth.engines import build, is_built

    if not force and is_built(files, name, size):
        print(f"{what}: built already; `--force` builds it again")
        return False
    started = time.monotonic()
    path = build(files, name, size, say)
    print(f"{what}: built in {time.monotonic() - started:.1f} s, kept at {path}")
    return True


def _verify(files: ModelFiles, name: str, size: Size, frame: Size, what: str) -> None:
    """Run the engine on pictures, and hold its maps against another engine's in fp32.

    Raises EngineError where they disagree, ModelError or EngineError where it does not run.
    """
    from livedepth.benchmarks.candidates import pictures
    from livedepth.benchmarks.comparison import Loader
    from livedepth.benchmarks.engines import worst_agreement

    with ExitStack() as stack:
        loader = Loader(files, size, pictures(*frame), say, stack)
        started = time.monotonic()
        candidate = loader.open(name)
        seconds = time.monotonic() - started
        exact = loader.exact(excluding=name)
        if exact is None:
            print(f"{what}: runs; no other engine here in fp32 can confirm its maps")
            return
        found = worst_agreement(candidate, exact)
    agrees = f"agrees {found.correlation:.6f} with {exact.model.engine} in fp32"
    if not found.correlation >= _LEAST_AGREEMENT:
        raise EngineError(f"{what} {agrees}; it needs {_LEAST_AGREEMENT}")
    print(
        f"{what}: {agrees} ({candidate.precision} on {candidate.device}, first pictures after "
        f"{seconds:.1f} s)"
    )
