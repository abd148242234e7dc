"""Runs an ONNX model through ONNX Runtime, where it is installed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from livedepth.depth.cuda_device import first_line
from livedepth.depth.files import ModelFiles
from livedepth.depth.postprocessing import prediction_of
from livedepth.depth.preprocessing import Preprocessor
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Prediction

PROVIDERS = {
    "CUDAExecutionProvider": "NVIDIA GPU",
    "CoreMLExecutionProvider": "Apple CoreML",
    "DmlExecutionProvider": "DirectML",
    "CPUExecutionProvider": "CPU",
}
"""Execution providers in the order they are tried, and what each runs on. TensorRT's is left
out: it would build for minutes at the first frame, which engine tensorrt does ahead."""

_LAST = "CPUExecutionProvider"


class ONNXRuntimeModel:
    """An ONNX file in ONNX Runtime, on the first of ``PROVIDERS`` that takes it.

    device: where it runs; warnings: a line for each provider that was there and did not work.
    Raises EngineError where ONNX Runtime is not installed or the model has no ONNX file, ModelError
    for a file it refuses.
    """

    engine = "onnxruntime"
    precision = "fp32"
    providers = tuple(PROVIDERS)

    def __init__(self, files: ModelFiles) -> None:
        onnxruntime = _library()
        path, description = self._file(files), files.description
        if path is None:
            raise EngineError(f"engine {self.engine} runs ONNX files; {description.name} has none")
        self.name = description.name
        self._description = description
        self._preprocess = Preprocessor(description)
        try:
            contents = path.read_bytes()
        except OSError as error:
            raise ModelError(f"model file {path} cannot be read: {error.strerror}") from error
        try:
            session, provider, self.warnings = _first_session(onnxruntime, contents, self.providers)
        except Exception as error:  # its exceptions share no base but Exception
            raise ModelError(
                f"model file {path} is not an ONNX model that ONNX Runtime reads"
            ) from error
        self.device = PROVIDERS[provider]
        self._session = session
        self._input = session.get_inputs()[0].name
        self._names = [output.name for output in session.get_outputs()]

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        tensor = self._preprocess(image)
        try:
            arrays = self._session.run(self._names, {self._input: tensor})
        except Exception as error:  # its exceptions share no base but Exception
            raise self._failure(error, tensor.shape[3], tensor.shape[2]) from error
        return prediction_of(self._description, dict(zip(self._names, arrays, strict=True)))

    def close(self) -> None:
        """Nothing is held beyond memory."""

    @staticmethod
    def _file(files: ModelFiles) -> Path | None:
        return files.onnx

    def _failure(self, error: Exception, width: int, height: int) -> ModelError:
        # Only InvalidArgument speaks of the model; the rest are the provider's own troubles.
        if type(error).__name__ == "InvalidArgument" or self.device == "CPU":
            return ModelError(
                f"model {self.name} does not run at {width}x{height}; check the size in its sidecar"
            )
        return EngineError(
            f"engine {self.engine} failed on {self.device} with model {self.name}: "
            f"{first_line(str(error))}"
        )


class QuantisedModel(ONNXRuntimeModel):
    """A model in 8-bit integers, which ONNX Runtime has kernels for on the processor."""

    engine = "onnxruntime-int8"
    precision = "int8"
    providers = (_LAST,)

    @staticmethod
    def _file(files: ModelFiles) -> Path | None:
        return files.quantised


def _library() -> Any:
    """ONNX Runtime, with its telemetry off; raises EngineError where it is not installed."""
    # It identifies the machine in a file, and opens a store of events to send, when it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError(
            "engine onnxruntime is not installed; `pip install 'livedepth[onnxruntime]'`"
        ) from error
    # Another part of the program may have imported it before; older ones have no such function.
    disable = getattr(onnxruntime, "disable_telemetry_events", None)
    if disable is not None:
        disable()
    return onnxruntime


def _first_session(
    onnxruntime: Any, contents: bytes, providers: Sequence[str]
) -> tuple[Any, str, tuple[str, ...]]:
    """Open a model on the first provider that takes it: the session, it, and what the others said.

    What the CPU, the last of them, raises passes through.
    """
    offered = onnxruntime.get_available_providers()
    complaints: list[str] = []
    for provider in (name for name in providers if name in offered and name != _LAST):
        try:
            session = _session(onnxruntime, contents, provider)
        except Exception as error:  # its exceptions share no base but Exception
            complaints.append(f"{provider}: {first_line(str(error))}")
            continue
        # A provider whose libraries are missing is left out without an exception.
        if provider in session.get_providers():
            return session, provider, tuple(complaints)
        complaints.append(f"{provider}: its libraries did not load")
    return _session(onnxruntime, contents, _LAST), _LAST, tuple(complaints)


def _session(onnxruntime: Any, contents: bytes, provider: str) -> Any:
    """Open a model on one provider; the CPU takes what operators that one lacks."""
    options = onnxruntime.SessionOptions()
    # Errors are raised; what it would print besides is for its developers.
    options.log_severity_level = 4
    if hasattr(os, "sched_getaffinity"):
        # Its own choice counts processors that this process may not use.
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
    if provider == "DmlExecutionProvider":
        # DirectML supports neither; source: ONNX Runtime, "DirectML Execution Provider".
        options.enable_mem_pattern = False
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    providers = list(dict.fromkeys([provider, "CPUExecutionProvider"]))
    return onnxruntime.InferenceSession(contents, options, providers=providers)
