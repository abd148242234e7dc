"""Exact rewrites that take work off a network once its weights no longer change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold(network: nn.Module) -> nn.Module:
    """Fold what is constant into the weights of ``network``, in place, and return it.

    The network is in evaluation mode and fp32; its outputs stay the same up to rounding.
    """
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential):
            _fold_batch_normalisation(module)
        _fold_layer_scale(module)
        _join_projections(module)
    return network.requires_grad_(False)


def _fold_batch_normalisation(layers: nn.Sequential) -> None:
    for index in range(len(layers) - 1):
        convolution, normalisation = layers[index], layers[index + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            layers[index] = fuse_conv_bn_eval(convolution, normalisation)
            layers[index + 1] = nn.Identity()


def _fold_layer_scale(block: nn.Module) -> None:
    """Move the layer scale of a DINOv2 block (Touvron et al., 2021) into the linear before it."""
    for scale_name, linear_path in (
        ("layer_scale1", "attention.o_proj"),
        ("layer_scale2", "mlp.fc2"),
    ):
        gain = getattr(getattr(block, scale_name, None), "lambda1", None)
        linear = _descendant(block, linear_path)
        if isinstance(gain, Tensor) and isinstance(linear, nn.Linear):
            with torch.no_grad():
                linear.weight.mul_(gain[:, None])
                if linear.bias is not None:
                    linear.bias.mul_(gain)
            setattr(block, scale_name, nn.Identity())


def _descendant(module: nn.Module, path: str) -> nn.Module | None:
    current: Any = module
    for name in path.split("."):
        current = getattr(current, name, None)
    return current if isinstance(current, nn.Module) else None


class JoinedAttention(nn.Module):
    """The self-attention of a DINOv2 block, its three projections as one product."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        linears = [_linear(attention, name) for name in ("q_proj", "k_proj", "v_proj")]
        self.o_proj = _linear(attention, "o_proj")
        self.heads, self.scaling = int(attention.num_attention_heads), float(attention.scaling)  # type: ignore[arg-type]
        self.weight = nn.Parameter(torch.cat([linear.weight for linear in linears]))
        self.bias = None
        if linears[0].bias is not None:
            self.bias = nn.Parameter(torch.cat([linear.bias for linear in linears]))

    def forward(self, hidden_states: Tensor, **_: object) -> tuple[Tensor, None]:
        # The mask that transformers passes while a network is exported lets everything through.
        pictures, tokens, _width = hidden_states.shape
        joined = functional.linear(hidden_states, self.weight, self.bias)
        split = joined.view(pictures, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = split.unbind(0)
        mixed = functional.scaled_dot_product_attention(query, key, value, scale=self.scaling)
        return self.o_proj(mixed.transpose(1, 2).reshape(pictures, tokens, -1)), None


def _linear(module: nn.Module, name: str) -> nn.Linear:
    layer = getattr(module, name)
    if not isinstance(layer, nn.Linear):
        raise TypeError(f"{name} is not a linear layer")
    return layer


def _join_projections(block: nn.Module) -> None:
    attention = _descendant(block, "attention")
    if attention is None or type(attention).__name__ != "Dinov2Attention":
        return
    if _descendant(attention, "q_proj"):
        block.attention = JoinedAttention(attention)


class PointwiseProduct(nn.Module):
    """A 1x1 convolution of a channels-last tensor as one matrix product with bias and ReLU.

    A convolution, its bias and its activation are three kernels on a GPU, this is one.
    """

    def __init__(self, convolution: nn.Conv2d, *, activation: bool) -> None:
        super().__init__()
        weight = convolution.weight.detach().flatten(1).contiguous()
        bias = convolution.bias
        self.activation = activation
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(
            weight.new_zeros(len(weight)) if bias is None else bias.detach(), requires_grad=False
        )

    def forward(self, features: Tensor) -> Tensor:
        pictures, channels, rows, columns = features.shape
        pixels = features.permute(0, 2, 3, 1).reshape(-1, channels)
        if len(self.weight) == 1:
            # One output is a product with a vector, which reads its input once and does no more.
            result = torch.addmv(self.bias, pixels, self.weight[0])
            result = result.relu() if self.activation else result
        else:
            product = torch._addmm_activation if self.activation else torch.addmm
            result = product(self.bias, pixels, self.weight.t())
        return result.view(pictures, rows, columns, -1).permute(0, 3, 1, 2)


def multiply_pointwise(network: nn.Module) -> nn.Module:
    """Replace the 1x1 convolutions of ``network``, in place, by products; return it.

    Alone or in a sequence, where a ReLU right behind goes into the product.
    """
    for module in list(network.modules()):
        names = [name for name, _ in module.named_children()]
        for index, name in enumerate(names):
            layer = module.get_submodule(name)
            if not (isinstance(layer, nn.Conv2d) and _is_pointwise(layer)):
                continue
            following = _following(module, names[index + 1 :])
            activation = following is not None
            setattr(module, name, PointwiseProduct(layer, activation=activation))
            if following is not None:
                setattr(module, following, nn.Identity())
    return network


def _is_pointwise(layer: nn.Conv2d) -> bool:
    return (
        set(layer.kernel_size) | set(layer.stride) | {layer.groups} == {1}
        and layer.padding in (0, (0, 0))
        and type(layer) is nn.Conv2d
    )


def _following(module: nn.Module, names: list[str]) -> str | None:
    """Name the ReLU that a sequence applies next, if one does."""
    if isinstance(module, nn.Sequential):
        for name in names:
            layer = module.get_submodule(name)
            if not isinstance(layer, nn.Identity):
                return name if isinstance(layer, nn.ReLU) else None
    return None


def remember_position_embeddings(network: nn.Module) -> None:
    """Let a DINOv2 network interpolate its position embeddings once for each size, not each time.

    For a network whose weights, precision and device stay; run it once at a size before that size
    is captured, so that what is remembered lies outside the capture.
    """
    for module in network.modules():
        interpolate = getattr(module, "interpolate_pos_encoding", None)
        positions = getattr(module, "position_embeddings", None)
        if callable(interpolate) and isinstance(positions, Tensor):
            setattr(module, "interpolate_pos_encoding", _remembered(interpolate))  # noqa: B010


def _remembered(interpolate: Callable[[Tensor, int, int], Tensor]) -> Callable[..., Tensor]:
    known: dict[tuple[int, int], Tensor] = {}

    def look_up(embeddings: Tensor, height: int, width: int) -> Tensor:
        if (height, width) not in known:
            known[height, width] = interpolate(embeddings, height, width)
        return known[height, width]

    return look_up
