"""What the command line prints: lines on standard error, tables and JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO


def say(text: str) -> None:
    """Print one line on standard error, as livedepth's."""
    print(f"livedepth: {' '.join(text.split())}", file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print ``value`` as indented JSON on standard output."""
    print(json.dumps(value, indent=2))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns; the first row is the heading."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def stats_table(snapshot: dict[str, Any]) -> str:
    """The stage times and totals of a run, as text."""
    rows = [("stage", "p50 ms", "p95 ms")]
    for stage, times in snapshot["stages_ms"].items():
        rows.append((stage, f"{times['p50']:.2f}", f"{times['p95']:.2f}"))
    age = snapshot["frame_age_ms"]
    rows.append(("frame age", f"{age['p50']:.2f}", f"{age['p95']:.2f}"))
    totals = (
        f"{snapshot['frames_out']} frames sent of {snapshot['frames_in']}, "
        f"{snapshot['dropped']} dropped, {snapshot['fps']:.1f} frames a second, "
        f"frame age p99 {age['p99']:.1f} ms, CPU {snapshot['cpu_percent']:.0f} %, "
        f"{snapshot['rss_mb']:.0f} MB"
    )
    return f"{table(rows)}\n{totals}"


class Progress:
    """A line that counts, rewritten in place on a terminal and printed now and then elsewhere."""

    def __init__(self, what: str, total: int | None, stream: TextIO | None = None) -> None:
        self._what = what
        self._total = total
        self._stream = stream or sys.stderr
        self._shown = -1

    def __call__(self, done: int) -> None:
        """Show that ``done`` of the total are done."""
        step = done * 20 // self._total if self._total else done // 100
        if self._stream.isatty():
            self._stream.write(f"\r{self._text(done)}\x1b[K")
            self._stream.flush()
        elif step != self._shown:
            self._stream.write(self._text(done) + "\n")
            self._stream.flush()
        self._shown = step

    def finish(self) -> None:
        """End the line."""
        if self._stream.isatty() and self._shown >= 0:
            self._stream.write("\n")

    def _text(self, done: int) -> str:
        if self._total:
            return f"{self._what}: {done} of {self._total} ({100 * done // self._total} %)"
        return f"{self._what}: {done}"
