"""The embedded network: one picture in, relative inverse depth and a matte of the people out.

A convolutional encoder down to 1/32 of the picture, a decoder of additions back up to 1/2, and one
head that predicts both maps from shared features. Every operation is one that runs fast and with
any height and width in small inference engines: plain, depthwise and 1x1 convolutions, ReLU,
nearest upsampling and addition; nothing is gated, so nothing but the context needs a reduction.

Sources: inverted residuals, Sandler et al., "MobileNetV2", CVPR 2018; context by global pooling,
Liu et al., "ParseNet", 2015; top-down pathway, Lin et al., "Feature Pyramid Networks", CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

MULTIPLE = 32
"""Height and width of the input are multiples of this, the network's coarsest stride."""

WIDTHS = (16, 24, 48, 128, 192)
"""Channels of the encoder at strides 2, 4, 8, 16 and 32."""

DEPTHS = (1, 3, 6, 2)
"""Inverted residuals of the encoder at strides 4, 8, 16 and 32."""

DECODER_WIDTHS = (12, 24, 48, 96)
"""Channels of the decoder at strides 2, 4, 8 and 16."""

MEAN = 0.45
"""The mid-grey taken off the picture, so that zero padding looks like grey, not black."""


class NormalisedConvolution(nn.Sequential):
    """Convolution, batch normalisation and, where asked, ReLU; the size is kept at stride 1."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        groups: int = 1,
        activation: bool = True,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        if activation:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class InvertedResidual(nn.Module):
    """Widen by 1x1, filter each channel by 3x3, narrow by 1x1; add the input where shapes agree."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, expansion: int = 2) -> None:
        super().__init__()
        width = inputs * expansion
        self.adds_input = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            NormalisedConvolution(inputs, width),
            NormalisedConvolution(width, width, 3, stride=stride, groups=width),
            NormalisedConvolution(width, outputs, activation=False),
        )

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.layers(features)
        return features + result if self.adds_input else result


class GlobalContext(nn.Module):
    """Add what the whole picture says, one vector, to every place.

    A wall without texture is placed by the rest of the room; convolutions of this depth do not
    reach across the picture by themselves.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // 2, 1)
        self.spread = nn.Conv2d(width // 2, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        pooled = functional.adaptive_avg_pool2d(features, 1)
        context = functional.relu(self.spread(functional.relu(self.squeeze(pooled))))
        return features + context


class Merge(nn.Module):
    """One step up of the decoder: the coarser features, upsampled, plus the encoder's own."""

    def __init__(self, coarse: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.narrow = NormalisedConvolution(coarse, outputs, activation=False)
        self.lateral = NormalisedConvolution(skip, outputs, activation=False)
        self.refine = nn.Sequential(
            NormalisedConvolution(outputs, outputs, 3, groups=outputs),
            NormalisedConvolution(outputs, outputs),
        )

    def forward(self, coarse: Tensor, skip: Tensor) -> Tensor:
        upsampled = functional.interpolate(self.narrow(coarse), scale_factor=2.0, mode="nearest")
        merged = functional.relu(upsampled + self.lateral(skip))
        result: Tensor = self.refine(merged)
        return result


class EmbeddedNetwork(nn.Module):
    """Relative inverse depth and a matte of the people, from one picture.

    Input: float32 (n, 3, height, width), RGB in 0..1, height and width multiples of ``MULTIPLE``.
    Output: ``disparity`` and ``matte``, both float32 (n, 1, height / 2, width / 2). Disparity is
    unbounded, near = large, known up to scale and shift; the matte is in 0..1, 1 = a person.
    """

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        depths: Sequence[int] = DEPTHS,
        decoder_widths: Sequence[int] = DECODER_WIDTHS,
    ) -> None:
        super().__init__()
        self.stem = NormalisedConvolution(3, widths[0], 3, stride=2)
        self.enter = NormalisedConvolution(widths[0], widths[1], 3, stride=2)
        self.stages = nn.ModuleList()
        for index, depth in enumerate(depths):
            width = widths[index + 1]
            blocks: list[nn.Module] = []
            if index > 0:
                blocks.append(InvertedResidual(widths[index], width, stride=2))
            blocks.extend(InvertedResidual(width, width) for _ in range(depth))
            self.stages.append(nn.Sequential(*blocks))
        self.context = GlobalContext(widths[-1])
        coarse_widths = [*decoder_widths[1:], widths[-1]]
        self.merges = nn.ModuleList(
            Merge(coarse, skip, outputs)
            for coarse, skip, outputs in zip(coarse_widths, widths, decoder_widths, strict=False)
        )
        self.head = nn.Conv2d(decoder_widths[0], 2, 3, padding=1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        features = [self.stem(image - MEAN)]
        current = self.enter(features[0])
        for stage in self.stages:
            current = stage(current)
            features.append(current)
        current = self.context(current)
        for merge, skip in zip(reversed(self.merges), reversed(features[:-1]), strict=True):
            current = merge(current, skip)
        maps: Tensor = self.head(current)
        return maps[:, :1], torch.sigmoid(maps[:, 1:])
