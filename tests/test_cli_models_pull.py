"""``livedepth models pull``, against a hub on loopback, and its models in an engine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import hub_models
import numpy as np
import pytest
from hub_server import HubServer, serving

from livedepth.cli.main import main
from livedepth.depth.hub import catalogue, store
from livedepth.depth.hub.folder import read_folder
from livedepth.depth.registry import load_model
from livedepth.depth.torch_engine import TorchModel
from livedepth.errors import ModelError

pytest.importorskip("transformers", reason="the hub's models need livedepth[torch]")

METRIC = "someone/metric"
SMALL = "depth-anything-v2-small"
LARGE = "depth-anything-v2-large"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("LIVEDEPTH_MODELS_DIR", str(tmp_path / "models"))
    with serving() as server:
        server.publish(METRIC, hub_models.depth_anything(20))
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server


def publish(hub: HubServer, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let a tiny model stand for one of the catalogue's."""
    known = catalogue.MODELS[name]
    commit = hub.publish(known.repository, hub_models.depth_anything())
    entry = catalogue.HubModel(
        name, known.repository, commit, known.family, 0.1, 1, (56, 56), known.licence
    )
    monkeypatch.setitem(catalogue.MODELS, name, entry)


def test_pulling_says_what_came_and_is_quiet_the_second_time(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    publish(hub, monkeypatch, SMALL)
    assert main(["models", "pull", SMALL]) == 0
    output, said = capfd.readouterr()
    assert output == ""
    lines = said.splitlines()
    assert lines[-1].startswith(f"livedepth: {SMALL} is here: 0.3 MB, version ")
    # Nothing but livedepth's own lines: the library's bars and the hub's notices are not shown.
    assert all(line.startswith((f"pulling {SMALL}, MB: ", "livedepth: ")) for line in lines)
    hub.shutdown()
    hub.server_close()
    assert main(["models", "pull", SMALL]) == 0
    assert capfd.readouterr() == (f"{SMALL} is here\n", "")


def test_the_table_says_what_is_here(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(hub, monkeypatch, SMALL)
    assert main(["models", "pull", SMALL, METRIC]) == 0
    capsys.readouterr()
    assert main(["models", "pull"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert set(catalogue.MODELS) <= set(rows)
    here = {name for name, line in rows.items() if line.endswith("yes")}
    assert here == {SMALL, METRIC}
    assert "CC-BY-NC-4.0" in rows[LARGE]
    assert "metres, to 20" in rows["depth-anything-v2-metric-indoor-small"]
    assert main(["models", "pull", "--json"]) == 0
    listed = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed[SMALL]["here"]
    assert listed[METRIC]["here"]
    assert not listed[LARGE]["here"]


def test_json_tells_where_the_files_are(hub: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", METRIC, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["fetched"]
    assert (Path(row["folder"]) / "model.safetensors").is_file()
    assert main(["models", "pull", METRIC, "--json"]) == 0
    output, said = capsys.readouterr()
    assert not json.loads(output)[0]["fetched"]
    assert said == ""


def test_a_non_commercial_licence_is_said_first(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(hub, monkeypatch, LARGE)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main(["models", "pull", LARGE]) == 1
    said = capsys.readouterr().err
    assert "CC-BY-NC-4.0: not for commercial use" in said
    assert "--accept-licence" in said
    assert said.count("\n") == 1
    assert hub.requests == []
    assert main(["models", "pull", LARGE, "--accept-licence"]) == 0
    said = capsys.readouterr().err
    assert said.index("not for commercial use") < said.index("is here")
    assert store.find_pulled(LARGE)


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("\n", 1), ("", 1)])
def test_at_a_terminal_the_licence_is_asked(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, typed: str, status: int
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return typed

    publish(hub, monkeypatch, LARGE)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["models", "pull", LARGE]) == status


def test_revision_update_and_remove(hub: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    old = hub.branches[METRIC]["main"]
    new = hub.publish(METRIC, hub_models.depth_anything(20, seed=1))
    assert main(["models", "pull", METRIC, "--revision", old[:12]]) == 1
    assert "has no revision" in capsys.readouterr().err
    assert main(["models", "pull", METRIC, "--revision", old]) == 0
    assert store.pulled()[0].commit == old
    assert main(["models", "pull", METRIC, "--update"]) == 0
    assert store.pulled()[0].commit == new
    assert main(["models", "pull", METRIC, "--remove"]) == 0
    assert store.pulled() == []
    assert main(["models", "pull", METRIC, "--remove"]) == 1
    assert "nothing to remove" in capsys.readouterr().err


def test_misuse_is_said(hub: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", "--update"]) == 2
    assert "name the models" in capsys.readouterr().err
    assert main(["models", "pull", SMALL, METRIC, "--revision", "main"]) == 2
    assert "one model at a time" in capsys.readouterr().err


def test_offline_is_one_line(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.shutdown()
    hub.server_close()
    assert main(["models", "pull", METRIC]) == 1
    output, said = capfd.readouterr()
    assert output == ""
    assert said.startswith(f"livedepth: cannot reach the hub at {hub.address}")
    assert said.count("\n") == 1


def test_stopping_says_that_it_goes_on(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from livedepth.depth.hub import remote

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(remote.Hub, "fetch", stop)
    assert main(["models", "pull", METRIC]) == 0
    assert "goes on from here" in capsys.readouterr().err
    assert store.pulled() == []


def reference(folder: Path, image: np.ndarray) -> np.ndarray:
    """What transformers alone makes of a BGR picture of the model's own size."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    processor = AutoImageProcessor.from_pretrained(folder)
    model = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    with torch.inference_mode():
        inputs = processor(images=image[:, :, ::-1].copy(), return_tensors="pt")
        return np.asarray(model(**inputs).predicted_depth[0].numpy())


def noise(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)


def test_a_pulled_metric_model_gives_metres(
    hub: HubServer, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "pull", METRIC]) == 0
    files = store.find_pulled(METRIC)
    assert files
    capfd.readouterr()
    model = TorchModel(files)
    prediction = model.infer(noise(56))
    model.close()
    assert capfd.readouterr() == ("", "")
    metres = prediction.metres
    assert metres is not None
    assert 0 < metres.min() < metres.max() < 20
    assert prediction.depth == pytest.approx(1 / metres)
    assert metres == pytest.approx(reference(files.folder, noise(56)), abs=1e-3)


@pytest.mark.parametrize(("name", "side"), [("depth_anything", 56), ("dpt", 64)])
def test_a_local_folder_gives_what_its_library_gives(
    tmp_path: Path, picture: np.ndarray, name: str, side: int
) -> None:
    folder = hub_models.write(tmp_path, getattr(hub_models, name)())
    model = TorchModel(read_folder(folder))
    depth = model.infer(noise(side)).depth
    wide = model.infer(picture)
    model.close()
    assert depth == pytest.approx(reference(folder, noise(side)), abs=1e-3)
    # 16:9 at the area of 56 x 56, on a grid of 14; DPT takes its own 64 x 64 only.
    assert wide.depth.shape == ((42, 70) if name == "depth_anything" else (64, 64))
    assert wide.metres is None


def test_metres_of_a_real_picture_through_every_step(
    hub: HubServer, shared_data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    clip = cv2.VideoCapture(str(min((shared_data / "clips").glob("*.mkv"))))
    read, image = clip.read()
    clip.release()
    assert read
    assert main(["models", "pull", METRIC]) == 0
    with closing(load_model(f"{METRIC}@112x56", engine="torch", report=lambda line: None)) as model:
        prediction = model.infer(image)
    assert prediction.metres is not None
    rows, columns = prediction.metres.shape
    assert rows % 14 == columns % 14 == 0
    assert rows * columns == pytest.approx(112 * 56, rel=0.4)
    assert 0 < prediction.metres.min() < prediction.metres.max() < 20
    with pytest.raises(ModelError, match=f"{METRIC}@112x56"):
        load_model(f"{METRIC}@113x57")
