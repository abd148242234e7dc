"""Runs a network in torch on the CPU, or on the GPU of an Apple machine."""

from __future__ import annotations

from livedepth.depth.cuda_device import first_line
from livedepth.depth.files import ModelFiles
from livedepth.depth.postprocessing import prediction_of
from livedepth.depth.preprocessing import Preprocessor
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Prediction


class TorchModel:
    """The embedded network or a hub model in torch, in fp32.

    It computes on Apple's GPU where there is one, else on the CPU with torch's own number of
    threads. Raises EngineError where torch is not installed or the model has no form that torch
    reads, ModelError for files that are broken.
    """

    engine = "torch"
    precision = "fp32"

    def __init__(self, files: ModelFiles) -> None:
        try:
            import torch

            from livedepth.depth.network_folding import fold, remember_position_embeddings
            from livedepth.depth.torch_network import load_network, output_names
        except ImportError as error:
            raise EngineError(
                "engine torch is not installed; `pip install 'livedepth[torch]'`"
            ) from error
        self.name = files.description.name
        self._description = files.description
        self._names = output_names(files.description)
        self._preprocess = Preprocessor(files.description)
        self._torch = torch
        network = fold(load_network(files))
        apple = torch.backends.mps.is_available()
        self.device = "Apple GPU" if apple else "CPU"
        self._target = torch.device("mps" if apple else "cpu")
        try:
            self._network = network.to(self._target)
        except RuntimeError as error:
            raise self._failure(error) from error
        remember_position_embeddings(self._network)

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        tensor = self._torch.from_numpy(self._preprocess(image))
        try:
            with self._torch.inference_mode():
                outputs = self._network(tensor.to(self._target))
                arrays = [output.cpu().numpy() for output in outputs]
        except ValueError as error:
            height, width = tensor.shape[2:]
            raise ModelError(
                f"model {self.name} does not run at {width}x{height}: {first_line(str(error))}"
            ) from error
        except RuntimeError as error:
            raise self._failure(error) from error
        return prediction_of(self._description, dict(zip(self._names, arrays, strict=True)))

    def close(self) -> None:
        """Nothing is held beyond memory."""

    def _failure(self, error: RuntimeError) -> EngineError:
        return EngineError(
            f"engine torch failed on {self.device} with model {self.name}: {first_line(str(error))}"
        )
