"""Engines in the order of their measured speed, and when that is measured."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from engine_doubles import Built, Crashing, Double, Flat, Wrong, table_of

from livedepth.cli.main import main
from livedepth.depth import engines, selection
from livedepth.depth.cache import cache_folder
from livedepth.depth.measuring import Standing, measure, milliseconds
from livedepth.depth.registry import find_model, load_model, verdicts
from livedepth.depth.selection import forget, refuse, remembered, standings
from livedepth.errors import ModelError

FILES = find_model("embedded")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(folder))
    monkeypatch.setenv("MAIN_PROCESS", str(os.getpid()))
    return folder


@pytest.fixture
def said() -> list[str]:
    return []


def pretend(*found: Standing) -> None:
    """Remember these as if they had been measured."""
    selection.remember(FILES, list(found))


def test_a_single_engine_is_not_measured(said: list[str], cache: Path) -> None:
    with table_of():
        assert standings(FILES, said.append) == [Standing("opencv")]
        with closing(load_model("embedded", "auto", said.append)) as model:
            assert model.engine == "opencv"
    assert said == ["model embedded on engine opencv (CPU, fp32)"]
    assert not (cache / "standings").exists()


def test_several_are_measured_once_the_fastest_first(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with table_of(Double, Wrong, Crashing, Built):
        first = standings(FILES, said.append)
        assert said == [
            "measuring the engines double, wrong, crashing, built, opencv on model embedded, once "
            "on this machine"
        ]
        remembered_as = [replace(standing, cut_off=0) for standing in first]
        pretend(*remembered_as)
        monkeypatch.setattr("livedepth.depth.measuring.measure", None)
        assert standings(FILES, said.append) == remembered_as
    assert len(said) == 1
    by_name = {standing.engine: standing for standing in first}
    assert [standing.engine for standing in first[:3]] == ["double", "opencv", "built"]
    assert 0 < by_name["double"].milliseconds < by_name["opencv"].milliseconds
    assert by_name["double"].device == "pretended"
    assert by_name["built"].unbuilt
    assert by_name["wrong"].reason.startswith("engine wrong disagrees with the reference")
    assert by_name["crashing"].reason.startswith(
        "engine crashing: its process was ended by SIGABRT"
    )


def test_what_was_cut_off_is_measured_again_at_a_few_starts(said: list[str]) -> None:
    with table_of(Double, Crashing):
        for turn in (1, 2, 3, 3):
            found = {each.engine: each for each in standings(FILES, said.append)}
            assert found["crashing"].cut_off == turn
            assert found["double"].cut_off == 0
        assert (
            said[1:]
            == ["measuring the engines crashing on model embedded, again, as that was cut off"] * 2
        )


def test_an_engine_that_was_cut_off_once_is_taken_when_it_is_well(said: list[str]) -> None:
    with table_of(Double):
        killed = Standing("double", reason="engine double: killed", cut_off=2)
        pretend(Standing("opencv", 5.6), killed)
        assert standings(FILES, said.append)[0].engine == "double"
        well = {each.engine: each for each in remembered(FILES)}
        assert (well["double"].reason, well["double"].cut_off) == ("", 0)
        assert well["opencv"] == Standing("opencv", 5.6)


def test_warming_up_measures_whatever_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedepth.warming.warm", lambda *arguments, **options: None)
    with table_of(Double):
        killed = Standing("double", reason="engine double: killed", cut_off=3)
        pretend(Standing("opencv", 1e6), killed)
        assert main(["warmup"]) == 0
        found = {each.engine: each for each in remembered(FILES)}
    assert found["double"].reason == ""
    assert found["opencv"].milliseconds < 1e6


def test_auto_takes_the_fastest_and_says_why(said: list[str]) -> None:
    with table_of(Double, Flat):
        pretend(
            Standing("opencv", 5.61, "CPU", "fp32"),
            Standing("double", 4.12, "pretended", "fp32"),
            Standing("flat", reason="engine flat returns a flat map"),
        )
        engines.TABLE["absent"] = engines.Engine("nowhere", "None", ("no_such_library",), ("onnx",))
        with closing(load_model("embedded", "auto", said.append)) as model:
            assert model.engine == "double"
    assert said == [
        "model embedded on engine double (pretended, fp32): 4.12 ms a frame; opencv 5.61 ms; "
        "flat: returns a flat map; absent: no_such_library is not installed"
    ]


def test_the_fastest_is_proven_at_every_start(said: list[str]) -> None:
    with table_of(Wrong):
        pretend(Standing("opencv", 5.6), Standing("wrong", 0.1))
        with closing(load_model("embedded", "auto", said.append)) as model:
            assert model.engine == "opencv"
    assert said[0].startswith("engine passed over: engine wrong disagrees")
    assert said[1].startswith("model embedded on engine opencv (CPU, fp32): 5.6 ms a frame")


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(engines, "machine", lambda: ["another GPU"]),
        lambda patch: patch.setattr(engines, "library_versions", lambda name: {"torch": "99"}),
        lambda patch: patch.setattr(selection, "VERSION", "99"),
        lambda patch: patch.setattr(selection, "digest", lambda files: "0" * 64),
        lambda patch: engines.TABLE.update(more=engines.TABLE["double"]),
    ],
)
def test_other_conditions_are_measured_anew(change: object) -> None:
    with table_of(Double), pytest.MonkeyPatch.context() as patch:
        pretend(Standing("opencv", 5.6), Standing("double", 4.1))
        assert len(remembered(FILES)) == 2
        change(patch)  # type: ignore[operator]
        assert remembered(FILES) == []


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        '{"standings": [{"engine": "opencv", "speed": 3}]}',
        '{"standings": [{"engine": "opencv", "milliseconds": "fast"}]}',
        '{"standings": [{"engine": "opencv", "milliseconds": -1}]}',
        '{"standings": [{"engine": 3}]}',
        '{"standings": [{"engine": "opencv", "cut_off": "twice"}]}',
        '{"standings": 7}',
    ],
)
def test_damaged_figures_are_measured_anew(damage: str) -> None:
    with table_of(Double):
        pretend(Standing("opencv", 5.6), Standing("double", 4.1))
        (file,) = (cache_folder() / "standings").iterdir()
        stored = json.loads(file.read_text(encoding="utf-8"))
        text = damage
        if damage.startswith('{"'):
            text = json.dumps(stored | json.loads(damage))
        file.write_text(text, encoding="utf-8")
        assert remembered(FILES) == []


def test_the_version_of_what_tensorrt_runs_on_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda distribution: "7.0")
    assert engines.library_versions("tensorrt")["tensorrt"] == "7.0"


def test_a_refusal_is_remembered_until_forgotten() -> None:
    with table_of(Double):
        refuse(FILES, "double", "engine double: broken")
        assert remembered(FILES) == []
        pretend(Standing("opencv", 5.6), Standing("double", unbuilt=True))
        refuse(FILES, "double", "engine double: broken")
        assert {each.engine: each.reason for each in remembered(FILES)} == {
            "opencv": "",
            "double": "engine double: broken",
        }
        forget(FILES)
        assert remembered(FILES) == []
        forget(FILES)


def test_a_cache_that_cannot_be_written_costs_the_figures_only(
    said: list[str], cache: Path
) -> None:
    cache.write_text("in the way", encoding="utf-8")
    with table_of(Double):
        found = standings(FILES, said.append)
    assert [standing.engine for standing in found] == ["double", "opencv"]
    assert "what was measured is not kept" in said[1]
    assert "LIVEDEPTH_CACHE_DIR" in said[1]


def test_verdicts_carry_what_was_measured() -> None:
    with table_of(Double, Flat, Built):
        pretend(
            Standing("opencv", 5.6, "CPU", "fp32"),
            Standing("double", 4.1, "pretended", "fp32"),
            Standing("flat", reason="engine flat returns a flat map"),
            Standing("built", unbuilt=True),
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("livedepth.depth.registry.ENGINES", tuple(engines.TABLE))
            for again in (True, False):
                texts = {each.engine: str(each) for each in verdicts(again=again)}
                assert texts == {
                    "double": "works (pretended, fp32), 4.1 ms a frame, taken by auto",
                    "flat": "engine flat returns a flat map",
                    "built": "engine built is not built yet; `livedepth models compile`",
                    "opencv": "works (CPU, fp32), 5.6 ms a frame",
                }


def test_a_broken_file_is_the_models_fault(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model" * 9)
    path.with_suffix(".toml").write_text(
        '[input]\nwidth = 320\nheight = 192\n[output]\ndisparity = ""\n', encoding="utf-8"
    )
    with table_of(Double), pytest.raises(ModelError, match=r"broken\.onnx") as caught:
        load_model(str(path), "auto", said.append)
    assert "\n" not in str(caught.value)


def test_auto_imports_no_library_of_an_engine_that_is_not_taken(tmp_path: Path) -> None:
    import subprocess

    script = (
        "import sys, livedepth\n"
        "from livedepth.depth import selection\n"
        "from livedepth.depth.measuring import Standing\n"
        "files = __import__('livedepth.depth.registry', fromlist=['x']).find_model('embedded')\n"
        "from livedepth.depth.engines import TABLE, obstacle\n"
        "able = [name for name in TABLE if not obstacle(files, name)]\n"
        "selection.remember(files, [Standing(name, 1.0 + (name != 'opencv')) for name in able])\n"
        "livedepth.load_model(report=lambda text: None)\n"
        "print(' '.join(sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=tmp_path,
    )
    assert not {"torch", "onnxruntime", "transformers"} & set(done.stdout.split())


def test_time_is_the_median_of_inferences() -> None:
    with table_of(Double):
        model = load_model("embedded", "double")
    assert 0 < milliseconds(model) < 1000


def test_an_engine_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "hanging_engine.py").write_text("import time\ntime.sleep(90)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("livedepth.depth.measuring._LONGEST", 0.5)
    with table_of():
        engines.TABLE["hanging"] = engines.Engine("hanging_engine", "Model", (), ("onnx",))
        assert measure(FILES, "hanging") == Standing(
            "hanging", reason="engine hanging: it did not answer within 0.5 s", cut_off=1
        )


def test_what_an_engine_says_itself_is_no_cut() -> None:
    with table_of(Wrong):
        found = measure(FILES, "wrong")
    assert "disagrees" in found.reason
    assert found.cut_off == 0
