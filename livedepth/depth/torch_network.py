"""A model's torch network, from the embedded network's weights or a transformers folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from livedepth.depth.cuda_device import first_line
from livedepth.depth.description import ModelDescription
from livedepth.depth.files import ModelFiles
from livedepth.errors import EngineError, ModelError

_SILENT = 50


def output_names(description: ModelDescription) -> tuple[str, ...]:
    """Name the network's outputs in their order: disparity or metres, then the matte if any."""
    depth = description.disparity or "" if description.metres is None else description.metres
    return (depth,) if description.matte is None else (depth, description.matte)


def load_network(files: ModelFiles) -> nn.Module:
    """Load the network in fp32 on the CPU, for inference.

    Its forward takes float (n, 3, height, width), normalised as the description says, and returns
    one tensor (n, 1, rows, columns) or (n, rows, columns) for each of ``output_names``.
    Raises EngineError where the model has no form that torch reads or transformers is missing,
    ModelError for files that are broken.
    """
    if files.folder is not None:
        network: nn.Module = HubNetwork(_pretrained(files.folder))
    elif files.safetensors is not None:
        network = _embedded(files.safetensors)
    else:
        raise EngineError(
            f"torch runs the embedded network and hub models; {files.description.name} has "
            "neither safetensors weights nor a hub folder"
        )
    return network.eval().requires_grad_(False)


class HubNetwork(nn.Module):
    """A depth model of transformers, its one map as a tuple.

    What it predicts is disparity for relative models and metres for metric ones.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor]:
        depth: Tensor = self.model(image).predicted_depth
        return (depth,)


def outputs_of(result: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return what a network answered as a tuple; a compiled one may answer with the map alone."""
    return (result,) if isinstance(result, Tensor) else tuple(result)


def _embedded(weights: Path) -> nn.Module:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from livedepth.depth.network import EmbeddedNetwork

    network = EmbeddedNetwork()
    try:
        network.load_state_dict(load_file(weights))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"weights {weights} do not fit the embedded network") from error
    return network


def _pretrained(folder: Path) -> nn.Module:
    try:
        from safetensors import SafetensorError
        from transformers import AutoModelForDepthEstimation
    except ImportError as error:
        raise EngineError(
            "hub models need transformers, which is not installed; `pip install 'livedepth[torch]'`"
        ) from error
    try:
        with _quiet_transformers():
            # Only a folder's own files are read, never code from it, and no pickled weights.
            model, report = AutoModelForDepthEstimation.from_pretrained(
                str(folder),
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
                # Told apart in the report, and refused by it.
                ignore_mismatched_sizes=True,
                dtype=torch.float32,
            )
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(
            f"{folder} is not a depth model that transformers reads: {first_line(str(error))}"
        ) from error
    _require_complete(folder, report)
    network: nn.Module = model
    return network


def _require_complete(folder: Path, report: dict[str, Any]) -> None:
    # transformers fills weights that are absent with random numbers and goes on.
    other = sorted(str(entry[0]) for entry in report.get("mismatched_keys", ()))
    if other:
        raise ModelError(
            f"{folder}: config.json does not fit model.safetensors, where {len(other)} of the "
            f"weights have another shape, the first {other[0]}; copy or pull both again"
        )
    lacking = sorted(str(name) for name in report.get("missing_keys", ()))
    if lacking:
        raise ModelError(
            f"{folder} lacks {len(lacking)} of the weights that its config.json asks for, "
            f"the first {lacking[0]}"
        )


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Keep progress bars and loading reports off the terminal; what is wrong is raised."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(_SILENT)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
