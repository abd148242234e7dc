"""The files that a depth model consists of, whatever engine reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livedepth.depth.description import ModelDescription


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """One model in every form there is of it; an engine takes the form that it reads.

    onnx: the graph. quantised: the same graph, in part in 8-bit integers. safetensors: weights of
    the embedded network's torch definition. folder: a model as transformers saves it, with
    config.json and safetensors weights. A form that there is not is None; at least one is there.
    """

    description: ModelDescription
    onnx: Path | None = None
    quantised: Path | None = None
    safetensors: Path | None = None
    folder: Path | None = None
