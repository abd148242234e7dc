"""fp16 where it agrees, fp32 where it does not."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from livedepth.depth.description import ModelDescription  # noqa: E402
from livedepth.depth.half_precision import (  # noqa: E402
    FullPrecisionLayer,
    agreement,
    half_where_it_agrees,
    in_half_precision,
    least_agreement,
    probe_of,
)
from livedepth.depth.registry import built_in_models  # noqa: E402
from livedepth.depth.torch_network import load_network  # noqa: E402

PROBE = ModelDescription("m", 32, 24, scale=1 / 255)


class Stack(torch.nn.Module):
    """Two convolutions that scale their input by ``gain`` and back."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.last = torch.nn.Conv2d(8, 1, 1)
        with torch.no_grad():
            self.first.weight.mul_(gain)
            self.last.weight.div_(gain)
        self.requires_grad_(False)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.last(self.first(image)),)


def test_a_tame_network_is_halved_and_answers_in_full() -> None:
    network = Stack(1.0)
    before = copy.deepcopy(network.state_dict())
    half, dtype = half_where_it_agrees(network, probe_of(PROBE))
    assert dtype == torch.float16
    assert half.first.weight.dtype == torch.float16
    assert isinstance(half.last, FullPrecisionLayer)
    with torch.inference_mode():
        assert half(probe_of(PROBE).half())[0].dtype == torch.float32
    for name, values in network.state_dict().items():
        torch.testing.assert_close(values, before[name], atol=0, rtol=0)


@pytest.mark.parametrize("gain", [1e6, 1e-8])
def test_a_network_that_leaves_the_range_of_fp16_stays_in_fp32(gain: float) -> None:
    network = Stack(gain)
    chosen, dtype = half_where_it_agrees(network, probe_of(PROBE))
    assert chosen is network
    assert dtype == torch.float32


def test_large_disparities_keep_their_steps() -> None:
    network = Stack(1.0)
    with torch.no_grad():
        network.last.bias.fill_(3000.0)
    image = probe_of(PROBE)
    with torch.inference_mode():
        expected, (half,) = network(image)[0], in_half_precision(network)(image.half())
    # Next to 3000 the numbers of fp16 are 2 apart, and the whole map spans less.
    assert float(expected.max() - expected.min()) < 2.0
    assert agreement(expected.numpy(), half.numpy()) > 0.999


def test_the_embedded_network_agrees_in_fp16() -> None:
    files = built_in_models()["embedded"]
    network, image = load_network(files), probe_of(files.description, (64, 32))
    with torch.inference_mode():
        score = least_agreement(network(image), in_half_precision(network)(image.half()))
    assert score >= 0.9999


def test_a_network_without_convolutions_is_named() -> None:
    with pytest.raises(ValueError, match="no convolution"):
        in_half_precision(torch.nn.Linear(3, 3))


def test_the_probe_is_the_description_s_input() -> None:
    description = ModelDescription("m", 28, 14, multiple=14, scale=1 / 255, mean=(0.5, 0.5, 0.5))
    assert probe_of(description).shape == (1, 3, 14, 28)
    assert probe_of(description, (42, 56)).shape == (1, 3, 56, 42)
    assert float(probe_of(description).std()) > 0.05


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.floats(0.01, 100), st.floats(-100, 100))
def test_agreement_forgives_scale_and_shift_only(seed: int, scale: float, shift: float) -> None:
    values = np.random.default_rng(seed).normal(size=(6, 9))
    assert agreement(values, values * scale + shift) == pytest.approx(1.0, abs=1e-6)
    assert agreement(values, -values * scale + shift) == pytest.approx(-1.0, abs=1e-6)
    other = np.random.default_rng(seed + 1).normal(size=(6, 9))
    expected = np.corrcoef(values.ravel(), other.ravel())[0, 1]
    assert agreement(values, other) == pytest.approx(expected, abs=1e-9)


def test_what_is_not_finite_or_flat_does_not_agree() -> None:
    values = np.random.default_rng(0).normal(size=(6, 9))
    broken = values.copy()
    broken[2, 3] = np.nan
    assert agreement(values, broken) == 0.0
    assert agreement(values, np.full_like(values, np.inf)) == 0.0
    assert agreement(values, np.zeros_like(values)) == 0.0
    flat = np.full((6, 9), 7.0)
    assert agreement(flat, flat) == 1.0
    assert agreement(flat, flat * 1.1) == 0.0
