"""The yardstick of the accelerated engines: torch as one would write it without them."""

from __future__ import annotations

import importlib.util
from typing import Any

from livedepth.depth.files import ModelFiles
from livedepth.depth.nvidia import nvidia_gpus
from livedepth.depth.postprocessing import prediction_of
from livedepth.depth.preprocessing import Preprocessor
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Prediction

EAGER = "eager"
"""What the yardstick is called among engines."""


class EagerModel:
    """A network in torch, fp32, eager, fed from a frame that the CPU has preprocessed.

    device: as torch names it. Torch's own defaults hold, which let convolutions use TF32.
    Raises EngineError where torch or the device is absent, or the model has no weights for torch;
    ModelError for weights that do not fit.
    """

    engine = EAGER
    precision = "fp32"

    def __init__(self, files: ModelFiles, device: str = "cuda") -> None:
        fault = cuda_fault() if device == "cuda" else torch_fault()
        if fault:
            raise EngineError(f"engine {EAGER}: {fault}")
        import torch

        from livedepth.depth.torch_network import load_network, output_names

        self.name = files.description.name
        self.device = device
        self._torch = torch
        self._description = files.description
        self._preprocess = Preprocessor(files.description)
        self._names = output_names(files.description)
        self._network: Any = load_network(files).to(device)

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        tensor = self._torch.from_numpy(self._preprocess(image))
        try:
            with self._torch.inference_mode():
                maps = self._network(tensor.to(self.device))
                arrays = [values.cpu().numpy() for values in maps]
        except RuntimeError as error:
            raise ModelError(f"model {self.name} failed in torch: {error}") from error
        return prediction_of(self._description, dict(zip(self._names, arrays, strict=True)))

    def close(self) -> None:
        """Let go of the weights."""
        self._network = None
        if self.device == "cuda":
            self._torch.cuda.empty_cache()


def torch_fault() -> str:
    """Why there is no torch to use here; empty if there is."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed; `pip install 'livedepth[torch]'`"
    return ""


def cuda_fault() -> str:
    """Why torch cannot use an NVIDIA GPU here; empty if it can."""
    if not nvidia_gpus():
        return "no NVIDIA GPU"
    if torch_fault():
        return torch_fault()
    import torch

    if torch.cuda.is_available():
        return ""
    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without CUDA"
    return f"torch {torch.__version__} needs a newer driver than this GPU has"
