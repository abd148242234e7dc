"""``livedepth models compile``: built once, verified, and what cannot be is told."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from livedepth.cli.main import main
from livedepth.depth import engines
from livedepth.depth.files import ModelFiles
from livedepth.depth.nvidia import nvidia_gpus
from livedepth.depth.opencv_engine import OpenCVModel
from livedepth.errors import EngineError
from livedepth.frame import Image, Prediction

SMALL = ["--size", "96x64"]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("LIVEDEPTH_WIDTH", "320")
    monkeypatch.setenv("LIVEDEPTH_HEIGHT", "180")


class Workshop:
    """An engine that is built by making a file, and computes what OpenCV does, or upside down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.built: list[tuple[int, int]] = []
        self.wrong = False
        self.error: EngineError | None = None

    def path(self, size: tuple[int, int]) -> Path:
        return self.folder / f"{size[0]}x{size[1]}.engine"

    def is_built(self, files: ModelFiles, size: tuple[int, int]) -> bool:
        return self.path(size).exists()

    def build(
        self, files: ModelFiles, size: tuple[int, int], report: Callable[[str], None]
    ) -> Path:
        if self.error is not None:
            raise self.error
        report("hammering")
        self.built.append(size)
        self.path(size).touch()
        return self.path(size)

    def open(self, files: ModelFiles) -> OpenCVModel:
        model = OpenCVModel(files)
        model.engine = "workshop"
        return _UpsideDown(files) if self.wrong else model


class _UpsideDown(OpenCVModel):
    def infer(self, image: Image) -> Prediction:
        prediction = super().infer(image)
        return replace(prediction, depth=prediction.depth[::-1].copy())


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = Workshop(tmp_path)
    module = types.ModuleType("workshop_engine")
    vars(module).update(is_built=made.is_built, build=made.build, Model=made.open)
    monkeypatch.setitem(sys.modules, "workshop_engine", module)
    engine = engines.Engine("workshop_engine", "Model", (), ("onnx",), built=True)
    monkeypatch.setitem(engines.TABLE, "workshop", engine)
    return made


def test_an_engine_is_built_and_verified(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "compile", "embedded", "--engine", "workshop"]) == 0
    printed = capsys.readouterr()
    assert "hammering" in printed.err
    assert f"kept at {workshop.path((320, 192))}" in printed.out
    assert "agrees 1.000000 with onnxruntime in fp32" in printed.out
    assert workshop.built == [(320, 192)]


def test_what_is_built_already_is_left_alone(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["models", "compile", "embedded", "--engine", "workshop", *SMALL]
    assert main(arguments) == 0
    capsys.readouterr()
    assert main(arguments) == 0
    assert "built already" in capsys.readouterr().out
    assert workshop.built == [(96, 64)]
    assert main([*arguments, "--force"]) == 0
    assert workshop.built == [(96, 64), (96, 64)]


def test_every_size_is_built(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = [*SMALL, "--size", "64x64"]
    assert main(["models", "compile", "embedded", "--engine", "workshop", *sizes]) == 0
    assert workshop.built == [(96, 64), (64, 64)]
    assert "frames of 320x180 get 320x192 instead" in capsys.readouterr().err


def test_an_engine_that_is_wrong_is_refused(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.wrong = True
    assert main(["models", "compile", "embedded", "--engine", "workshop", *SMALL]) == 1
    error = capsys.readouterr().err
    assert "needs 0.999" in error


def test_a_build_that_fails_is_told(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    workshop.error = EngineError("engine workshop ran out of nails")
    assert main(["models", "compile", "embedded", "--engine", "workshop", *SMALL]) == 1
    assert "ran out of nails" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["opencv", "torch"])
def test_engines_with_nothing_to_build_are_verified(
    engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "compile", "embedded", "--engine", engine, *SMALL]) == 0
    out = capsys.readouterr().out
    assert "nothing to build" in out
    assert "agrees 1.0000" in out


def test_without_another_engine_nothing_is_confirmed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("livedepth.benchmarks.comparison.MAKERS", ("opencv",))
    assert main(["models", "compile", "embedded", "--engine", "opencv", *SMALL]) == 0
    assert "no other engine here in fp32" in capsys.readouterr().out


@pytest.mark.skipif(bool(nvidia_gpus()), reason="there is an NVIDIA GPU")
def test_without_a_gpu_tensorrt_is_absent(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "compile", "embedded"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "engine tensorrt" in error
    assert error.endswith("; --engine NAME verifies another\n")
    assert main(["models", "compile", "embedded", "--engine", "tensorrt"]) == 1
    assert "--engine" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["embedded", "--engine", "abacus"], 1, "abacus"),
        (["no-such-model", "--engine", "opencv"], 1, "no-such-model"),
        (["embedded", "--engine", "opencv", "--size", "100x100"], 2, "the nearest 96x96"),
    ],
)
def test_refusals_are_one_line(
    arguments: list[str], status: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "compile", *arguments]) == status
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1
