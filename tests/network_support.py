"""Tiny networks of the real architectures, as transformers saves them, and their descriptions."""

from __future__ import annotations

from pathlib import Path

import torch

from livedepth.depth.description import ModelDescription
from livedepth.depth.files import ModelFiles

WIDTH, HEIGHT, PATCH = 70, 42, 14
KINDS = ("relative", "metric", "dpt", "hybrid")


def save_tiny(kind: str, folder: Path) -> ModelFiles:
    """Save a network of one of KINDS with random weights that give maps with detail."""
    from transformers import AutoModelForDepthEstimation

    torch.manual_seed(len(kind))
    network = AutoModelForDepthEstimation.from_config(_config(kind))
    with torch.no_grad():
        for name, values in network.named_parameters():
            if values.ndim > 1:
                # Spread so that what goes in shows in what comes out.
                fan = values[0].numel()
                values.normal_(0.0, (1.5 / fan) ** 0.5)
            elif name.endswith("lambda1"):
                values.uniform_(0.5, 1.5)
        convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
        # Maps above zero, which the ReLU at the end would flatten, and below saturation.
        convolutions[-1].weight.abs_()
        convolutions[-1].bias.fill_(0.1)
    network.save_pretrained(folder)
    return ModelFiles(_description(kind), folder=folder)


def _description(kind: str) -> ModelDescription:
    size, multiple = (WIDTH, HEIGHT), PATCH
    if kind in ("dpt", "hybrid"):
        size, multiple = (64, 64), 0
    return ModelDescription(
        f"tiny-{kind}",
        *size,
        multiple=multiple,
        scale=1 / 255,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        disparity=None if kind == "metric" else "disparity",
        metres="metres" if kind == "metric" else None,
    )


def _config(kind: str) -> object:
    from transformers import BitConfig, DepthAnythingConfig, Dinov2Config, DPTConfig

    if kind in ("relative", "metric"):
        backbone = Dinov2Config(
            hidden_size=32,
            num_hidden_layers=4,
            num_attention_heads=2,
            image_size=4 * PATCH,
            patch_size=PATCH,
            out_features=["stage1", "stage2", "stage3", "stage4"],
            reshape_hidden_states=False,
            apply_layernorm=True,
        )
        return DepthAnythingConfig(
            backbone_config=backbone,
            reassemble_hidden_size=32,
            neck_hidden_sizes=[8, 16, 24, 32],
            fusion_hidden_size=16,
            head_hidden_size=8,
            patch_size=PATCH,
            depth_estimation_type=kind,
            max_depth=20 if kind == "metric" else 1,
        )
    small = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "image_size": 64,
        "patch_size": 16,
        "fusion_hidden_size": 16,
        "backbone_out_indices": [0, 1, 2, 3],
    }
    if kind == "dpt":
        return DPTConfig(**small, neck_hidden_sizes=[8, 16, 24, 32], readout_type="project")
    backbone = BitConfig(
        global_padding="same",
        layer_type="bottleneck",
        depths=[1, 1, 1],
        hidden_sizes=[16, 32, 64],
        embedding_size=16,
        num_groups=4,
        out_features=["stage1", "stage2", "stage3"],
        embedding_dynamic_padding=True,
    )
    return DPTConfig(
        **small,
        is_hybrid=True,
        backbone_config=backbone,
        backbone_featmap_shape=[1, 64, 4, 4],
        neck_hidden_sizes=[16, 32, 24, 32],
        neck_ignore_stages=[0, 1],
        readout_type="project",
    )
