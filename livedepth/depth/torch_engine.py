"""Runs the embedded network's torch definition, where torch is installed."""

from __future__ import annotations

from pathlib import Path

from livedepth.depth.description import ModelDescription
from livedepth.depth.postprocessing import prediction_of
from livedepth.depth.preprocessing import Preprocessor
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Prediction


class TorchModel:
    """The embedded network in torch on the CPU, from the safetensors beside its ONNX file.

    Raises EngineError where torch is not installed, ModelError for weights that do not fit.
    """

    engine = "torch"

    def __init__(self, path: Path, description: ModelDescription) -> None:
        weights = path.with_suffix(".safetensors")
        try:
            import torch
            from safetensors import SafetensorError
            from safetensors.torch import load_file

            from livedepth.depth.network import EmbeddedNetwork
        except ImportError as error:
            raise EngineError(
                "engine torch is not installed; `pip install 'livedepth[torch]'`"
            ) from error
        if not weights.exists():
            raise EngineError(
                f"engine torch runs the embedded network only; {description.name} has no "
                "safetensors weights"
            )
        self.name = description.name
        self._description = description
        self._preprocess = Preprocessor(description)
        self._torch = torch
        self._network = EmbeddedNetwork()
        try:
            self._network.load_state_dict(load_file(weights))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"weights {weights} do not fit the embedded network") from error
        self._network.eval()

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        tensor = self._torch.from_numpy(self._preprocess(image))
        try:
            with self._torch.inference_mode():
                disparity, matte = self._network(tensor)
        except RuntimeError as error:
            raise ModelError(f"model {self.name} failed in torch: {error}") from error
        outputs = {"disparity": disparity.numpy(), "matte": matte.numpy()}
        return prediction_of(self._description, outputs)

    def close(self) -> None:
        """Nothing is held beyond memory."""
