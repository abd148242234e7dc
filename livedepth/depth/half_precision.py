"""Networks in fp16 with fp32 where that needs it, and the proof that they still agree."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from livedepth.depth.agreement import correlation
from livedepth.depth.description import ModelDescription
from livedepth.depth.preprocessing import Preprocessor
from livedepth.depth.reference_picture import picture

LEAST_AGREEMENT = 0.999
"""The least correlation of a map with the one computed in fp32."""


class FullPrecisionLayer(nn.Module):
    """One layer of an fp16 network that computes and answers in fp32."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer.float()

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.layer(features.float())
        return result


def in_half_precision(network: nn.Module) -> nn.Module:
    """Return a copy of ``network`` in fp16 that takes fp16 and answers in fp32.

    The last convolution, which makes the maps, stays fp32: disparities in the hundreds keep their
    steps and a large one does not overflow. Normalisation, softmax and products accumulate in
    fp32 inside their kernels as it is.
    """
    half = copy.deepcopy(network)
    name, final = _last_convolution(half)
    full = FullPrecisionLayer(copy.deepcopy(final))
    half.half()
    parent, _, leaf = name.rpartition(".")
    setattr(half.get_submodule(parent), leaf, full)
    return half


def _last_convolution(network: nn.Module) -> tuple[str, nn.Conv2d]:
    convolutions = [
        (name, module) for name, module in network.named_modules() if isinstance(module, nn.Conv2d)
    ]
    if not convolutions:
        raise ValueError("the network has no convolution that makes its maps")
    return convolutions[-1]


def agreement(reference: NDArray[np.floating], candidate: NDArray[np.floating]) -> float:
    """Return the correlation (Pearson) of two maps of one shape, in -1..1; 0 if not finite.

    Maps without any detail agree (1) if they are the same to a thousandth, else not at all (0).
    """
    first, second = (np.asarray(values, np.float64).ravel() for values in (reference, candidate))
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return 0.0
    floor = 1e-6 * max(float(np.abs(first).max()), 1e-30)
    if np.ptp(first) <= floor or not np.ptp(second):
        return 1.0 if np.allclose(first, second, rtol=1e-3, atol=floor) else 0.0
    return correlation(first, second)


def least_agreement(reference: tuple[Tensor, ...], candidate: tuple[Tensor, ...]) -> float:
    """Return the least agreement over a network's outputs."""
    return min(
        agreement(ours.float().cpu().numpy(), theirs.float().cpu().numpy())
        for ours, theirs in zip(reference, candidate, strict=True)
    )


def probe_of(description: ModelDescription, size: tuple[int, int] | None = None) -> Tensor:
    """Return the test picture as a network's input, fp32 (1, 3, height, width), on the CPU.

    size: (width, height) of the input, the description's own if it is not given.
    """
    width, height = size or (description.width, description.height)
    fixed = dataclasses.replace(description, width=width, height=height, multiple=0)
    return torch.from_numpy(Preprocessor(fixed)(picture(width, height)))


def half_where_it_agrees(network: nn.Module, image: Tensor) -> tuple[nn.Module, torch.dtype]:
    """Return ``network`` in fp16, or as it is where fp16 does not agree on ``image``.

    image: fp32 (1, 3, height, width), normalised, on the network's device. The type is that of
    the network's input. A RuntimeError of the device passes through.
    """
    half = in_half_precision(network)
    with torch.inference_mode():
        score = least_agreement(network(image), half(image.half()))
    return (half, torch.float16) if score >= LEAST_AGREEMENT else (network, torch.float32)
