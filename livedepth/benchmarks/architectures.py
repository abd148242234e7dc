"""Depth networks of published architectures with random weights, made without any download.

How fast a network runs does not depend on what its weights say, so a machine that is offline can
measure an architecture before anybody has fetched a model of it.

Source: Yang et al., "Depth Anything V2", NeurIPS 2024; Oquab et al., "DINOv2", 2023; Ranftl et al.,
"Vision Transformers for Dense Prediction", ICCV 2021. The sizes are those of the published
configurations.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from livedepth.depth.files import ModelFiles
from livedepth.depth.hub.folder import read_folder
from livedepth.errors import EngineError, UsageError

_PATCH = 14
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
_LEVEL, _SPREAD = 10.0, 1.0
_PROBE = (3 * _PATCH, 4 * _PATCH)


@dataclass(frozen=True, slots=True)
class Architecture:
    """A vision transformer with a convolutional depth head.

    width, layers, heads: of the transformer. stages: the layers that the head reads, counted from
    1. neck: channels of those at the four scales; fusion, head: channels of what joins them and of
    the last layers. side: pixels of the square that its positions are learnt for.
    """

    width: int
    layers: int
    heads: int
    stages: tuple[int, int, int, int]
    neck: tuple[int, int, int, int]
    fusion: int
    head: int = 32
    side: int = 518


ARCHITECTURES = {
    "depth-anything-v2-small": Architecture(384, 12, 6, (3, 6, 9, 12), (48, 96, 192, 384), 64),
    "depth-anything-v2-base": Architecture(768, 12, 12, (3, 6, 9, 12), (96, 192, 384, 768), 128),
    "depth-anything-v2-large": Architecture(
        1024, 24, 16, (5, 12, 18, 24), (256, 512, 1024, 1024), 256
    ),
}


def find_architecture(name: str) -> Architecture:
    """Return one of ``ARCHITECTURES``. Raises UsageError, with the known ones."""
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise UsageError(f"there is no architecture {name!r}; known: {known}")
    return ARCHITECTURES[name]


def make_random_model(
    folder: Path, name: str, architecture: Architecture, seed: int = 0
) -> ModelFiles:
    """Save the network with random weights in ``folder``, as transformers does, and describe it.

    The same seed gives the same weights. The last layer is scaled so that its maps are positive
    and spread over a few units, as those of trained networks: a map of zeros would agree with
    anything. Raises EngineError where torch or transformers is not installed.
    """
    try:
        import torch
        from safetensors.torch import save_file
        from transformers import DepthAnythingForDepthEstimation
    except ImportError as error:
        raise EngineError(
            "a network of random weights needs torch and transformers; "
            "`pip install 'livedepth[torch]'`"
        ) from error
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: Any = DepthAnythingForDepthEstimation(_configuration(architecture))
        _enliven(network.eval())
    network.config.save_pretrained(folder)
    # Not through the network's save_pretrained, which draws a progress bar of its own.
    save_file(network.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    processor = {
        "image_processor_type": "DPTImageProcessor",
        "do_resize": True,
        "size": {"height": architecture.side, "width": architecture.side},
        "keep_aspect_ratio": True,
        "ensure_multiple_of": _PATCH,
        "resample": 3,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(_MEAN),
        "image_std": list(_STD),
        "do_pad": False,
        "size_divisor": None,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor), encoding="utf-8")
    files = read_folder(folder)
    return replace(files, description=replace(files.description, name=name))


def _configuration(architecture: Architecture) -> Any:
    from transformers import DepthAnythingConfig

    backbone: dict[str, Any] = {
        "model_type": "dinov2",
        "hidden_size": architecture.width,
        "num_hidden_layers": architecture.layers,
        "num_attention_heads": architecture.heads,
        "image_size": architecture.side,
        "patch_size": _PATCH,
        "out_indices": list(architecture.stages),
        "reshape_hidden_states": False,
    }
    return DepthAnythingConfig(
        architectures=["DepthAnythingForDepthEstimation"],
        backbone_config=backbone,
        patch_size=_PATCH,
        reassemble_hidden_size=architecture.width,
        neck_hidden_sizes=list(architecture.neck),
        fusion_hidden_size=architecture.fusion,
        head_hidden_size=architecture.head,
    )


def _enliven(network: Any) -> None:
    """Give the head weights that keep the size of what passes, and its maps the usual range."""
    import torch
    from torch import nn

    for part in (network.neck, network.head):
        for layer in part.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    last = network.head.conv3
    seen: list[torch.Tensor] = []
    hook = last.register_forward_hook(lambda _module, _given, result: seen.append(result))
    try:
        with torch.inference_mode():
            network(torch.randn(1, 3, *_PROBE))
    finally:
        hook.remove()
    gain = _SPREAD / float(seen[0].std())
    with torch.no_grad():
        last.bias.copy_(_LEVEL + gain * (last.bias - seen[0].mean()))
        last.weight.mul_(gain)
