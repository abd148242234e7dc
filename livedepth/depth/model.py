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
        """What runs it: opencv, onnxruntime, torch."""
        ...

    def infer(self, image: Image) -> Prediction:
        """Estimate depth (and the matte, where the model has that head) of one image.

        image: BGR uint8 (height, width, 3) of any size; it is not modified.
        Raises ModelError when inference fails or its result is not finite.
        """
        ...

    def close(self) -> None:
        """Release the engine; safe to call twice."""
        ...
