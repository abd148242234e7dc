"""The benchmarks measure what they say; the figures themselves are judged elsewhere."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from livedepth.benchmarks.case import Result, interleaved_medians, machine
from livedepth.benchmarks.compositing import (
    plain_opencv_blur,
    scene_with_depth,
    textbook_blur,
)
from livedepth.cli.bench import NAMES
from livedepth.cli.main import main


def test_medians_are_of_each_candidate() -> None:
    fast, slow = interleaved_medians(
        lambda: time.sleep(0.001), lambda: time.sleep(0.01), rounds=5, warm_up=1
    )
    assert 0.001 <= fast < slow
    assert slow >= 0.01


def test_results_carry_the_documented_keys() -> None:
    result = Result("n", "1x1", 2.0, "ms", "other", 4.0, 2.0, "2 times faster", True)
    assert set(result.as_json()) == {
        "name", "size", "value", "unit", "yardstick", "ratio", "target", "met", "machine",
    }  # fmt: skip
    assert result.as_json()["yardstick"] == {"name": "other", "value": 4.0}
    assert "cores" in machine()


@pytest.mark.parametrize("recipe", [textbook_blur, plain_opencv_blur])
def test_the_yardsticks_keep_the_subject_and_blur_the_rest(recipe: object) -> None:
    image, depth = scene_with_depth(320, 180)
    matte = np.zeros_like(depth.matte)
    matte[:, : matte.shape[1] // 2] = 1.0
    picture = recipe(image, matte)  # type: ignore[operator]
    assert np.abs(picture[:, :120].astype(int) - image[:, :120]).mean() < 1.0
    detail = np.abs(np.diff(picture[:, 200:].astype(int), axis=1)).mean()
    assert detail < 0.6 * np.abs(np.diff(image[:, 200:].astype(int), axis=1)).mean()


def test_one_benchmark_can_be_run_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bench.json"
    assert main(["bench", "--only", "strength", "--json", str(file)]) == 0
    (result,) = json.loads(file.read_text(encoding="utf-8"))
    assert result["name"] == "strength"
    assert result["value"] > 0
    assert "strength 0.1" in capsys.readouterr().out


def test_every_name_has_a_function() -> None:
    from importlib import import_module

    for name, module in NAMES.items():
        assert callable(getattr(import_module(f"livedepth.benchmarks.{module}"), name))
