"""Engines built in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from engine_doubles import Built, table_of

from livedepth.depth import building
from livedepth.depth.building import Build
from livedepth.depth.child import Child
from livedepth.depth.engines import build, is_built
from livedepth.depth.registry import find_model
from livedepth.errors import EngineError

FILES = find_model("embedded")
SIZE = (320, 192)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path / "cache"))


def test_a_build_tells_its_steps_and_leaves_an_engine() -> None:
    said: list[str] = []
    with table_of(Built):
        assert not is_built(FILES, "built", SIZE)
        assert Build(FILES, "built", SIZE, said.append).wait() >= 0.3
        assert is_built(FILES, "built", SIZE)
        assert not is_built(FILES, "built", (192, 320))
    assert said == [
        "building engine built for 320x192; this may take minutes, once",
        "engine built for 320x192: tracing the network",
        "engine built for 320x192: saved",
    ]


def test_a_long_build_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_HEARTBEAT", 0.2)
    monkeypatch.setenv("BUILD_SECONDS", "1")
    said: list[str] = []
    with table_of(Built):
        Build(FILES, "built", SIZE, said.append).wait()
    assert any("still building, " in line for line in said)


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ("failed", "engine built for 320x192 could not be built: an operation is not known"),
        ("crash", "could not be built: its process was ended by SIGABRT"),
    ],
)
def test_a_failure_is_an_engine_error(
    how: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_ENDS", how)
    with table_of(Built), pytest.raises(EngineError, match=complaint) as caught:
        Build(FILES, "built", SIZE, lambda text: None).wait()
    assert "\n" not in str(caught.value)


def test_what_breaks_while_it_is_told_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> None:
        raise BrokenPipeError(text)

    monkeypatch.setenv("BUILD_SECONDS", "50")
    with table_of(Built):
        build = Build(FILES, "built", SIZE, broken)
        with pytest.raises(EngineError, match="this may take minutes"):
            build.wait()
    assert build._child._process.returncode is not None


def test_a_library_that_fails_is_named_by_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_SECONDS", "soon")
    with table_of(Built), pytest.raises(EngineError, match=r"^engine built: could not convert"):
        build(FILES, "built", SIZE, print)


def test_a_build_may_be_cancelled_from_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_SECONDS", "50")
    started = time.monotonic()
    with table_of(Built):
        build = Build(FILES, "built", SIZE, lambda text: None)
        threading.Timer(0.3, build.cancel).start()
        with pytest.raises(EngineError):
            build.wait()
        build.cancel()
    assert time.monotonic() - started < 30


def test_without_an_interpreter_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineError, match="no process can be started"):
        Child("livedepth.depth.building", None)


def test_a_child_ends_with_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    psutil = pytest.importorskip("psutil")
    monkeypatch.setenv("BUILD_SECONDS", "50")
    script = (
        "import os, sys\n"
        "from engine_doubles import Built, table_of\n"
        "from livedepth.depth.building import Build\n"
        "from livedepth.depth.registry import find_model\n"
        "with table_of(Built):\n"
        "    build = Build(find_model('embedded'), 'built', (320, 192), print)\n"
        "    print(build._child._process.pid, flush=True)\n"
        "    build.wait()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**__import__("os").environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert parent.stdout is not None
    with parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(30)
