"""What keeps an engine from running a model, seen without loading it."""

from __future__ import annotations

import importlib.util

import pytest

from livedepth.depth import engines
from livedepth.depth.registry import find_model


@pytest.mark.parametrize(
    ("engine", "extra"),
    [
        ("onnxruntime", "onnxruntime"),
        ("torch", "torch"),
        ("cuda", "torch"),
        ("tensorrt", "tensorrt"),
    ],
)
def test_the_extra_named_brings_all_that_an_engine_needs(
    engine: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = engines.obstacle(find_model("embedded"), engine)
    assert said.endswith(f"is not installed; `pip install 'livedepth[{extra}]'`")
