"""``livedepth models example``: a sidecar to start from."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There is nothing to choose."""


def run(_: argparse.Namespace) -> int:
    """Print the sidecar of an imagined model."""
    from livedepth.depth.description import EXAMPLE

    print(EXAMPLE, end="")
    return 0
