"""``livedepth models bench``: the table, the JSON, what is absent, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from livedepth.benchmarks import architectures, comparison
from livedepth.benchmarks.architectures import Architecture, make_random_model
from livedepth.cli.main import main
from livedepth.depth.digest import sha256_of
from livedepth.depth.hub.store import LockedFile, Pulled, write_lock
from livedepth.depth.nvidia import nvidia_gpus

TINY = Architecture(24, 4, 2, (1, 2, 3, 4), (8, 12, 16, 24), 8, 8, 56)
QUICK = ["--repeat", "2", "--frame", "160x90"]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LIVEDEPTH_MODELS_DIR", str(tmp_path / "models"))


@pytest.fixture
def pulled(tmp_path: Path) -> Path:
    """A tiny model in the store, as if it had been pulled; its folder."""
    folder = tmp_path / "models" / "someone--tiny" / COMMIT
    folder.mkdir(parents=True)
    make_random_model(folder, "tiny", TINY)
    files = tuple(
        LockedFile(path.name, path.stat().st_size, sha256_of(path), path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
    )
    write_lock(Pulled("someone/tiny", "someone/tiny", "main", COMMIT, "mit", files))
    return folder


def test_a_model_in_two_engines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    engines = ["--engine", "opencv", "--engine", "onnxruntime"]
    assert main(["models", "bench", "embedded", *engines, *QUICK, "--json", str(file)]) == 0
    printed = capsys.readouterr()
    assert "p95 ms" in printed.out
    assert "reference" in printed.out
    assert "20 of 20" in printed.err
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["frame"] == [160, 90]
    assert "python" in told["versions"]
    assert told["absent"] == []
    found = {result["engine"]: result for result in told["results"]}
    assert set(found) >= {"opencv", "onnxruntime"}
    for engine in ("opencv", "onnxruntime"):
        result = found[engine]
        assert result["count"] == 2
        assert 0 < result["p50"] <= result["p95"]
        assert result["size"] == [320, 192]
        assert result["exact"] == "onnxruntime"
        assert result["correlation"] > 0.9999
        assert result["matte_difference"] < 1e-3


def test_every_model_here_is_measured_and_absent_engines_are_told_once(
    pulled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engines = ["--engine", "opencv", "--engine", "torch", "--engine", "cuda"]
    assert main(["models", "bench", *engines, *QUICK]) == 0
    out = capsys.readouterr().out
    rows = [line.split()[0] for line in out.splitlines() if line.split()[2:3] == ["torch"]]
    assert "embedded" in rows
    assert rows[-1] == "someone/tiny"
    assert "someone/tiny has none" in out
    if not nvidia_gpus():
        assert out.count("engine cuda: no NVIDIA GPU") == 1


def test_a_damaged_model_does_not_keep_the_others_from_being_measured(
    pulled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pulled / "model.safetensors").write_bytes(b"short")
    assert main(["models", "bench", "--engine", "opencv", *QUICK]) == 0
    out = capsys.readouterr().out
    assert "not measured: model someone/tiny is damaged" in out
    assert main(["models", "bench", "someone/tiny", "--engine", "torch", *QUICK]) == 1


def test_an_architecture_is_measured_without_a_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", TINY)
    file = tmp_path / "figures.json"
    arguments = ["--architecture", "tiny", "--engine", "torch", "--json", str(file)]
    sizes = ["--size", "70x42", "--size", "56x56", "--size", "57x57"]
    assert main(["models", "bench", *arguments, *sizes, *QUICK]) == 0
    told = json.loads(file.read_text(encoding="utf-8"))
    rows = [result for result in told["results"] if result["engine"] == "torch"]
    assert [result["size"] for result in rows] == [[70, 42], [56, 56]]
    assert "multiples of 14, the nearest 56x56" in capsys.readouterr().out
    assert told["absent"][0]["model"] == "tiny"


def test_an_interruption_prints_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measure = comparison.measure

    def interrupted(candidates, images, effort, progress=None):  # type: ignore[no-untyped-def]
        measure(candidates, images, effort, progress)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison, "measure", interrupted)
    assert main(["models", "bench", "embedded", "--engine", "opencv", *QUICK]) == 0
    printed = capsys.readouterr()
    assert "interrupted" in printed.err
    assert "opencv" in printed.out


@pytest.mark.skipif(bool(nvidia_gpus()), reason="there is an NVIDIA GPU")
def test_nothing_to_measure_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "bench", "embedded", "--engine", "cuda", *QUICK]) == 1
    printed = capsys.readouterr()
    assert "engine cuda: no NVIDIA GPU" in printed.out
    assert "nothing could be measured" in printed.err


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--repeat", "0"], 2, "--repeat"),
        (["--seconds", "0"], 2, "--seconds"),
        (["--seconds", "nan"], 2, "--seconds"),
        (["--json", "nowhere/at/all.json"], 2, "no folder"),
        (["--engine", "abacus"], 1, "abacus"),
        (["--architecture", "resnet"], 2, "resnet"),
        (["no-such-model"], 1, "no-such-model"),
    ],
)
def test_refusals_are_one_line(
    arguments: list[str], status: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "bench", *arguments]) == status
    printed = capsys.readouterr()
    assert text in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("size", ["100", "0x0", "9999x9999", "320x", "-5x5", "axb"])
def test_a_size_that_is_none_is_misuse(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["models", "bench", "embedded", f"--size={size}"])
    assert refused.value.code == 2
    assert "WIDTHxHEIGHT" in capsys.readouterr().err
