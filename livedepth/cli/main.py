"""The ``livedepth`` command: finds the verb, runs it, and turns errors into one line each."""

from __future__ import annotations

import argparse
import difflib
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

from livedepth import __version__
from livedepth.cli.console import say
from livedepth.errors import LivedepthError
from livedepth.settings import KNOBS

VERBS = {
    "run": "send the camera, composed, to the virtual camera (the default)",
    "demo": "the whole path on a built-in clip: a video, a contact sheet, timings",
    "devices": "list cameras and virtual cameras",
    "doctor": "check this machine and say how to mend what is missing",
    "models": "list the depth models, and the engines that run them here",
    "settings": "list or show every setting",
    "warmup": "compile everything ahead, so that the first start is quick",
    "bench": "measure speed and memory, each beside a yardstick",
}

_EXAMPLES = """\
examples:
  livedepth                                  blurred room, into the virtual camera
  livedepth --preset preview                 depth in a window
  livedepth --source clip.mp4 --output out.mp4 --effect replace --background beach.jpg
  livedepth demo --output-dir demo           no camera needed

`livedepth VERB --help` explains a verb; `livedepth run --help` lists every setting.
"""


class OneLineParser(argparse.ArgumentParser):
    """A parser that refuses in one line, and takes no abbreviated flags."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, what may have been meant and where help is; exit with status 2."""
        flags = ["--" + key.replace("_", "-") for key in KNOBS]
        unknown = message.removeprefix("unrecognized arguments: ").split()[:1]
        near = difflib.get_close_matches(unknown[0], flags, n=1) if unknown else []
        hint = f"; did you mean {near[0]}?" if near and "unrecognized" in message else ""
        say(f"{message}{hint}; see `{self.prog} --help`")
        sys.exit(2)


def build_parser(verb: str | None) -> argparse.ArgumentParser:
    """The parser with the arguments of ``verb`` filled in, since only one is ever needed."""
    parser = OneLineParser(
        prog="livedepth",
        description="Depth and portrait mode from a plain webcam, live.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"livedepth {__version__}")
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=OneLineParser)
    for name, summary in VERBS.items():
        subparser = subparsers.add_parser(name, help=summary, description=summary.capitalize())
        subparser.add_argument(
            "--verbose", action="store_true", help="log what happens, and errors with their trace"
        )
        if name == verb:
            importlib.import_module(f"livedepth.cli.{name}").add_arguments(subparser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except LivedepthError as error:
        logging.getLogger("livedepth").debug("failed", exc_info=error)
        say(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # Whoever read standard output has left; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(given: list[str]) -> int:
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        given.insert(0, "run")
    parsed = build_parser(given[0]).parse_args(given)
    logging.basicConfig(
        level=logging.DEBUG if parsed.verbose else logging.WARNING,
        format="livedepth: %(message)s",
    )
    logging.getLogger("numba").setLevel(logging.WARNING)
    return int(importlib.import_module(f"livedepth.cli.{parsed.verb}").run(parsed))
