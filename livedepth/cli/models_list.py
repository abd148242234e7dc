"""``livedepth models list``: the depth models that are here, and what runs them."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from livedepth.cli.console import print_json, say, table
from livedepth.errors import ModelError

if TYPE_CHECKING:
    from livedepth.depth.files import ModelFiles


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action's arguments."""
    parser.add_argument(
        "--model", metavar="MODEL", help="one model alone: a name, an ONNX file or a folder"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List the models with the verdict on every engine."""
    names = [arguments.model] if arguments.model else _names()
    rows = []
    for name in names:
        try:
            rows.append(_row(name))
        except ModelError as error:
            # One that is damaged does not hide the others.
            if arguments.model:
                raise
            say(str(error))
    if arguments.json:
        print_json([asdict(row) for row in rows])
    else:
        print(_table(rows))
        if not arguments.model:
            print(_to_pull(names))
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
    engines: dict[str, dict[str, Any]]


def _names() -> list[str]:
    from livedepth.depth.hub.store import pulled
    from livedepth.depth.registry import BUILT_IN

    return [*BUILT_IN, *(model.name for model in pulled())]


def _row(name: str) -> _Row:
    from livedepth.depth.registry import find_model, verdicts

    files = find_model(name)
    description = files.description
    return _Row(
        name=name,
        file=_file(files),
        megabytes=_megabytes(files),
        input=(description.width, description.height),
        yields="disparity" if description.metres is None else "metres",
        matte=description.matte is not None,
        licence=description.licence,
        description=description.description,
        engines={
            verdict.engine: {
                "works": not verdict.reason,
                "reason": verdict.reason,
                "device": verdict.device,
                "precision": verdict.precision,
                "milliseconds": verdict.milliseconds or None,
                "taken": verdict.taken,
                "verdict": str(verdict),
            }
            for verdict in verdicts(name, again=False)
        },
    )


def _file(files: ModelFiles) -> str:
    path = files.onnx or files.folder
    return path.name if path else ""


def _megabytes(files: ModelFiles) -> float:
    """Size of the weights that are loaded: of one form, where there are several."""
    from livedepth.depth.digest import weight_files

    weights = [files.onnx] if files.onnx else weight_files(files)
    return round(sum(path.stat().st_size for path in weights) / 1e6, 2)


def _table(rows: list[_Row]) -> str:
    lines = [("model", "MB", "input", "yields", "matte", "licence", "engine", "verdict")]
    for row in rows:
        size = "{}x{}".format(*row.input)
        matte = "yes" if row.matte else "no"
        head = (row.name, f"{row.megabytes:g}", size, row.yields, matte, row.licence)
        for engine, found in row.engines.items():
            lines.append((*head, engine, found["verdict"]))
            head = ("", "", "", "", "", "")
    return table(lines)


def _to_pull(here: list[str]) -> str:
    from livedepth.depth.hub.catalogue import MODELS

    others = [name for name in MODELS if name not in here]
    return f"`livedepth models pull NAME` fetches: {', '.join(others)}" if others else ""
