from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from engine_doubles import Double, Flat, Wrong, table_of

from livedepth.depth.preprocessing import network_size
from livedepth.depth.registry import (
    BUILT_IN,
    ENGINES,
    WEIGHTS,
    built_in_models,
    find_model,
    load_model,
    verdicts,
)
from livedepth.errors import EngineError, ModelError
from livedepth.settings import KNOBS

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


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def teacher(tmp_path: Path, shared_data: Path) -> Path:
    path = tmp_path / "teacher.onnx"
    shutil.copy(shared_data / "teacher" / "tcmonodepth_tcsmallnet_192x320.onnx", path)
    path.with_suffix(".toml").write_text(TEACHER, encoding="utf-8")
    return path


def test_the_embedded_network_ships_and_is_small() -> None:
    files = built_in_models()["embedded"]
    path, description = files.onnx, files.description
    assert path is not None
    assert path.stat().st_size <= 4_000_000
    assert (WEIGHTS / "embedded.safetensors").stat().st_size <= 4_000_000
    assert description.licence


def test_a_foreign_model_runs_from_its_file(teacher: Path, picture: np.ndarray) -> None:
    said: list[str] = []
    with table_of(), closing(load_model(str(teacher), "auto", said.append)) as model:
        prediction = model.infer(picture)
    assert prediction.depth.shape == (192, 320)
    assert prediction.matte is None
    assert said[-1] == "model teacher on engine opencv (CPU, fp32)"


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
    with table_of(), pytest.raises(ModelError, match="no output 'depth'; it has output"):
        load_model(str(teacher))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("tiny", "no model 'tiny'; known: embedded"),
        ("gone.onnx", "model file gone.onnx does not exist"),
        ("weights.pt", r"an ONNX file \(NAME.onnx\), or a folder"),
        ("../m/nope", r"there is no file or folder \.\./m/nope$"),
        ("/nowhere/at/all", "there is no file or folder /nowhere/at/all$"),
        ("foo/bar", "`livedepth models pull foo/bar` fetches it, if the hub has it"),
        ("embedded@abc", "'abc' is not an input size; write NAME@WIDTHxHEIGHT"),
        ("embedded@-5x10", "'-5x10' is not an input size; write NAME@WIDTHxHEIGHT"),
        ("me@work/nope/m", "there is no file or folder me@work/nope/m"),
    ],
)
def test_a_model_that_is_not_there_is_named(name: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        find_model(name)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(ModelError, match=r"folder\.onnx"):
        find_model(str(tmp_path / "folder.onnx"))


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EngineError, match="no engine 'abacus'; known: auto, opencv"):
        load_model("embedded", "abacus")


def test_the_settings_know_every_engine() -> None:
    assert set(KNOBS["engine"].choices) == {"auto", *ENGINES}


def test_sizes_of_the_embedded_network_share_its_weights() -> None:
    models = built_in_models()
    assert tuple(models) == BUILT_IN
    assert len({files.onnx for files in models.values()}) == 1
    sizes = {name: network_size(files.description, 1280, 720) for name, files in models.items()}
    assert sizes == {
        "embedded": (320, 192),
        "embedded-small": (224, 128),
        "embedded-large": (448, 256),
    }
    for name, files in models.items():
        assert files.safetensors == WEIGHTS / "embedded.safetensors"
        assert files.description.name == name
        width, height = network_size(files.description, 480, 640)
        assert width < height


def test_a_sidecar_may_name_the_file_that_it_describes(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS / "embedded.onnx", tmp_path / "net.onnx")
    text = (WEIGHTS / "embedded-small.toml").read_text(encoding="utf-8")
    sidecar = tmp_path / "tiny.toml"
    sidecar.write_text(text.replace("embedded.onnx", "net.onnx"), encoding="utf-8")
    files = find_model(str(sidecar))
    assert files.onnx == tmp_path / "net.onnx"
    assert files.description.width == 224
    for bad in ("../net.onnx", "/net.onnx", "net.bin"):
        sidecar.write_text(text.replace("embedded.onnx", bad), encoding="utf-8")
        with pytest.raises(ModelError, match="the name of an ONNX file beside it"):
            find_model(str(sidecar))


def test_a_name_may_carry_an_input_size() -> None:
    description = find_model("embedded@416x224").description
    assert (description.width, description.height) == (416, 224)
    with pytest.raises(ModelError, match="multiples of 32"):
        find_model("embedded@420x230")


def test_a_known_model_that_is_not_here_can_be_pulled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEDEPTH_MODELS_DIR", str(tmp_path))
    with pytest.raises(ModelError, match="is not here; `livedepth models pull depth-anything-v2-"):
        find_model("depth-anything-v2-small")


@pytest.mark.parametrize(
    ("engine", "expected"), [("wrong", "wrong disagrees with the reference: 0.9"), ("flat", "flat")]
)
def test_an_engine_asked_for_by_name_is_proven(engine: str, expected: str) -> None:
    with table_of(Wrong, Flat), pytest.raises(EngineError, match=expected):
        load_model("embedded", engine)
    assert Double.made[-1].closed == 1


def test_when_no_engine_works_every_reason_is_given() -> None:
    table = table_of(Wrong, Flat, real=())
    with table, pytest.raises(EngineError, match=r"wrong disagrees .*; engine flat returns a flat"):
        load_model("embedded", "auto", lambda text: None)


def test_verdicts_cover_every_engine() -> None:
    results = {verdict.engine: verdict for verdict in verdicts()}
    assert list(results) == list(ENGINES)
    assert results["opencv"].reason == ""
    assert (results["opencv"].device, results["opencv"].precision) == ("CPU", "fp32")
    for engine, verdict in results.items():
        assert verdict.reason == "" or engine in verdict.reason
        assert "\n" not in verdict.reason


@pytest.mark.skipif(os.name == "nt", reason="the stand-in library is found by its POSIX name")
@pytest.mark.parametrize("error", ["OSError('libcudart is missing')", "RuntimeError('bad\\nABI')"])
def test_a_broken_library_is_a_reason_and_no_crash(
    error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_engine.py").write_text(f"raise {error}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    from livedepth.depth import engines

    with table_of():
        engines.TABLE["broken"] = engines.Engine("broken_engine", "Model", (), ("onnx",))
        with pytest.raises(EngineError, match=r"engine broken: (libcudart is missing|bad ABI)"):
            load_model("embedded", "broken")
