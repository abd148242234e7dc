"""From a camera's frame to a network's input."""

from __future__ import annotations

import math

import numpy as np

from livedepth.depth.description import ModelDescription
from livedepth.errors import ModelError
from livedepth.frame import Image, Map, image_fault
from livedepth.resizing import shrink


def network_size(description: ModelDescription, width: int, height: int) -> tuple[int, int]:
    """Choose the input size (width, height) for frames of ``width`` x ``height``.

    Among the sizes on the model's grid it balances distortion of the frame's shape against
    change of the cost: |log aspect ratio| + |log area ratio| / 2 is least.
    """
    if not description.multiple:
        return description.width, description.height
    step = description.multiple
    area = description.width * description.height
    longest = max(description.width, description.height) * 2 // step

    def cost(size: tuple[int, int]) -> float:
        distortion = abs(math.log(size[0] * height / (size[1] * width)))
        return distortion + abs(math.log(size[0] * size[1] / area)) / 2

    steps = range(1, longest + 1)
    return min(((x * step, y * step) for x in steps for y in steps), key=cost)


class Preprocessor:
    """Turns frames into one reused input tensor.

    The tensor is float32 (1, 3, height, width), (pixel * scale - mean) / std.
    """

    def __init__(self, description: ModelDescription) -> None:
        self._description = description
        self._order = (2, 1, 0) if description.colour == "rgb" else (0, 1, 2)
        self._frame_size = (0, 0)
        self._small = np.empty((0, 0, 3), np.uint8)
        self._tensor = np.empty((1, 3, 0, 0), np.float32)
        self._halfway = np.empty((0, 0, 3), np.uint8)

    def __call__(self, image: Image) -> Map:
        """Return the tensor for ``image``, BGR uint8 (height, width, 3), until the next call.

        Raises ModelError for anything else.
        """
        if fault := image_fault(image):
            raise ModelError(f"a picture {fault}")
        height, width = image.shape[:2]
        if (width, height) != self._frame_size:
            self._prepare(width, height)
        shrink(image, self._small, self._halfway)
        scale, mean, std = (getattr(self._description, key) for key in ("scale", "mean", "std"))
        for channel, position in enumerate(self._order):
            plane = self._tensor[0, channel]
            np.multiply(self._small[:, :, position], np.float32(scale / std[channel]), out=plane)
            if mean[channel]:
                np.subtract(plane, np.float32(mean[channel] / std[channel]), out=plane)
        return self._tensor

    def _prepare(self, width: int, height: int) -> None:
        columns, rows = network_size(self._description, width, height)
        self._small = np.empty((rows, columns, 3), np.uint8)
        self._halfway = np.empty((2 * rows, 2 * columns, 3), np.uint8)
        self._tensor = np.empty((1, 3, rows, columns), np.float32)
        self._frame_size = (width, height)
