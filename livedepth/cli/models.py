"""``livedepth models``: list the depth models, fetch, compile and measure them."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

ACTIONS = {
    "list": "the models that are here, and the verdict on every engine (the default)",
    "example": "print a sidecar for an ONNX file of your own",
    "pull": "fetch a model by its name",
    "compile": "build a model's engine ahead of time, and verify it",
    "bench": "measure every model in every engine here",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions, each with its arguments; without one it is ``list``."""
    _module("list").add_arguments(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    for name, summary in ACTIONS.items():
        # What is given before the action's name is not undone by its own defaults.
        action = actions.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:],
            argument_default=argparse.SUPPRESS if name == "list" else None,
        )
        action.add_argument(
            "--verbose", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )
        _module(name).add_arguments(action)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    return int(_module(arguments.action or "list").run(arguments))


def _module(action: str) -> Any:
    return importlib.import_module(f"livedepth.cli.models_{action}")
