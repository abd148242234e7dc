"""Results as a table."""

from __future__ import annotations

from collections.abc import Sequence

from livedepth.benchmarks.case import Result
from livedepth.cli.console import table


def print_results(results: Sequence[Result]) -> None:
    """One row each: value, yardstick, target, and whether it was met."""
    rows = [("figure", "size", "value", "yardstick", "", "target", "met")]
    for result in results:
        rows.append(
            (
                result.name,
                result.size,
                f"{result.value:g} {result.unit}",
                f"{result.yardstick:g} {result.unit}",
                result.yardstick_name,
                result.target,
                "yes" if result.met else "NO",
            )
        )
    print(table(rows))
