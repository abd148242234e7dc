from __future__ import annotations

import io

import pytest

from livedepth.cli.console import Progress, say, stats_table, table
from livedepth.stats import Stats


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_said_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("two\nlines  become   one")
    assert capsys.readouterr().err == "livedepth: two lines become one\n"


def test_a_table_lines_up() -> None:
    assert table([("a", "bb"), ("ccc", "d")]) == "a    bb\n---  --\nccc  d"


def test_the_stats_table_names_every_stage() -> None:
    text = stats_table(Stats().snapshot())
    for word in ("capture", "depth", "stabilise", "compose", "output", "frame age", "dropped"):
        assert word in text


def test_progress_is_sparse_where_nobody_watches_a_terminal() -> None:
    stream = io.StringIO()
    progress = Progress("frames", 1000, stream)
    for done in range(1, 1001):
        progress(done)
    progress.finish()
    lines = stream.getvalue().splitlines()
    assert len(lines) <= 21
    assert lines[-1] == "frames: 1000 of 1000 (100 %)"


def test_progress_rewrites_its_line_on_a_terminal() -> None:
    stream = Terminal()
    progress = Progress("frames", None, stream)
    progress(1)
    progress(2)
    progress.finish()
    assert stream.getvalue().count("\r") == 2
    assert stream.getvalue().endswith("frames: 2\x1b[K\n")
