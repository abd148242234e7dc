"""What every depth model is, whatever engine runs it."""

from __future__ import annotations

from typing import Protocol

from livedepth.frame import Image, Prediction


class DepthModel(Protocol):
    """One image in, one prediction out; used by one thread at a time."""

    @property
    def name(self) -> str:
        """The model's name, for messages and statistics."""
        ...

    @property
    def engine(self) -> str:
        """What runs it: opencv, onnxruntime, onnxruntime-int8, torch, cuda, tensorrt."""
        ...

    @property
    def device(self) -> str:
        """Where it runs, as a person would name it: CPU, NVIDIA H100 80GB HBM3, Apple GPU."""
        ...

    @property
    def precision(self) -> str:
        """What it computes in: fp32, or fp16 (with fp32 where that needs it)."""
        ...

    def infer(self, image: Image) -> Prediction:
        """Estimate depth (and the matte, where the model has that head) of one image.

        image: BGR uint8 (height, width, 3) of any size; it is not modified.
        Raises ModelError for what is no picture or when the result is not finite, EngineError
        when the engine itself fails: out of memory, a lost driver, a size it has not built.
        """
        ...

    def close(self) -> None:
        """Release the engine; safe to call twice."""
        ...
