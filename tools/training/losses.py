"""What the network is asked for: depth up to scale and shift, its edges, its walls, and a matte.

All maps are float32 (n, 1, height, width); every loss is a mean over pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

Weighted = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each term counts; see the functions of the same names."""

    invariant: float = 1.0
    background: float = 0.5
    gradient: float = 1.0
    raw: float = 0.3
    matte: float = 1.0


def mean_over(values: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of each picture, (n, 1, 1, 1); 0 where the weight is 0 everywhere."""
    total = weight.sum(dim=(1, 2, 3), keepdim=True)
    return (values * weight).sum(dim=(1, 2, 3), keepdim=True) / total.clamp(min=1e-6)


def centre_and_spread(values: Tensor) -> Weighted:
    """Mean and mean absolute deviation of each picture, (n, 1, 1, 1)."""
    centre = values.mean(dim=(1, 2, 3), keepdim=True)
    return centre, (values - centre).abs().mean(dim=(1, 2, 3), keepdim=True)


def normalise(values: Tensor, floor: float = 0.02) -> Tensor:
    """Take off scale and shift, as Ranftl et al., "Towards Robust Monocular Depth Estimation",
    TPAMI 2022, equation 6, with means for medians, which are cheaper and as stable here."""
    centre, spread = centre_and_spread(values)
    return (values - centre) / spread.clamp(min=floor)


def farness(target: Tensor) -> Tensor:
    """A weight that grows with distance, mean 1: an error in disparity costs more depth there."""
    relative = target / target.mean(dim=(1, 2, 3), keepdim=True).clamp(min=1e-3)
    weight = 1.0 / (relative.clamp(min=0.0) + 0.4)
    return weight / weight.mean(dim=(1, 2, 3), keepdim=True)


def background(difference: Tensor, matte: Tensor) -> Tensor:
    """Absolute difference behind the people after the background's own shift is taken off.

    The person is the largest step of the picture and dominates the normalised difference; a
    tilted or bent wall shows only when the room is judged by itself.
    """
    weight = (matte < 0.1).float()
    offset = mean_over(difference, weight)
    return mean_over((difference - offset).abs(), weight).mean()


def gradient(difference: Tensor, scales: int = 4) -> Tensor:
    """Multi-scale gradient matching: Li and Snavely, "MegaDepth", CVPR 2018, equation 4."""
    total = difference.new_zeros(())
    for _ in range(scales):
        total = total + (difference[..., :, 1:] - difference[..., :, :-1]).abs().mean()
        total = total + (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
        difference = functional.avg_pool2d(difference, 2)
    return total / scales


def boundary(matte: Tensor, radius: int = 2) -> Tensor:
    """1 where a matte changes within ``radius`` pixels, else 0: dilation minus erosion."""
    size = 2 * radius + 1
    dilated = functional.max_pool2d(matte, size, 1, radius)
    eroded = -functional.max_pool2d(-matte, size, 1, radius)
    return (dilated - eroded).clamp(0.0, 1.0)


def matte_loss(predicted: Tensor, matte: Tensor) -> Tensor:
    """Cross-entropy everywhere, absolute error along the edge, and matching gradients."""
    clipped = predicted.clamp(1e-4, 1.0 - 1e-4)
    entropy = functional.binary_cross_entropy(clipped, matte)
    edge = boundary(matte)
    along = mean_over((predicted - matte).abs(), edge).mean()
    return entropy + 0.5 * along + 0.5 * gradient(predicted - matte, scales=2)


def disparity_loss(
    predicted: Tensor, target: Tensor, matte: Tensor, weights: LossWeights
) -> Tensor:
    """All depth terms together."""
    difference = normalise(predicted) - normalise(target)
    weight = farness(target)
    invariant = (weight * difference.abs()).mean()
    raw = (weight * (predicted - target).abs()).mean()
    return (
        weights.invariant * invariant
        + weights.background * background(difference, matte)
        + weights.gradient * gradient(difference)
        + weights.raw * raw
    )


def training_loss(
    prediction: Weighted, target: Weighted, weights: LossWeights
) -> tuple[Tensor, Tensor]:
    """Weighted depth and matte losses of (disparity, matte) against (disparity, matte)."""
    disparity, matte = (values.float() for values in prediction)
    depth = disparity_loss(disparity, target[0], target[1], weights)
    return depth, weights.matte * matte_loss(matte, target[1])


def correlation(predicted: Tensor, target: Tensor) -> Tensor:
    """Pearson correlation of each picture, (n,): the agreement left by scale and shift."""
    first = predicted.flatten(1) - predicted.flatten(1).mean(dim=1, keepdim=True)
    second = target.flatten(1) - target.flatten(1).mean(dim=1, keepdim=True)
    norms = first.norm(dim=1) * second.norm(dim=1)
    return (first * second).sum(dim=1) / torch.clamp(norms, min=1e-12)
