"""Runs a network on an NVIDIA GPU: fp16, channels last, each frame one CUDA graph."""

from __future__ import annotations

from livedepth.depth.cuda_device import card_name, device_errors, require_device
from livedepth.depth.files import ModelFiles
from livedepth.frame import Image, Prediction


class CUDAModel:
    """The embedded network or a hub model on the current CUDA device.

    halve: halve large frames on the CPU first; see CUDARunner.
    Raises EngineError where torch, its CUDA support or the device is missing or the model has no
    form that torch reads, ModelError for files that are broken.
    """

    engine = "cuda"

    def __init__(self, files: ModelFiles, *, halve: bool = False) -> None:
        device = require_device(self.engine)
        import torch

        from livedepth.depth.cuda_runner import CUDARunner
        from livedepth.depth.half_precision import half_where_it_agrees, probe_of
        from livedepth.depth.network_folding import (
            fold,
            multiply_pointwise,
            remember_position_embeddings,
        )
        from livedepth.depth.torch_network import load_network

        self.name = files.description.name
        network = fold(load_network(files))
        with device_errors(self.engine, device), torch.cuda.device(device):
            self.device = card_name(device)
            network.to(device)
            network, dtype = half_where_it_agrees(network, probe_of(files.description).to(device))
            multiply_pointwise(network)
            for parameter in network.parameters():
                if parameter.ndim == 4:
                    parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
            torch.cuda.empty_cache()
        remember_position_embeddings(network)
        self.precision = "fp16" if dtype == torch.float16 else "fp32"
        self._runner = CUDARunner(
            self.engine, files.description, lambda _: (network, dtype), device, halve=halve
        )

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        return self._runner.infer(image)

    def close(self) -> None:
        """Give the device's memory back; safe to call twice."""
        self._runner.close()
