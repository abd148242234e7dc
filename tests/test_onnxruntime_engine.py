"""Which provider runs a model, and that a provider which does not load is passed over aloud."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")

from livedepth.depth.onnxruntime_engine import PROVIDERS, ONNXRuntimeModel, QuantisedModel  # noqa: E402
from livedepth.depth.registry import built_in_models, load_model  # noqa: E402
from livedepth.errors import EngineError, ModelError  # noqa: E402

FILES = built_in_models()["embedded"]
CPU = "CPUExecutionProvider"
Session = onnxruntime.InferenceSession


class Offer:
    """Pretends that providers are there; the CPU does their work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *offered: str) -> None:
        self.broken: set[str] = set()
        self.raising: set[str] = set()
        self.options: dict[str, Any] = {}
        self.asked: list[str] = []
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*offered, CPU])
        monkeypatch.setattr(onnxruntime, "InferenceSession", self.open)

    def open(self, contents: bytes, options: Any, providers: list[str]) -> Any:
        first = providers[0]
        self.asked.append(first)
        self.options[first] = options
        if first in self.raising:
            raise RuntimeError(f"{first} has no device\nand more")
        session = Session(contents, options, providers=[CPU])
        working = [name for name in providers if name not in self.broken]
        session.get_providers = lambda: working
        return session


def test_the_cpu_runs_where_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    Offer(monkeypatch)
    with closing(ONNXRuntimeModel(FILES)) as model:
        assert (model.engine, model.device, model.precision) == ("onnxruntime", "CPU", "fp32")
        assert model.warnings == ()


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != CPU])
def test_an_accelerator_is_taken_and_named(
    monkeypatch: pytest.MonkeyPatch, provider: str, picture: np.ndarray
) -> None:
    offer = Offer(monkeypatch, "TensorrtExecutionProvider", provider)
    with closing(ONNXRuntimeModel(FILES)) as model:
        assert model.device == PROVIDERS[provider]
        assert np.isfinite(model.infer(picture).depth).all()
    assert offer.asked == [provider]


def test_they_are_tried_in_the_order_of_preference(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = Offer(monkeypatch, "DmlExecutionProvider", "CUDAExecutionProvider")
    offer.broken = {"CUDAExecutionProvider"}
    offer.raising = {"DmlExecutionProvider"}
    with closing(ONNXRuntimeModel(FILES)) as model:
        assert model.device == "CPU"
        assert len(model.warnings) == 2
        assert "CUDAExecutionProvider" in model.warnings[0]
        assert "no device" in model.warnings[1]
        assert not any("\n" in line for line in model.warnings)
    assert offer.asked == ["CUDAExecutionProvider", "DmlExecutionProvider", CPU]


def test_direct_ml_gets_the_options_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = Offer(monkeypatch, "DmlExecutionProvider")
    ONNXRuntimeModel(FILES).close()
    options = offer.options["DmlExecutionProvider"]
    assert not options.enable_mem_pattern
    assert options.execution_mode == onnxruntime.ExecutionMode.ORT_SEQUENTIAL


def test_a_provider_that_fails_while_running_is_an_engine_s_failure(
    monkeypatch: pytest.MonkeyPatch, picture: np.ndarray
) -> None:
    Offer(monkeypatch, "CUDAExecutionProvider")

    def run(*_: object) -> None:
        raise RuntimeError("CUDA failure 700\nillegal address")

    with closing(ONNXRuntimeModel(FILES)) as model:
        model._session.run = run
        with pytest.raises(EngineError, match=r"failed on NVIDIA GPU.*700") as caught:
            model.infer(picture)
    assert "\n" not in str(caught.value)


def test_a_size_that_a_model_does_not_take_is_the_model_s(picture: np.ndarray) -> None:
    wrong = dataclasses.replace(FILES.description, width=33, height=33, multiple=0)
    with (
        closing(ONNXRuntimeModel(dataclasses.replace(FILES, description=wrong))) as model,
        pytest.raises(ModelError, match="does not run at 33x33") as caught,
    ):
        model.infer(picture)
    assert not isinstance(caught.value, EngineError)


def test_a_model_without_an_onnx_file_is_not_for_it(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="has none"):
        ONNXRuntimeModel(dataclasses.replace(FILES, onnx=None))
    with pytest.raises(ModelError, match="cannot be read"):
        ONNXRuntimeModel(dataclasses.replace(FILES, onnx=tmp_path / "absent.onnx"))


INFER = """
import numpy as np
from livedepth.depth.onnxruntime_engine import ONNXRuntimeModel
from livedepth.depth.registry import built_in_models
model = ONNXRuntimeModel(built_in_models()["embedded"])
model.infer(np.zeros((192, 320, 3), np.uint8))
model.close()
"""


def test_nothing_is_written_about_the_machine(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    mine = ("XDG_", "ORT_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    environment |= {"HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", INFER], env=environment, check=True)
    assert list(home.rglob("*")) == []


def test_telemetry_is_off_where_the_library_was_there_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(
        onnxruntime, "disable_telemetry_events", lambda: calls.append("off"), raising=False
    )
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: calls.append("asked") or [CPU]
    )
    ONNXRuntimeModel(FILES).close()
    assert calls == ["off", "asked"]
    monkeypatch.delattr(onnxruntime, "disable_telemetry_events")
    ONNXRuntimeModel(FILES).close()


def test_the_8_bit_network_stays_on_the_processor(
    monkeypatch: pytest.MonkeyPatch, picture: np.ndarray
) -> None:
    offer = Offer(monkeypatch, "CUDAExecutionProvider")
    with closing(QuantisedModel(FILES)) as model:
        assert (model.engine, model.device, model.precision) == ("onnxruntime-int8", "CPU", "int8")
        assert np.isfinite(model.infer(picture).depth).all()
    assert offer.asked == [CPU]


def test_a_model_without_8_bits_is_refused_by_name() -> None:
    with pytest.raises(EngineError, match="onnxruntime-int8 runs ONNX files; embedded has none"):
        QuantisedModel(dataclasses.replace(FILES, quantised=None))


def test_an_8_bit_file_beside_a_model_is_found_and_a_broken_one_is_named(tmp_path: Path) -> None:
    assert FILES.onnx is not None
    for suffix in (".onnx", ".toml", ".int8.onnx"):
        shutil.copy(FILES.onnx.with_suffix(suffix), tmp_path / f"mine{suffix}")
    path = tmp_path / "mine.onnx"
    with closing(load_model(str(path), "onnxruntime-int8")) as model:
        assert model.precision == "int8"
    (tmp_path / "mine.int8.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"mine\.int8\.onnx is not an ONNX model"):
        load_model(str(path), "onnxruntime-int8")
