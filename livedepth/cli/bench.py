"""``livedepth bench``: speed and memory, each beside a yardstick of the same run."""

from __future__ import annotations

import argparse
from pathlib import Path

from livedepth.cli.console import say, table
from livedepth.cli.files import require_folder, save_json
from livedepth.errors import UsageError

NAMES = {
    "blur": "compositing",
    "strength": "compositing",
    "bokeh": "compositing",
    "near": "compositing",
    "halo": "halo",
    "steadiness": "steadiness",
    "age": "age",
    "latency": "latency",
    "propagation": "propagation",
    "stream": "streaming",
    "startup": "startup",
    "gpu": "gpu",
    "gpu_stream": "gpu",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help=f"measure only this; repeatable; one of {', '.join(NAMES)}",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print one table, and say which targets were missed."""
    from importlib import import_module

    from livedepth.benchmarks.case import Result, machine

    for name in arguments.only or ():
        if name not in NAMES:
            raise UsageError(f"there is no benchmark {name!r}; known: {', '.join(NAMES)}")
    if arguments.json is not None:
        require_folder("--json", arguments.json)
    results: list[Result] = []
    for name in arguments.only or NAMES:
        say(f"measuring {name}")
        module = import_module(f"livedepth.benchmarks.{NAMES[name]}")
        results.extend(getattr(module, name)())
    print(machine())
    rows = [("benchmark", "size", "value", "yardstick", "", "ratio", "target", "met")]
    for result in results:
        rows.append(
            (
                result.name,
                result.size,
                _quantity(result.value, result.unit),
                _quantity(result.yardstick, result.unit),
                result.yardstick_name,
                "-" if result.ratio is None else f"{result.ratio:g}",
                result.target,
                {True: "yes", False: "NO", None: "absent"}[result.met],
            )
        )
    print(table(rows))
    if arguments.json is not None:
        save_json(arguments.json, [result.as_json() for result in results])
    return 0


def _quantity(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:g} {unit}"
