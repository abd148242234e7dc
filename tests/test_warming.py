from __future__ import annotations

import time

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
    said: list[str] = []
    warming.warm_quietly(said.append)
    assert "preparing kernels" in said[0]
    assert said[1] == "preparing: blur"
