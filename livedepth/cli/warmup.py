"""``livedepth warmup``: compile everything ahead of the first start."""

from __future__ import annotations

import argparse
import time

from livedepth.cli.console import print_json, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print the time taken as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Compile every kernel, saying which, measure the engines anew and prove the fastest."""
    from livedepth.depth.registry import find_model, load_model
    from livedepth.depth.selection import forget
    from livedepth.warming import warm

    started = time.perf_counter()
    warm(lambda step: say(f"preparing: {step}"), scene=True)
    forget(find_model("embedded"))
    load_model("embedded", "auto", say).close()
    seconds = time.perf_counter() - started
    if arguments.json:
        print_json({"seconds": round(seconds, 3)})
    else:
        say(f"ready, in {seconds:.1f} s; later starts find it in the cache")
    return 0
