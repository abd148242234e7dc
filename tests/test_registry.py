from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from livedepth.depth import registry
from livedepth.depth.registry import (
    ENGINES,
    WEIGHTS,
    built_in_models,
    find_model,
    load_model,
    self_test,
    verdicts,
)
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Prediction

TEACHER = """\
[input]
width = 320
height = 192
scale = 1.0
colour = "rgb"
[output]
disparity = ""
[model]
name = "teacher"
"""


@pytest.fixture
def teacher(tmp_path: Path, shared_data: Path) -> Path:
    path = tmp_path / "teacher.onnx"
    shutil.copy(shared_data / "teacher" / "tcmonodepth_tcsmallnet_192x320.onnx", path)
    path.with_suffix(".toml").write_text(TEACHER, encoding="utf-8")
    return path


def test_the_embedded_network_ships_and_is_small() -> None:
    path, description = built_in_models()["embedded"]
    assert path.stat().st_size <= 4_000_000
    assert (WEIGHTS / "embedded.safetensors").stat().st_size <= 4_000_000
    assert description.licence


def test_a_foreign_model_runs_from_its_file(teacher: Path, picture: np.ndarray) -> None:
    said: list[str] = []
    with closing(load_model(str(teacher), "auto", said.append)) as model:
        prediction = model.infer(picture)
    assert prediction.depth.shape == (192, 320)
    assert prediction.matte is None
    assert said[-1] == "model teacher on engine opencv"


def test_a_foreign_model_of_the_wrong_size_is_refused(teacher: Path) -> None:
    teacher.with_suffix(".toml").write_text(
        TEACHER.replace("width = 320", "width = 352"), encoding="utf-8"
    )
    with pytest.raises(ModelError, match=r"teacher does not run at 352x192.*check the size"):
        load_model(str(teacher), "opencv")


def test_a_wrong_output_name_is_refused_with_those_there_are(teacher: Path) -> None:
    teacher.with_suffix(".toml").write_text(
        TEACHER.replace('disparity = ""', 'disparity = "depth"'), encoding="utf-8"
    )
    with pytest.raises(ModelError, match="no output 'depth'; it has output"):
        load_model(str(teacher))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("tiny", "no model 'tiny'; known: embedded"),
        ("gone.onnx", "model file gone.onnx does not exist"),
        ("weights.pt", r"or an ONNX file \(NAME.onnx\)"),
    ],
)
def test_a_model_that_is_not_there_is_named(name: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        find_model(name)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(ModelError, match="does not exist"):
        find_model(str(tmp_path / "folder.onnx"))


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EngineError, match="no engine 'abacus'; known: auto, opencv"):
        load_model("embedded", "abacus")


def test_auto_falls_back_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr(
        "livedepth.depth.opencv_engine.OpenCVModel.infer",
        lambda self, image: Prediction(np.zeros((4, 4), np.float32)),
    )
    said: list[str] = []
    with closing(load_model("embedded", "auto", said.append)) as model:
        assert model.engine == "onnxruntime"
    assert said == [
        "engine passed over: model embedded on engine opencv returns a flat map",
        "model embedded on engine onnxruntime",
    ]


def test_when_no_engine_works_every_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, description: object, engine: str) -> None:
        raise EngineError(f"{engine} is broken")

    monkeypatch.setattr(registry, "_proven", refuse)
    with pytest.raises(EngineError) as caught:
        load_model()
    for engine in ENGINES:
        assert f"{engine} is broken" in str(caught.value)


def test_verdicts_cover_every_engine() -> None:
    results = verdicts()
    assert [verdict.engine for verdict in results] == list(ENGINES)
    assert results[0].reason == ""


class Fake:
    name, engine = "fake", "none"

    def __init__(self, depth: np.ndarray, matte: np.ndarray | None = None) -> None:
        self.prediction = Prediction(depth, matte)

    def infer(self, image: Image) -> Prediction:
        return self.prediction

    def close(self) -> None:
        pass


def test_the_self_test_refuses_flat_maps_and_unequal_shapes() -> None:
    ramp = np.arange(12, dtype=np.float32).reshape(3, 4)
    self_test(Fake(ramp, ramp))
    with pytest.raises(ModelError, match="flat map"):
        self_test(Fake(np.ones((3, 4), np.float32)))
    with pytest.raises(ModelError, match="differ in shape"):
        self_test(Fake(ramp, ramp.T))
