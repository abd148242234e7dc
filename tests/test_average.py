"""Averages of weights: both ends, the middle, and what is not averaged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors.torch")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from average import average  # noqa: E402


def weights(value: float, count: int) -> dict:
    return {"layer.weight": torch.full((2, 3), value), "batches": torch.tensor(count)}


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.25, 2.0), (1.0, 5.0)])
def test_a_share_lies_between_both(share: float, expected: float) -> None:
    averaged = average(weights(1.0, 3), weights(5.0, 9), share)
    torch.testing.assert_close(averaged["layer.weight"], torch.full((2, 3), expected))
    assert int(averaged["batches"]) == 9


def test_unequal_networks_are_refused() -> None:
    other = {"layer.weight": torch.zeros(4), "batches": torch.tensor(1)}
    with pytest.raises(ValueError, match="unequal networks"):
        average(weights(1.0, 3), other, 0.5)
