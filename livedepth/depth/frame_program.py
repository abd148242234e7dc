"""The whole of one frame on a device: uint8 picture in, small float maps out.

Resizing, colour order and normalisation are two matrix products. Each axis of ``shrink`` is a
linear map, so one matrix does the rows, and one matrix for each channel does the columns together
with that channel's scale and offset; a GPU's matrix units take them in microseconds, and the
picture a network sees is the one that the CPU's path gives it, up to rounding.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from livedepth.depth.description import ModelDescription
from livedepth.depth.postprocessing import NEAREST_METRES
from livedepth.depth.torch_network import outputs_of
from livedepth.errors import ModelError
from livedepth.frame import Map, Prediction

Matrix = NDArray[np.float64]


def shrinking_matrices(frame: tuple[int, int], size: tuple[int, int]) -> tuple[Matrix, Matrix]:
    """Return what ``livedepth.resizing.shrink`` does to columns and to rows.

    frame, size: (width, height) before and after. The matrices are (width after, width before)
    and (height after, height before); every row sums to 1.
    """
    if any(before < 2 * after for before, after in zip(frame, size, strict=True)):
        return _linear(frame[0], size[0]), _linear(frame[1], size[1])
    columns, rows = (
        _linear(before, 2 * after).reshape(after, 2, before).mean(1)
        for before, after in zip(frame, size, strict=True)
    )
    return columns, rows


def _linear(before: int, after: int) -> Matrix:
    """Linear interpolation between pixel centres, edges repeated."""
    places = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
    lower = np.floor(places).astype(int)
    upper = np.minimum(lower + 1, before - 1)
    matrix = np.zeros((after, before))
    np.add.at(matrix, (np.arange(after), lower), 1 - (places - lower))
    np.add.at(matrix, (np.arange(after), upper), places - lower)
    return matrix


class FrameProgram(nn.Module):
    """A network with all that is before and after it, for frames of one size.

    Nothing in it waits for the device and every shape is fixed, so it can be captured as one CUDA
    graph. frame, size: (width, height) of the frames and of the network's input, which is
    ``dtype`` (1, 3, height, width) in ``memory_format``.
    """

    vertical: Tensor
    horizontal: Tensor
    offset: Tensor

    def __init__(
        self,
        network: nn.Module,
        description: ModelDescription,
        frame: tuple[int, int],
        size: tuple[int, int],
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        memory_format: torch.memory_format = torch.channels_last,
    ) -> None:
        super().__init__()
        self.network = network
        self._description = description
        self._order = (2, 1, 0) if description.colour == "rgb" else (0, 1, 2)
        self._dtype, self._memory_format = dtype, memory_format
        columns, rows = shrinking_matrices(frame, size)
        mean, std = np.array(description.mean), np.array(description.std)
        scaled = (description.scale / std)[:, None, None] * columns
        for name, values in (
            ("vertical", rows),
            ("horizontal", scaled),
            ("offset", (-mean / std)[:, None, None]),
        ):
            self.register_buffer(name, torch.from_numpy(values).to(device, dtype))

    def forward(self, frame: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of one frame and whether they are finite.

        frame: uint8 (height, width, 3), BGR. Maps: float32 (k, rows, columns): depth (relative
        inverse depth), then metres from a metric model, then the matte where there is one;
        finite: bool ().
        """
        outputs = [output.float() for output in outputs_of(self.network(self.tensor_of(frame)))]
        stacked = torch.stack([output.reshape(output.shape[-2:]) for output in outputs])
        finite = torch.isfinite(stacked).all()
        maps = [stacked[0]]
        if self._description.metres is not None:
            maps = [stacked[0].clamp(min=NEAREST_METRES).reciprocal(), stacked[0]]
        if self._description.matte is not None:
            maps.append(stacked[1].clamp(0.0, 1.0))
        return torch.stack(maps), finite

    def tensor_of(self, frame: Tensor) -> Tensor:
        """Resize, order and normalise a frame into the network's input."""
        height, width, _ = frame.shape
        pixels = frame.to(self._dtype).reshape(height, 3 * width)
        lines = (self.vertical @ pixels).reshape(-1, width, 3)
        planes = torch.stack([lines[:, :, channel] for channel in self._order])
        image = torch.baddbmm(self.offset, planes, self.horizontal.transpose(1, 2))
        return image.unsqueeze(0).contiguous(memory_format=self._memory_format)


def prediction_of_maps(description: ModelDescription, maps: Map, finite: bool) -> Prediction:
    """Read what a FrameProgram returned; ``maps`` is kept, not copied.

    Raises ModelError where the network's values were not finite.
    """
    if not finite:
        raise ModelError(f"model {description.name} returned values that are not finite")
    rest = iter(maps[1:])
    metres = None if description.metres is None else next(rest)
    matte = None if description.matte is None else next(rest)
    return Prediction(maps[0], matte, metres)
