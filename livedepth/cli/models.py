"""``livedepth models``: the depth models, and what runs them here."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livedepth.cli.console import print_json, table

if TYPE_CHECKING:
    from livedepth.depth.description import ModelDescription


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("list", "example"),
        default="list",
        help="list: models and engines; example: a sidecar for an ONNX file of your own",
    )
    parser.add_argument(
        "--model", metavar="FILE", default=None, help="try the engines on this model as well"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List the models with the verdict on every engine."""
    from livedepth.depth.description import EXAMPLE
    from livedepth.depth.registry import built_in_models, find_model

    if arguments.what == "example":
        print(EXAMPLE, end="")
        return 0
    models = built_in_models()
    if arguments.model:
        models[arguments.model] = find_model(arguments.model)
    rows = [_row(name, path, description) for name, (path, description) in models.items()]
    if arguments.json:
        print_json([asdict(row) for row in rows])
    else:
        print(_table(rows))
    return 0


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    file: str
    megabytes: float
    input: tuple[int, int]
    yields: str
    matte: bool
    licence: str
    description: str
    engines: dict[str, str]


def _row(name: str, path: Path, description: ModelDescription) -> _Row:
    from livedepth.depth.registry import verdicts

    return _Row(
        name=name,
        file=path.name,
        megabytes=round(path.stat().st_size / 1e6, 2),
        input=(description.width, description.height),
        yields="disparity" if description.metres is None else "metres",
        matte=description.matte is not None,
        licence=description.licence,
        description=description.description,
        engines={verdict.engine: verdict.reason or "works" for verdict in verdicts(name)},
    )


def _table(rows: list[_Row]) -> str:
    lines = [("model", "MB", "input", "yields", "matte", "licence", "engine", "verdict")]
    for row in rows:
        size = "{}x{}".format(*row.input)
        matte = "yes" if row.matte else "no"
        head = (row.name, f"{row.megabytes:g}", size, row.yields, matte, row.licence)
        for engine, verdict in row.engines.items():
            lines.append((*head, engine, verdict))
            head = ("", "", "", "", "", "")
    return table(lines)
