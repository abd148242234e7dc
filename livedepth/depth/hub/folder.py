"""Reading a folder in transformers' form: config.json, preprocessor_config.json, safetensors.

Nothing of torch or transformers is imported: only what the two JSON files say is read here.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from livedepth.depth.description import ModelDescription
from livedepth.depth.files import ModelFiles
from livedepth.depth.hub.preprocessor import PREPROCESSOR, Preprocessor
from livedepth.depth.hub.safetensors import check_safetensors
from livedepth.errors import ModelError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".msgpack", ".h5")
"""Endings of weights in forms that are never read, most of them because loading can run code."""

_FAMILIES = {
    "DepthAnythingForDepthEstimation": "Depth Anything",
    "DPTForDepthEstimation": "DPT",
    "GLPNForDepthEstimation": "GLPN",
}


def read_folder(path: Path) -> ModelFiles:
    """Read any local folder in transformers' form that holds a model of a family known here.

    Raises ModelError, in one line, for a file that is missing or broken, a family that livedepth
    does not run, a model that asks to run code of its own, and weights that are not safetensors or
    not whole.
    """
    if not path.is_dir():
        raise ModelError(f"{path} is not a folder")
    config, preprocessor = (read_json(path / name) for name in (CONFIG, PREPROCESSOR))
    description = describe(str(path), path.resolve().name, config, preprocessor)
    _check_weights(path)
    return ModelFiles(description, folder=path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; raises ModelError if there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{path} is missing: a model's folder holds {CONFIG}, {PREPROCESSOR} and {WEIGHTS}"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {str(error) or type(error).__name__}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} does not hold an object")
    return value


def describe(
    where: str, name: str, config: dict[str, Any], preprocessor: dict[str, Any]
) -> ModelDescription:
    """What the two files of a model say about feeding and reading it.

    where: the folder or repository, for messages. The network's own input size is the default; a
    network that takes any size on its grid gets its grid, every other one its own size only.
    Raises ModelError as read_folder does.
    """
    architecture = _architecture(where, config)
    if "auto_map" in config or "auto_map" in preprocessor:
        raise ModelError(f"model {where} asks to run code of its own, which livedepth never does")
    reader = Preprocessor(where, preprocessor)
    step = _grid(where, config, architecture)
    if step:
        step = math.lcm(step, reader.integer("ensure_multiple_of", 1, 1, 64))
    width, height = reader.size(step)
    metres, description = _depth(where, config, architecture)
    return ModelDescription(
        name=name,
        width=width,
        height=height,
        multiple=step,
        scale=reader.scale(),
        mean=reader.triple("image_mean", 0.0),
        std=reader.triple("image_std", 1.0),
        colour="bgr" if reader.flag("do_flip_channel_order", False) else "rgb",
        disparity=None if metres else "",
        metres="" if metres else None,
        description=description,
    )


def _architecture(where: str, config: dict[str, Any]) -> str:
    named = config.get("architectures")
    if not isinstance(named, list) or len(named) != 1 or not isinstance(named[0], str):
        raise ModelError(f"model {where}: {CONFIG} does not name one architecture")
    if named[0] not in _FAMILIES:
        known = ", ".join(_FAMILIES.values())
        raise ModelError(f"model {where} is a {named[0]}; livedepth runs {known} (MiDaS is DPT)")
    return named[0]


def _backbone(where: str, config: dict[str, Any]) -> dict[str, Any]:
    backbone = config.get("backbone_config")
    if backbone is not None and not isinstance(backbone, dict):
        raise ModelError(f"model {where}: backbone_config = {backbone!r} is not an object")
    return backbone or {}


def _grid(where: str, config: dict[str, Any], architecture: str) -> int:
    """The step of the sizes that a network takes, 0 where it takes its own only."""
    if architecture == "GLPNForDepthEstimation":
        return 32
    backbone = _backbone(where, config)
    # DPT on a plain ViT reads its tokens as a square, and the hybrid, SwinV2 and BEiT ones are
    # bound to the size they were trained at; a DINOv2 backbone passes the shape of its grid on.
    if architecture == "DPTForDepthEstimation" and backbone.get("model_type") != "dinov2":
        return 0
    patch = config.get("patch_size") if architecture.startswith("DepthAnything") else None
    patch = patch or backbone.get("patch_size", 14)
    if not isinstance(patch, int) or not 1 <= patch <= 64:
        raise ModelError(f"model {where}: patch_size = {patch!r} is not allowed")
    return patch


def _depth(where: str, config: dict[str, Any], architecture: str) -> tuple[bool, str]:
    """Whether a network gives metres, and a line about it."""
    family = _FAMILIES[architecture]
    if architecture == "GLPNForDepthEstimation":
        return True, f"{family}, metric"
    if architecture == "DPTForDepthEstimation":
        # Every such model on a DINOv2 backbone was published for metric depth (NYU, KITTI), and
        # all others are MiDaS's, which give disparity; the files themselves do not tell.
        metric = _backbone(where, config).get("model_type") == "dinov2"
        return metric, f"{family}, {'metric' if metric else 'relative'}"
    kind = config.get("depth_estimation_type") or "relative"
    if kind not in ("relative", "metric"):
        raise ModelError(
            f"model {where}: depth_estimation_type = {kind!r} is not allowed; "
            "it is relative or metric"
        )
    if kind == "relative":
        return False, f"{family}, relative"
    farthest = config.get("max_depth", 1)
    if (
        isinstance(farthest, bool)
        or not isinstance(farthest, int | float)
        or not 0 < farthest < 1e6
    ):
        raise ModelError(f"model {where}: max_depth = {farthest!r} is not a distance in metres")
    return True, f"{family}, metric to {farthest:g} m"


def shards(where: str, index: dict[str, Any]) -> list[str]:
    """The files that an index of sharded weights names; raises ModelError for a broken one."""
    placed = index.get("weight_map")
    if not isinstance(placed, dict) or not placed:
        raise ModelError(f"model {where}: {INDEX} has no weight_map")
    for name in placed.values():
        if (
            not isinstance(name, str)
            or Path(name).name != name
            or Path(name).suffix != ".safetensors"
        ):
            raise ModelError(f"model {where}: {INDEX} names {name!r}, which is no safetensors file")
    return sorted(set(placed.values()))


def _check_weights(path: Path) -> None:
    if (path / WEIGHTS).is_file():
        check_safetensors(path / WEIGHTS)
        return
    if (path / INDEX).is_file():
        for name in shards(str(path), read_json(path / INDEX)):
            if not (path / name).is_file():
                raise ModelError(f"{path / name} is missing: the weights are not whole")
            check_safetensors(path / name)
        return
    pickled = sorted(file.name for file in path.iterdir() if file.suffix in PICKLES)
    raise no_safetensors(str(path), pickled)


def no_safetensors(where: str, pickled: list[str]) -> ModelError:
    """The refusal of a model without safetensors weights; pickled: what it has instead."""
    if pickled:
        return ModelError(
            f"model {where} has weights as {pickled[0]} only, which can run code when loaded; "
            "livedepth takes safetensors only"
        )
    return ModelError(f"model {where} has no weights: {WEIGHTS} is missing")
