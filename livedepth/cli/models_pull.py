"""``livedepth models pull``: fetch depth models from the hub, or list those that can be had."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from livedepth.cli.console import Progress, print_json, say, table
from livedepth.errors import ModelError, UsageError

if TYPE_CHECKING:
    from livedepth.depth.hub.store import Pulled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.epilog = (
        "Models are kept in the user's data folder, or in LIVEDEPTH_MODELS_DIR. Those of the table "
        "are pinned to a commit (dpt-hybrid-midas to a reference). Of any other, and of files "
        "whose checksum is not known beforehand, the first pull records commit and checksums, and "
        "everything later keeps to them until --update or --revision. Only safetensors are taken. "
        "HF_ENDPOINT names another hub; `hf auth login` lets you in where that is needed."
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a name from the table, or OWNER/NAME of the hub; none: print the table",
    )
    parser.add_argument("--revision", metavar="R", help="a branch, a tag or a commit to pull")
    parser.add_argument(
        "--update", action="store_true", help="leave the pinned version for the newest one"
    )
    parser.add_argument(
        "--accept-licence", action="store_true", help="accept a licence for non-commercial use only"
    )
    parser.add_argument("--remove", action="store_true", help="remove the models named instead")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Pull, remove or list."""
    names: list[str] = arguments.names
    if not names:
        if arguments.revision or arguments.update or arguments.remove:
            raise UsageError("name the models that this is for; `livedepth models pull` lists them")
        _list(arguments.json)
    elif arguments.remove:
        _remove(names)
    else:
        if arguments.revision and len(names) > 1:
            raise UsageError("--revision is for one model at a time")
        _pull(names, arguments)
    return 0


def _pull(names: list[str], arguments: argparse.Namespace) -> None:
    from livedepth.depth.hub.pull import pull

    def accept(notice: str) -> bool:
        at_terminal = sys.stdin.isatty() and sys.stderr.isatty()
        if not (arguments.accept_licence or at_terminal):
            return False
        say(notice)
        if arguments.accept_licence:
            return True
        print("Accept this licence? [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    rows = []
    for name in names:
        progress = _Megabytes(name)
        try:
            outcome = pull(
                name,
                revision=arguments.revision,
                update=arguments.update,
                accept=accept,
                report=say,
                progress=progress,
            )
        except KeyboardInterrupt:
            progress.finish()
            say(f"stopped; pulling {name} again goes on from here")
            raise
        finally:
            progress.finish()
        model = outcome.model
        rows.append(_row(model) | {"fetched": outcome.fetched})
        if outcome.fetched:
            say(f"{model.name} is here: {model.megabytes:.1f} MB, version {model.commit[:12]}")
        elif not arguments.json:
            print(f"{model.name} is here")
    if arguments.json:
        print_json(rows)


class _Megabytes:
    """Progress in bytes, shown in whole megabytes, on a line that is begun when it is needed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._line: Progress | None = None
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        if self._line is None:
            self._line = Progress(f"pulling {self._name}, MB", max(1, round(total / 1e6)))
        megabytes = round(done / 1e6)
        if megabytes != self._shown:
            self._shown = megabytes
            self._line(megabytes)

    def finish(self) -> None:
        """End the line, once."""
        if self._line is not None:
            self._line.finish()
            self._line = None


def _row(model: Pulled) -> dict[str, Any]:
    return {
        "name": model.name,
        "repository": model.repository,
        "revision": model.requested,
        "commit": model.commit,
        "licence": model.licence,
        "megabytes": round(model.megabytes, 2),
        "folder": str(model.folder),
    }


def _remove(names: list[str]) -> None:
    from livedepth.depth.hub.store import remove

    for name in names:
        if not remove(name):
            raise ModelError(f"{name} is not here, so there is nothing to remove")
        say(f"{name} is removed")


def _list(as_json: bool) -> None:
    from livedepth.depth.hub.catalogue import MODELS
    from livedepth.depth.hub.store import pulled

    here = {model.name: model for model in pulled()}
    if as_json:
        known = [asdict(model) | {"here": model.name in here} for model in MODELS.values()]
        others = [
            _row(model) | {"here": True} for model in here.values() if model.name not in MODELS
        ]
        print_json(known + others)
        return
    lines = [("model", "MB", "parameters", "input", "yields", "licence", "here")]
    for model in MODELS.values():
        yields = f"metres, to {model.max_depth:g}" if model.max_depth else "disparity"
        lines.append(
            (
                model.name,
                str(model.megabytes),
                f"{model.parameters:g} M",
                "{}x{}".format(*model.size),
                yields,
                model.licence,
                "yes" if model.name in here else "",
            )
        )
    lines += [
        (model.name, f"{model.megabytes:.0f}", "", "", "", model.licence, "yes")
        for model in here.values()
        if model.name not in MODELS
    ]
    print(table(lines))
    print("CC-BY-NC: not for commercial use.")
