"""Runs a network compiled by TensorRT on an NVIDIA GPU, each frame one CUDA graph.

An engine is built for one input size on one card; ``build`` keeps it in the engine cache, from
where TensorRTModel takes it. What is around the network is the same as for engine cuda.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from livedepth._version import VERSION
from livedepth.depth import engine_cache
from livedepth.depth.cuda_device import card_name, device_errors, first_line, require_device
from livedepth.depth.digest import digest
from livedepth.depth.engine_cache import EngineKey
from livedepth.depth.files import ModelFiles
from livedepth.errors import EngineError
from livedepth.frame import Image, Prediction

if TYPE_CHECKING:
    import torch
    from torch import nn

ENGINE = "tensorrt"

_POLICY = "fp16, fp32 where it disagrees"
_IMPORTING = threading.Lock()
_ATTEMPTS = (("fp16", False), ("fp16", True), ("fp32", False))


class TensorRTModel:
    """The embedded network or a hub model in TensorRT, at the sizes that were built.

    Raises EngineError where torch, torch_tensorrt or the device is missing or the model has no
    form that torch reads.
    """

    engine = ENGINE

    def __init__(self, files: ModelFiles) -> None:
        device = require(files)
        import torch

        from livedepth.depth.cuda_runner import CUDARunner

        self.name, self.device, self.precision = files.description.name, card_name(device), "fp16"
        self._files, self._target = files, device
        # TensorRT takes its input contiguous, and would copy any other.
        self._runner = CUDARunner(
            ENGINE, files.description, self._load, device, memory_format=torch.contiguous_format
        )

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel.

        Raises EngineError for a frame whose network size was not built.
        """
        return self._runner.infer(image)

    def close(self) -> None:
        """Give the device's memory back; safe to call twice."""
        self._runner.close()

    def _load(self, size: tuple[int, int]) -> tuple[nn.Module, torch.dtype]:
        import torch

        from livedepth.depth import tensorrt_compiler

        key = _key(self._files, size, self._target)
        path = engine_cache.find(key)
        if path is None:
            raise EngineError(
                f"engine {ENGINE} is not built for {self.name} at {size[0]}x{size[1]} on this "
                f"card; `livedepth models compile {self.name}` builds it"
            )
        self.precision = str(engine_cache.details_of(key).get("precision"))
        dtype = torch.float16 if self.precision == "fp16" else torch.float32
        return tensorrt_compiler.load(path), dtype


def is_built(files: ModelFiles, size: tuple[int, int]) -> bool:
    """Say whether a whole engine for an input ``size`` (width, height) is in the cache.

    Raises EngineError where this machine cannot run one.
    """
    return engine_cache.find(_key(files, size, require(files))) is not None


def build(files: ModelFiles, size: tuple[int, int], report: Callable[[str], None]) -> Path:
    """Build, verify and keep the engine for an input ``size`` (width, height).

    It takes minutes and much of the card. report: is told each step and the time it took.
    Returns the engine's file in the cache.
    Raises EngineError where the build fails or no precision agrees with fp32, ModelError for
    files that are broken.
    """
    device = require(files)
    from livedepth.depth import tensorrt_compiler

    key = _key(files, size, device)
    started = time.monotonic()
    report(
        f"building {files.description.name} at {size[0]}x{size[1]} for {key.gpu} with TensorRT "
        f"{key.tensorrt}"
    )
    with device_errors(ENGINE, device):
        compiled, example, details = _verified(files, size, device, report)
        details["seconds"] = round(time.monotonic() - started, 1)
        path = engine_cache.store(
            key, lambda part: tensorrt_compiler.save(compiled, part, example), details
        )
    report(f"built in {details['seconds']} s: {path.stat().st_size / 1e6:.0f} MB in {path}")
    return path


def _verified(
    files: ModelFiles,
    size: tuple[int, int],
    device: torch.device,
    report: Callable[[str], None],
) -> tuple[nn.Module, torch.Tensor, dict[str, Any]]:
    """Compile in the fastest precision that agrees with fp32: network, its input, its record."""
    import torch

    from livedepth.depth import half_precision, tensorrt_compiler
    from livedepth.depth.network_folding import fold
    from livedepth.depth.torch_network import load_network, outputs_of

    network = fold(load_network(files)).to(device)
    image = half_precision.probe_of(files.description, size).to(device)
    with torch.no_grad():
        reference = network(image)
        for precision, wide_sums in _ATTEMPTS:
            half = precision == "fp16"
            candidate = half_precision.in_half_precision(network) if half else network
            example = image.half() if half else image
            named = precision + (" with fp32 sums" if wide_sums else "")
            report(f"compiling in {named}")
            compiled, whole = tensorrt_compiler.compile_network(
                candidate,
                example,
                wide_sums=wide_sums,
                timings=engine_cache.engines_folder() / "timings.bin",
                report=report,
            )
            score = half_precision.least_agreement(reference, outputs_of(compiled(example)))
            report(f"agreement of {named} with fp32: {score:.5f}")
            if score >= half_precision.LEAST_AGREEMENT:
                record = {"precision": precision, "agreement": score, "one engine": whole}
                return compiled, example, record
    raise EngineError(
        f"engine {ENGINE} disagrees with fp32 on {files.description.name} in every precision"
    )


def require(files: ModelFiles) -> torch.device:
    """Return the device that runs TensorRT; raises EngineError saying what is missing."""
    if files.folder is None and files.safetensors is None:
        raise EngineError(
            f"engine {ENGINE} runs safetensors weights or a hub folder; {files.description.name} "
            "has neither"
        )
    _library()
    return require_device(ENGINE)


def _library() -> ModuleType:
    if importlib.util.find_spec("torch_tensorrt") is None:
        raise EngineError(
            f"engine {ENGINE} needs torch_tensorrt; `pip install 'livedepth[tensorrt]'`"
        )
    try:
        # It prints what it lacks; that is in the exception too. One thread at a time: of two, the
        # last would put back what the other had redirected.
        with (
            _IMPORTING,
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            return importlib.import_module("torch_tensorrt")
    except Exception as error:  # it raises a plain Exception where its libraries do not load
        raise EngineError(
            f"engine {ENGINE}: torch_tensorrt does not load ({first_line(str(error))}); "
            "`pip install 'livedepth[tensorrt]'` brings what it needs"
        ) from error


def _key(files: ModelFiles, size: tuple[int, int], device: torch.device) -> EngineKey:
    import torch

    from livedepth.depth import tensorrt_compiler

    torch_tensorrt, tensorrt = tensorrt_compiler.versions()
    return EngineKey(
        model=files.description.name,
        weights=digest(files, sizes=False),
        livedepth=VERSION,
        torch=torch.__version__,
        torch_tensorrt=torch_tensorrt,
        tensorrt=tensorrt,
        gpu=card_name(device),
        capability=torch.cuda.get_device_capability(device),
        precision=_POLICY,
        shape=(1, 3, size[1], size[0]),
    )
