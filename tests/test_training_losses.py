"""The training losses: what they ignore, what they punish, and against naive NumPy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from training.batches import Batch  # noqa: E402
from training.losses import (  # noqa: E402
    LossWeights,
    align,
    background,
    boundary,
    carry_back,
    centre_and_spread,
    correlation,
    farness,
    gradient,
    matte_loss,
    normalise,
    person,
    relative_error,
    temporal_loss,
    training_loss,
)

Tensor = torch.Tensor


def maps(seed: int, batch: int = 2) -> Tensor:
    values = np.random.default_rng(seed).uniform(0.2, 1.5, (batch, 1, 32, 48))
    return torch.from_numpy(values.astype(np.float32))


@pytest.mark.parametrize(("scale", "shift"), [(2.0, 0.0), (0.5, 3.0), (7.0, -1.0)])
def test_normalising_takes_off_scale_and_shift(scale: float, shift: float) -> None:
    values = maps(0)
    torch.testing.assert_close(normalise(values * scale + shift), normalise(values))


def test_a_flat_map_normalises_to_zero() -> None:
    assert normalise(torch.full((1, 1, 8, 8), 0.7)).abs().max() < 1e-4


def test_centre_and_spread_agree_with_numpy() -> None:
    values = maps(1)
    centre, spread = centre_and_spread(values)
    for index, plane in enumerate(values.numpy()):
        assert float(centre[index]) == pytest.approx(plane.mean(), rel=1e-5)
        assert float(spread[index]) == pytest.approx(np.abs(plane - plane.mean()).mean(), rel=1e-5)


def test_gradient_agrees_with_numpy_at_one_scale() -> None:
    difference = maps(2)
    plane = difference.numpy()
    expected = np.abs(np.diff(plane, axis=3)).mean() + np.abs(np.diff(plane, axis=2)).mean()
    assert float(gradient(difference, scales=1)) == pytest.approx(expected, rel=1e-5)


def test_gradient_ignores_a_constant() -> None:
    assert float(gradient(torch.full((1, 1, 32, 32), 5.0))) == 0.0


def test_background_ignores_the_person_and_its_own_shift() -> None:
    matte = torch.zeros(1, 1, 32, 32)
    matte[..., 8:24, 8:24] = 1.0
    difference = 0.3 * torch.ones(1, 1, 32, 32) + 5.0 * matte
    assert float(background(difference, matte)) == pytest.approx(0.0, abs=1e-6)
    tilted = difference + torch.linspace(-1, 1, 32)[None, None, None, :]
    assert float(background(tilted, matte)) > 0.4


def test_background_without_any_is_zero() -> None:
    assert float(background(maps(3), torch.ones(2, 1, 32, 48))) == 0.0


def test_farness_weighs_far_places_more_and_has_mean_one() -> None:
    target = torch.linspace(0.1, 1.0, 64).reshape(1, 1, 8, 8)
    weight = farness(target)
    assert float(weight.mean()) == pytest.approx(1.0, rel=1e-5)
    assert bool((weight.flatten().diff() < 0).all())


def test_boundary_is_a_band_along_the_edge() -> None:
    matte = torch.zeros(1, 1, 16, 16)
    matte[..., 8:] = 1.0
    band = boundary(matte, radius=2)[0, 0, 0]
    assert band.nonzero().flatten().tolist() == [6, 7, 8, 9]


def test_matte_loss_is_least_at_the_truth() -> None:
    truth = (maps(4) > 0.8).float()
    at_truth = matte_loss(truth, truth)
    assert float(at_truth) < 1e-3
    assert float(matte_loss(0.9 * truth + 0.05, truth)) > float(at_truth)


def test_correlation_agrees_with_numpy() -> None:
    first, second = maps(5), maps(6)
    for index, value in enumerate(correlation(first, second)):
        expected = np.corrcoef(first[index].ravel(), second[index].ravel())[0, 1]
        assert float(value) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("scale", "shift"), [(2.0, 0.0), (0.5, 3.0)])
def test_alignment_undoes_scale_and_shift(scale: float, shift: float) -> None:
    target = maps(7)
    torch.testing.assert_close(align((target - shift) / scale, target), target)


def test_alignment_is_least_squares() -> None:
    predicted, target = maps(8), maps(8) + 0.2 * maps(9)
    for ours, first, second in zip(align(predicted, target), predicted, target, strict=True):
        slope, offset = np.polyfit(first.numpy().ravel(), second.numpy().ravel(), 1)
        np.testing.assert_allclose(ours.numpy(), slope * first.numpy() + offset, atol=1e-4)


def test_relative_error_is_a_share_of_the_disparity() -> None:
    target = maps(10)
    assert float(relative_error(1.1 * target, target)) == pytest.approx(0.1, rel=1e-3)


def test_person_looks_at_the_people_only() -> None:
    matte = torch.zeros(1, 1, 32, 32)
    matte[..., 8:24, 8:24] = 1.0
    assert float(person(maps(11)[:1, :, :, :32] * (1 - matte), matte)) == pytest.approx(0, abs=1e-6)
    assert float(person(torch.linspace(-1, 1, 32).expand(1, 1, 32, 32), matte)) > 0.1


def test_carrying_back_undoes_a_shift() -> None:
    first = maps(12)
    motion = torch.zeros(2, 2, 32, 48)
    motion[:, 0] = 3.0
    back = carry_back(torch.roll(first, 3, dims=3), motion)
    torch.testing.assert_close(back[..., :44], first[..., :44], atol=1e-5, rtol=1e-5)


def batch_of(disparity: Tensor, matte: Tensor, visible: float = 1.0) -> Batch:
    pairs, _, height, width = disparity[::2].shape
    return Batch(
        torch.zeros(2 * pairs, 3, 2 * height, 2 * width),
        disparity,
        matte,
        torch.zeros(pairs, 2, height, width),
        torch.full((pairs, 1, height, width), visible),
    )


def test_temporal_loss_sees_a_change_and_only_where_visible() -> None:
    still = maps(13)[:1].expand(2, 1, 32, 48).clone()
    batch = batch_of(still, (still > 0.8).float())
    target = (batch.disparity, batch.matte)
    exact = temporal_loss(target, target, batch.motion, batch.visible)
    assert float(exact) == 0.0
    flickering = still.clone()
    flickering[1] += 0.2
    loss = temporal_loss((flickering, batch.matte), target, batch.motion, batch.visible)
    assert float(loss) == pytest.approx(0.2, rel=1e-2)
    hidden = temporal_loss((flickering, batch.matte), target, batch.motion, 0 * batch.visible)
    assert float(hidden) == 0.0


def test_temporal_loss_forgives_what_the_truth_does() -> None:
    target = maps(14)
    batch = batch_of(target, (target > 0.8).float())
    maps_ = (target + 0.1, batch.matte)
    assert float(
        temporal_loss(maps_, (target, batch.matte), batch.motion, batch.visible)
    ) == pytest.approx(0.0, abs=1e-6)


def test_gradients_are_finite_even_for_flat_maps() -> None:
    disparity = torch.zeros(2, 1, 32, 32, requires_grad=True)
    matte = torch.full((2, 1, 32, 32), 0.5, requires_grad=True)
    batch = batch_of(torch.full((2, 1, 32, 32), 0.5), torch.zeros(2, 1, 32, 32))
    sum(training_loss((disparity, matte), batch, LossWeights())).backward()
    assert bool(torch.isfinite(disparity.grad).all())
    assert bool(torch.isfinite(matte.grad).all())
