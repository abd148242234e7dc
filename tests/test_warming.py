from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from livedepth import warming


def test_every_step_is_reported() -> None:
    steps: list[str] = []
    warming.warm(steps.append, scene=True)
    assert steps[0] == "stabiliser"
    assert any("blur" in step for step in steps)
    assert steps[-1] == "synthetic scene"


def test_a_warm_cache_is_not_worth_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "warm", lambda report, scene: report("blur"))
    said: list[str] = []
    warming.warm_quietly(said.append)
    assert said == []


def test_a_cold_cache_says_what_it_is_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(report: object, scene: bool) -> None:
        time.sleep(0.3)
        report("blur")  # type: ignore[operator]

    monkeypatch.setattr(warming, "warm", slow)
    monkeypatch.setattr(warming, "_PATIENCE", 0.05)
    monkeypatch.setattr(warming, "_compiling", lambda: False)
    said: list[str] = []
    warming.warm_quietly(said.append)
    assert said == []
    monkeypatch.setattr(warming, "_compiling", lambda: True)
    warming.warm_quietly(said.append)
    assert "preparing kernels" in said[0]
    assert said[1] == "preparing: blur"


def test_a_damaged_cache_is_made_again(
    tmp_path: Path,
) -> None:
    """Of one kernel in a process of its own: the whole cache would take minutes."""
    module = tmp_path / "small_kernel.py"
    module.write_text(
        "from numba import njit\n\n@njit(cache=True)\ndef kernel(value):\n    return value + 1\n",
        encoding="utf-8",
    )
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import small_kernel; sys.modules['livedepth.small_kernel'] = small_kernel\n"
        "from livedepth import warming\n"
        "warming._warm = lambda report, scene: print('made', small_kernel.kernel(1))\n"
        "warming.warm(print)\n"
        "print('compiled', sum(small_kernel.kernel.stats.cache_misses.values()))\n"
    )

    def run() -> list[str]:
        result = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        )
        return result.stdout.splitlines()

    assert run() == ["made 2", "compiled 1"]
    assert run() == ["made 2", "compiled 0"]
    for ending in ("nbc", "nbi"):
        for file in (tmp_path / "cache").rglob(f"*.{ending}"):
            file.write_bytes(file.read_bytes()[:7])
        lines = run()
        assert "compiled anew" in lines[0]
        assert lines[1:] == ["made 2", "compiled 1"]
        assert run() == ["made 2", "compiled 0"]
