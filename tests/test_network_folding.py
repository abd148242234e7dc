"""Rewrites of a network leave what it computes as it was."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from network_support import save_tiny  # noqa: E402

from livedepth.depth.files import ModelFiles  # noqa: E402
from livedepth.depth.half_precision import probe_of  # noqa: E402
from livedepth.depth.network_folding import (  # noqa: E402
    JoinedAttention,
    PointwiseProduct,
    fold,
    multiply_pointwise,
    remember_position_embeddings,
)
from livedepth.depth.registry import built_in_models  # noqa: E402
from livedepth.depth.torch_network import load_network  # noqa: E402


@pytest.fixture(scope="module", params=["embedded", "relative", "hybrid"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    if request.param == "embedded":
        return built_in_models()["embedded"]
    pytest.importorskip("transformers")
    return save_tiny(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def network(files: ModelFiles) -> torch.nn.Module:
    return load_network(files)


def image_for(files: ModelFiles) -> torch.Tensor:
    return probe_of(files.description, (96, 64) if files.safetensors else None)


def count(network: torch.nn.Module, kind: type) -> int:
    return sum(isinstance(module, kind) for module in network.modules())


def test_folding_keeps_the_outputs(files: ModelFiles, network: torch.nn.Module) -> None:
    image = image_for(files)
    folded = fold(copy.deepcopy(network))
    products = multiply_pointwise(copy.deepcopy(folded))
    assert count(folded, torch.nn.BatchNorm2d) == 0 or files.folder is not None
    assert count(products, PointwiseProduct) > 0
    with torch.inference_mode():
        expected = network(image)
        for rewritten in (folded, products):
            for ours, theirs in zip(rewritten(image), expected, strict=True):
                spread = float(theirs.max() - theirs.min())
                torch.testing.assert_close(ours, theirs, atol=1e-4 * spread, rtol=1e-4)


@pytest.mark.parametrize("outputs", [1, 4])
@pytest.mark.parametrize("bias", [True, False])
def test_products_keep_channels_last(outputs: int, bias: bool) -> None:
    convolution = torch.nn.Conv2d(6, outputs, 1, bias=bias)
    sequence = multiply_pointwise(torch.nn.Sequential(convolution, torch.nn.ReLU()))
    assert count(sequence, PointwiseProduct) == 1
    assert count(sequence, torch.nn.ReLU) == 0
    features = torch.randn(1, 6, 5, 7).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        result = sequence(features)
        torch.testing.assert_close(result, convolution(features).relu())
    assert result.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    "convolution",
    [
        torch.nn.Conv2d(4, 4, 1, stride=2),
        torch.nn.Conv2d(4, 4, 1, groups=4),
        torch.nn.Conv2d(4, 4, 1, padding=1),
        torch.nn.Conv2d(4, 4, 3),
    ],
)
def test_other_convolutions_stay(convolution: torch.nn.Module) -> None:
    assert count(multiply_pointwise(torch.nn.Sequential(convolution)), PointwiseProduct) == 0


def test_depth_anything_is_exported_without_a_mask(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    files = save_tiny("relative", tmp_path)
    network = fold(load_network(files))
    assert count(network, JoinedAttention) == 4
    exported = torch.export.export(network, (image_for(files),), strict=False)
    attention = [
        node
        for node in exported.graph.nodes
        if node.target is torch.ops.aten.scaled_dot_product_attention.default
    ]
    assert len(attention) == 4
    for node in attention:
        assert len(node.args) < 4 or node.args[3] is None


def test_position_embeddings_are_made_once_for_each_size(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    network = load_network(save_tiny("relative", tmp_path))
    embeddings = network.model.backbone.embeddings
    asked = []
    original = embeddings.interpolate_pos_encoding

    def counted(values: torch.Tensor, height: int, width: int) -> torch.Tensor:
        asked.append((height, width))
        return original(values, height, width)

    embeddings.interpolate_pos_encoding = counted
    sizes = [(42, 70), (56, 56), (42, 70), (70, 42), (56, 56)]
    images = [torch.rand(1, 3, *size) for size in sizes]
    with torch.inference_mode():
        expected = [network(image)[0] for image in images]
        asked.clear()
        remember_position_embeddings(network)
        for image, theirs in zip(images, expected, strict=True):
            torch.testing.assert_close(network(image)[0], theirs)
    assert asked == [(42, 70), (56, 56), (70, 42)]
