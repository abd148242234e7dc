"""Reading folders in transformers' form, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hub_models
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.depth.hub.folder import describe, read_folder
from livedepth.errors import ModelError

pytest.importorskip("transformers", reason="the hub's models need livedepth[torch]")

CONFIG: dict[str, Any] = {
    "architectures": ["DepthAnythingForDepthEstimation"],
    "depth_estimation_type": "relative",
    "patch_size": 14,
}
PREPROCESSOR: dict[str, Any] = json.loads(hub_models.preprocessor(518, 14))


def described(config: dict[str, Any] | None = None, **preprocessor: Any) -> Any:
    return describe("tiny", "tiny", CONFIG | (config or {}), PREPROCESSOR | preprocessor)


def test_depth_anything_gives_disparity_on_a_grid_of_its_patches(tmp_path: Path) -> None:
    files = read_folder(hub_models.write(tmp_path / "tiny", hub_models.depth_anything()))
    description = files.description
    assert files.folder == tmp_path / "tiny"
    assert (description.name, description.width, description.height) == ("tiny", 56, 56)
    assert description.multiple == 14
    assert (description.disparity, description.metres) == ("", None)
    assert description.scale == pytest.approx(1 / 255)
    assert description.mean == pytest.approx((0.485, 0.456, 0.406))
    assert description.std == pytest.approx((0.229, 0.224, 0.225))
    assert description.colour == "rgb"


def test_a_metric_model_gives_metres(tmp_path: Path) -> None:
    description = read_folder(hub_models.write(tmp_path, hub_models.depth_anything(20))).description
    assert (description.disparity, description.metres) == (None, "")
    assert "20 m" in description.description


def test_dpt_takes_its_own_size_only(tmp_path: Path) -> None:
    description = read_folder(hub_models.write(tmp_path, hub_models.dpt())).description
    assert (description.width, description.height, description.multiple) == (64, 64, 0)
    assert description.metres is None


def test_other_forms_of_the_files_are_read() -> None:
    dpt = {"architectures": ["DPTForDepthEstimation"]}
    legacy = described(dpt, size=384, ensure_multiple_of=None)
    assert (legacy.width, legacy.height, legacy.multiple) == (384, 384, 0)
    dinov2 = dpt | {"backbone_config": {"model_type": "dinov2", "patch_size": 14}}
    assert described(dinov2).metres == ""
    assert described(dinov2, size={"shortest_edge": 384}).width == 378
    assert described(ensure_multiple_of=1).multiple == 14
    assert described(ensure_multiple_of=32).multiple == 224
    assert described(do_flip_channel_order=True).colour == "bgr"
    plain = described(do_normalize=False, do_rescale=False)
    assert (plain.scale, plain.mean, plain.std) == (1.0, (0.0,) * 3, (1.0,) * 3)
    glpn = describe("g", "g", {"architectures": ["GLPNForDepthEstimation"]}, {"do_rescale": True})
    assert (glpn.width, glpn.height, glpn.multiple, glpn.metres) == (640, 480, 32, "")
    assert (glpn.mean, glpn.std) == ((0.0,) * 3, (1.0,) * 3)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"architectures": ["ZoeDepthForDepthEstimation"]}, "is a ZoeDepthForDepthEstimation"),
        ({"architectures": ["BertModel"]}, "livedepth runs Depth Anything, DPT, GLPN"),
        ({"architectures": None}, "does not name one architecture"),
        ({"architectures": [1]}, "does not name one architecture"),
        ({"auto_map": {"AutoModel": "x.Y"}}, "run code of its own"),
        ({"depth_estimation_type": "both"}, "it is relative or metric"),
        ({"depth_estimation_type": "metric", "max_depth": "far"}, "distance in metres"),
        ({"depth_estimation_type": "metric", "max_depth": -1}, "distance in metres"),
        ({"depth_estimation_type": "metric", "max_depth": float("nan")}, "distance in metres"),
        ({"depth_estimation_type": "metric", "max_depth": 10**400}, "distance in metres"),
        ({"patch_size": [14, 14, 14]}, "patch_size"),
        ({"backbone_config": 3, "patch_size": None}, "backbone_config"),
    ],
)
def test_a_config_that_cannot_be_run_is_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words) as refusal:
        described(config)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", {"height": 518}),
        ("size", "large"),
        ("size", {"height": 518, "width": 1e9}),
        ("image_mean", [0.5]),
        ("image_mean", None),
        ("image_std", [0.5, 0.5, 0]),
        ("image_std", [0.5, 0.5, "x"]),
        ("rescale_factor", 0),
        ("rescale_factor", "1/255"),
        ("do_rescale", "yes"),
        ("do_normalize", 1),
        ("ensure_multiple_of", -14),
        ("ensure_multiple_of", True),
    ],
)
def test_a_broken_preprocessor_is_refused(key: str, value: object) -> None:
    with pytest.raises(ModelError, match=f"preprocessor_config.json has {key}"):
        described(**{key: value})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*CONFIG, "backbone_config", "max_depth"]), JSON),
    st.dictionaries(st.sampled_from(list(PREPROCESSOR)), JSON),
)
def test_any_values_are_described_or_refused(
    config: dict[str, Any], preprocessor: dict[str, Any]
) -> None:
    try:
        description = described(config, **preprocessor)
    except ModelError as error:
        refusal = str(error)
    else:
        refusal = ""
        assert description.width > 0
        assert description.height > 0
        assert np.isfinite([description.scale, *description.mean, *description.std]).all()
    assert "\n" not in refusal


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", b"{", "cannot be read"),
        ("config.json", b"\xff\xfe", "cannot be read"),
        ("config.json", b"[]", "does not hold an object"),
        ("config.json", b"[" * 100_000, "cannot be read"),
        ("config.json", None, "config.json is missing"),
        ("preprocessor_config.json", None, "preprocessor_config.json is missing"),
        ("model.safetensors", None, "has no weights"),
    ],
)
def test_a_broken_folder_is_refused(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    hub_models.write(tmp_path, hub_models.depth_anything())
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=words) as refusal:
        read_folder(tmp_path)
    assert "\n" not in str(refusal.value)


def test_weights_that_were_cut_short_are_refused(tmp_path: Path) -> None:
    files = dict(hub_models.depth_anything())
    files["model.safetensors"] = files["model.safetensors"][:-100]
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged.* pull it again"):
        read_folder(hub_models.write(tmp_path, files))


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    files = dict(hub_models.depth_anything())
    files["pytorch_model.bin"] = files.pop("model.safetensors")
    with pytest.raises(ModelError, match=r"pytorch_model.bin only, which can run code"):
        read_folder(hub_models.write(tmp_path, files))


def test_sharded_weights_must_be_whole(tmp_path: Path) -> None:
    files = dict(hub_models.depth_anything())
    shard = "model-00001-of-00001.safetensors"
    files[shard] = files.pop("model.safetensors")
    files["model.safetensors.index.json"] = json.dumps({"weight_map": {"a": shard}}).encode()
    folder = hub_models.write(tmp_path, files)
    assert read_folder(folder).folder == folder
    (folder / shard).write_bytes(files[shard][:-1])
    with pytest.raises(ModelError, match=f"{shard} is damaged"):
        read_folder(folder)
    (folder / shard).unlink()
    with pytest.raises(ModelError, match="not whole"):
        read_folder(folder)


@pytest.mark.parametrize("name", ["../outside.safetensors", "weights.bin", 3, ["a"]])
def test_an_index_that_names_other_files_is_refused(tmp_path: Path, name: object) -> None:
    files = dict(hub_models.depth_anything())
    del files["model.safetensors"]
    files["model.safetensors.index.json"] = json.dumps({"weight_map": {"a": name}}).encode()
    with pytest.raises(ModelError, match="is no safetensors file"):
        read_folder(hub_models.write(tmp_path, files))


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a folder"):
        read_folder(tmp_path / "absent")
