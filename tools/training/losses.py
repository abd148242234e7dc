"""What the network is asked for: depth up to scale and shift, its edges, its walls, a matte, and
the same answer in neighbouring frames.

All maps are float32 (n, 1, height, width); every loss is a mean over pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.batches import Batch

Weighted = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each term counts; see the functions of the same names."""

    invariant: float = 1.0
    background: float = 0.5
    gradient: float = 1.0
    raw: float = 0.3
    relative: float = 0.5
    person: float = 0.3
    matte: float = 1.0
    sharpness: float = 2.0
    temporal: float = 1.0


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


def align(predicted: Tensor, target: Tensor) -> Tensor:
    """Scale and shift each prediction to its target by least squares, as depth is judged.

    The two numbers are taken as they come out and carry no gradient; the scale is kept positive.
    """
    with torch.no_grad():
        centre, goal = (v.mean(dim=(1, 2, 3), keepdim=True) for v in (predicted, target))
        deviation = predicted - centre
        variance = (deviation * deviation).mean(dim=(1, 2, 3), keepdim=True)
        covariance = (deviation * (target - goal)).mean(dim=(1, 2, 3), keepdim=True)
        scale = (covariance / variance.clamp(min=1e-4)).clamp(0.2, 5.0)
    return (predicted - centre) * scale + goal


def relative_error(aligned: Tensor, target: Tensor) -> Tensor:
    """Error as a share of the disparity, which is nearly its share of the depth: AbsRel.

    Bounded below by a fifth of a picture's mean, lest a window decide.
    """
    floor = 0.2 * target.mean(dim=(1, 2, 3), keepdim=True)
    return ((aligned - target).abs() / torch.maximum(target, floor).clamp(min=1e-3)).mean()


def background(difference: Tensor, matte: Tensor) -> Tensor:
    """Absolute difference behind the people after the background's own shift is taken off.

    The person is the largest step of the picture and dominates the normalised difference; a
    tilted or bent wall shows only when the room is judged by itself.
    """
    return without_offset(difference, (matte < 0.1).float())


def person(difference: Tensor, matte: Tensor) -> Tensor:
    """The same within the people: a face's relief, however near it is."""
    return without_offset(difference, (matte > 0.9).float())


def without_offset(difference: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute difference under a weight, after its own mean there is taken off."""
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


def matte_loss(predicted: Tensor, matte: Tensor, sharpness: float = 1.0) -> Tensor:
    """Cross-entropy everywhere and more of it along the edge, absolute error there, and matching
    gradients.

    sharpness: how much the absolute error counts, which wants a decision where cross-entropy
    wants a probability.
    """
    clipped = predicted.clamp(1e-4, 1.0 - 1e-4)
    edge = boundary(matte)
    entropy = functional.binary_cross_entropy(clipped, matte, weight=1.0 + 2.0 * edge)
    along = mean_over((predicted - matte).abs(), edge).mean()
    return entropy + sharpness * along + 0.5 * gradient(predicted - matte, scales=2)


def carry_back(maps: Tensor, motion: Tensor) -> Tensor:
    """Maps (n, c, h, w) of second pictures seen from the first; motion (n, 2, h, w) in pixels."""
    height, width = maps.shape[-2:]
    row = torch.arange(height, device=maps.device, dtype=maps.dtype)[:, None]
    column = torch.arange(width, device=maps.device, dtype=maps.dtype)[None, :]
    right = (column + motion[:, 0] + 0.5) * (2.0 / width) - 1.0
    down = (row + motion[:, 1] + 0.5) * (2.0 / height) - 1.0
    grid = torch.stack([right, down], dim=-1)
    return functional.grid_sample(maps, grid, padding_mode="border", align_corners=False)


def temporal_loss(
    maps: tuple[Tensor, Tensor], target: Weighted, motion: Tensor, visible: Tensor
) -> Tensor:
    """How much aligned disparity and matte (n, 1, h, w) change along the motion, beyond the truth.

    Samples 2k and 2k + 1 are neighbours; what is not visible in both does not count. Lai et al.,
    "Learning Blind Video Temporal Consistency", ECCV 2018, equation 2, without their flow network.
    """
    both = torch.cat(maps, dim=1) - torch.cat(target, dim=1)
    change = carry_back(both[1::2], motion) - both[::2]
    return (change.abs() * visible).sum() / (visible.sum() + 1e-3 * visible.numel())


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
        + weights.person * person(difference, matte)
        + weights.gradient * gradient(difference)
        + weights.raw * raw
        + weights.relative * relative_error(align(predicted, target), target)
    )


def training_loss(
    prediction: Weighted, batch: Batch, weights: LossWeights
) -> tuple[Tensor, Tensor, Tensor]:
    """Weighted depth, matte and temporal losses of (disparity, matte) against a batch's labels."""
    disparity, matte = (values.float() for values in prediction)
    depth = disparity_loss(disparity, batch.disparity, batch.matte, weights)
    maps = (align(disparity, batch.disparity), matte)
    change = temporal_loss(maps, (batch.disparity, batch.matte), batch.motion, batch.visible)
    return (
        depth,
        weights.matte * matte_loss(matte, batch.matte, weights.sharpness),
        weights.temporal * change,
    )


def correlation(predicted: Tensor, target: Tensor) -> Tensor:
    """Pearson correlation of each picture, (n,): the agreement left by scale and shift."""
    first = predicted.flatten(1) - predicted.flatten(1).mean(dim=1, keepdim=True)
    second = target.flatten(1) - target.flatten(1).mean(dim=1, keepdim=True)
    norms = first.norm(dim=1) * second.norm(dim=1)
    return (first * second).sum(dim=1) / torch.clamp(norms, min=1e-12)
