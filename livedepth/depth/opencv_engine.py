"""Runs an ONNX model on the CPU through OpenCV's DNN module."""

from __future__ import annotations

import cv2
import numpy as np

from livedepth.depth.files import ModelFiles
from livedepth.depth.postprocessing import prediction_of
from livedepth.depth.preprocessing import Preprocessor
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Map, Prediction


class OpenCVModel:
    """An ONNX file in OpenCV's DNN module (its graph engine).

    Raises EngineError for a model without an ONNX file, ModelError for a file that is not an ONNX
    model or cannot run here.
    """

    engine = "opencv"
    device = "CPU"
    precision = "fp32"

    def __init__(self, files: ModelFiles) -> None:
        path, description = files.onnx, files.description
        if path is None:
            raise EngineError(f"engine opencv runs ONNX files; {description.name} has none")
        self.name = description.name
        self._description = description
        self._preprocess = Preprocessor(description)
        try:
            contents = np.fromfile(path, np.uint8)
        except OSError as error:
            raise ModelError(f"model file {path} cannot be read: {error.strerror}") from error
        if contents.size == 0:
            raise ModelError(f"model file {path} is empty")
        try:
            self._network = cv2.dnn.readNetFromONNX(contents, engine=cv2.dnn.ENGINE_NEW)
        except cv2.error as error:
            raise ModelError(f"model file {path} is not an ONNX model that OpenCV reads") from error
        self._names = tuple(self._network.getUnconnectedOutLayersNames())

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        tensor = self._preprocess(image)
        try:
            self._network.setInput(tensor)
            arrays: tuple[Map, ...] = self._network.forward(self._names)  # type: ignore[assignment]
        except cv2.error as error:
            height, width = tensor.shape[2:]
            raise ModelError(
                f"model {self.name} does not run at {width}x{height}: "
                f"{str(error.err) or 'OpenCV refused it'}; check the size in its sidecar"
            ) from error
        return prediction_of(self._description, dict(zip(self._names, arrays, strict=True)))

    def close(self) -> None:
        """Nothing is held beyond memory."""
