"""Loading networks: the families that are read, and the files that are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from network_support import HEIGHT, KINDS, WIDTH, save_tiny  # noqa: E402

from livedepth.depth.description import ModelDescription  # noqa: E402
from livedepth.depth.files import ModelFiles  # noqa: E402
from livedepth.depth.half_precision import probe_of  # noqa: E402
from livedepth.depth.registry import built_in_models  # noqa: E402
from livedepth.depth.torch_network import load_network, output_names  # noqa: E402
from livedepth.errors import EngineError, ModelError  # noqa: E402


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelFiles]:
    pytest.importorskip("transformers")
    return {kind: save_tiny(kind, tmp_path_factory.mktemp(kind)) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_hub_folder_says_what_transformers_says(
    tiny: dict[str, ModelFiles], kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers import AutoModelForDepthEstimation

    files = tiny[kind]
    network = load_network(files)
    assert capfd.readouterr() == ("", "")
    assert not network.training
    image = probe_of(files.description)
    with torch.inference_mode():
        outputs = network(image)
        reference = AutoModelForDepthEstimation.from_pretrained(files.folder).eval()(image)
    assert len(outputs) == len(output_names(files.description)) == 1
    torch.testing.assert_close(outputs[0], reference.predicted_depth)
    assert float(outputs[0].std()) > 0.0


def test_metric_models_answer_in_metres_within_their_range(tiny: dict[str, ModelFiles]) -> None:
    files = tiny["metric"]
    with torch.inference_mode():
        (metres,) = load_network(files)(probe_of(files.description))
    assert output_names(files.description) == ("metres",)
    assert 0.0 <= float(metres.min()) < float(metres.max()) <= 20.0


def test_depth_anything_takes_other_sizes_on_its_grid(tiny: dict[str, ModelFiles]) -> None:
    network = load_network(tiny["relative"])
    with torch.inference_mode():
        for height, width in ((HEIGHT, WIDTH), (56, 56), (WIDTH, HEIGHT)):
            assert network(torch.zeros(1, 3, height, width))[0].shape == (1, height, width)


def test_the_embedded_network_has_its_two_outputs() -> None:
    files = built_in_models()["embedded"]
    with torch.inference_mode():
        outputs = load_network(files)(torch.zeros(1, 3, 64, 96))
    assert output_names(files.description) == ("disparity", "matte")
    assert [tuple(output.shape) for output in outputs] == [(1, 1, 32, 48)] * 2


def test_a_model_of_onnx_alone_is_not_for_torch(tmp_path: Path) -> None:
    files = ModelFiles(ModelDescription("mine", 32, 32), onnx=tmp_path / "mine.onnx")
    with pytest.raises(EngineError, match="mine has neither"):
        load_network(files)


def refusal(files: ModelFiles) -> str:
    with pytest.raises(ModelError) as caught:
        load_network(files)
    message = str(caught.value)
    assert "\n" not in message
    assert str(files.folder) in message
    return message


@pytest.fixture
def copied(tiny: dict[str, ModelFiles], tmp_path: Path) -> ModelFiles:
    shutil.copytree(tiny["relative"].folder, tmp_path / "model")
    return ModelFiles(tiny["relative"].description, folder=tmp_path / "model")


def test_absent_weights_are_refused_and_not_invented(copied: ModelFiles) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(copied.folder / "model.safetensors")
    del weights["head.conv3.weight"]
    save_file(weights, copied.folder / "model.safetensors", metadata={"format": "pt"})
    assert "lacks 1 of the weights" in refusal(copied)


def test_weights_of_another_shape_are_refused(copied: ModelFiles) -> None:
    config = json.loads((copied.folder / "config.json").read_text())
    config["fusion_hidden_size"] = 24
    (copied.folder / "config.json").write_text(json.dumps(config))
    assert "config.json does not fit model.safetensors" in refusal(copied)


@pytest.mark.parametrize("kept", [0, 7, 1000])
def test_truncated_weights_are_refused(copied: ModelFiles, kept: int) -> None:
    weights = copied.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    refusal(copied)


def test_pickled_weights_are_never_read(copied: ModelFiles) -> None:
    network = load_network(copied)
    (copied.folder / "model.safetensors").unlink()
    torch.save(network.model.state_dict(), copied.folder / "pytorch_model.bin")
    refusal(copied)


def test_code_in_a_folder_is_never_run(copied: ModelFiles) -> None:
    witness = copied.folder / "it-ran"
    (copied.folder / "modeling_own.py").write_text(f"open({str(witness)!r}, 'w')\n")
    config = json.loads((copied.folder / "config.json").read_text())
    config["model_type"] = "own"
    config["auto_map"] = {"AutoModelForDepthEstimation": "modeling_own.Own"}
    (copied.folder / "config.json").write_text(json.dumps(config))
    refusal(copied)
    assert not witness.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model_type": "bert"}'])
def test_a_config_that_is_none_is_refused(copied: ModelFiles, text: str) -> None:
    (copied.folder / "config.json").write_text(text)
    refusal(copied)


def test_damaged_embedded_weights_are_named(tmp_path: Path) -> None:
    weights = tmp_path / "embedded.safetensors"
    weights.write_bytes(np.random.default_rng(0).bytes(500))
    files = ModelFiles(built_in_models()["embedded"].description, safetensors=weights)
    with pytest.raises(ModelError, match=r"embedded\.safetensors do not fit"):
        load_network(files)
