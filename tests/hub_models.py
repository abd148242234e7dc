"""Tiny random models of the hub's real architectures, as the files of a repository."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}


def preprocessor(side: int, multiple: int, **others: object) -> bytes:
    """A preprocessor_config.json as the hub's models have it."""
    values = {
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "ensure_multiple_of": multiple,
        "image_processor_type": "DPTImageProcessor",
        "keep_aspect_ratio": True,
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": {"height": side, "width": side},
    }
    return json.dumps(values | _IMAGENET | others, indent=2).encode()


@cache
def depth_anything(max_depth: int | None = None, seed: int = 0) -> dict[str, bytes]:
    """Depth Anything on DINOv2, 32 wide, 56 x 56; metric if ``max_depth`` is given."""
    import torch
    from transformers import (
        DepthAnythingConfig,
        DepthAnythingForDepthEstimation,
        Dinov2Config,
    )

    torch.manual_seed(seed)
    backbone = Dinov2Config(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        mlp_ratio=2,
        image_size=56,
        patch_size=14,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=32,
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=8,
        head_hidden_size=8,
        depth_estimation_type="relative" if max_depth is None else "metric",
        max_depth=max_depth or 1,
    )
    model = DepthAnythingForDepthEstimation(config)
    _roughen(model)
    if max_depth is None:
        with torch.no_grad():
            model.head.conv3.bias.fill_(5.0)
    return _saved(model) | {"preprocessor_config.json": preprocessor(56, 14)}


@cache
def dpt() -> dict[str, bytes]:
    """DPT on a plain ViT, 32 wide, 64 x 64."""
    import torch
    from transformers import DPTConfig, DPTForDepthEstimation

    torch.manual_seed(0)
    config = DPTConfig(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=64,
        patch_size=16,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=8,
        is_hybrid=False,
    )
    model = DPTForDepthEstimation(config)
    _roughen(model)
    with torch.no_grad():
        model.head.head[4].bias.fill_(5.0)
    return _saved(model) | {"preprocessor_config.json": preprocessor(64, 1)}


def _roughen(model: torch.nn.Module) -> None:
    """Enlarge random weights, whose own scale leaves every map all but flat."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8.0)


def _saved(model: PreTrainedModel) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        model.save_pretrained(folder)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Lay a model's files out in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
