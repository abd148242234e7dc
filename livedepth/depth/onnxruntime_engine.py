"""Runs an ONNX model through ONNX Runtime, where it is installed."""

from __future__ import annotations

from pathlib import Path

from livedepth.depth.description import ModelDescription
from livedepth.depth.postprocessing import prediction_of
from livedepth.depth.preprocessing import Preprocessor
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Prediction


class ONNXRuntimeModel:
    """An ONNX file in ONNX Runtime, on the best execution provider it offers.

    Raises EngineError where ONNX Runtime is not installed, ModelError for a file it refuses.
    """

    engine = "onnxruntime"

    def __init__(self, path: Path, description: ModelDescription) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise EngineError(
                "engine onnxruntime is not installed; `pip install 'livedepth[onnxruntime]'`"
            ) from error
        self.name = description.name
        self._description = description
        self._preprocess = Preprocessor(description)
        try:
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(), providers=onnxruntime.get_available_providers()
            )
        except OSError as error:
            raise ModelError(f"model file {path} cannot be read: {error.strerror}") from error
        except Exception as error:  # its exceptions share no base but Exception
            raise ModelError(
                f"model file {path} is not an ONNX model that ONNX Runtime reads"
            ) from error
        self._input = self._session.get_inputs()[0].name
        self._names = [output.name for output in self._session.get_outputs()]

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        tensor = self._preprocess(image)
        try:
            arrays = self._session.run(self._names, {self._input: tensor})
        except Exception as error:  # its exceptions share no base but Exception
            height, width = tensor.shape[2:]
            raise ModelError(
                f"model {self.name} does not run at {width}x{height}; check the size in its sidecar"
            ) from error
        return prediction_of(self._description, dict(zip(self._names, arrays, strict=True)))

    def close(self) -> None:
        """Nothing is held beyond memory."""
