from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.stabiliser.kernels import gated_filter, motion_gate

SIZES = st.tuples(st.integers(1, 23), st.integers(1, 31))


def naive_gate(grey: np.ndarray, previous: np.ndarray, quiet: float, certain: float) -> np.ndarray:
    change = np.abs(grey.astype(np.float64) - previous)
    return np.clip((change - quiet) / (certain - quiet), 0, 1)


def naive_filter(
    state: np.ndarray,
    measured: np.ndarray,
    gate: np.ndarray,
    scale: float,
    shift: float,
    still: float,
    jump: float,
) -> np.ndarray:
    step = scale * measured.astype(np.float64) + shift - state
    opened = np.maximum(np.clip(np.abs(step) / jump - 1, 0, 1), gate)
    return state + (still + (1 - still) * opened) * step


@settings(deadline=None, max_examples=30)
@given(SIZES, st.integers(0, 2**32 - 1), st.floats(0, 20), st.floats(1, 30))
def test_the_motion_gate_is_its_naive_twin(
    size: tuple[int, int], seed: int, quiet: float, width: float
) -> None:
    generator = np.random.default_rng(seed)
    grey, previous = generator.integers(0, 256, (2, *size), np.uint8)
    gate = np.empty(size, np.float32)
    motion_gate(gate, grey, previous, quiet, quiet + width)
    np.testing.assert_allclose(gate, naive_gate(grey, previous, quiet, quiet + width), atol=1e-4)


@settings(deadline=None, max_examples=30)
@given(SIZES, st.integers(0, 2**32 - 1), st.floats(0.2, 5), st.floats(-1, 1), st.floats(0, 1))
def test_the_filter_is_its_naive_twin(
    size: tuple[int, int], seed: int, scale: float, shift: float, still: float
) -> None:
    generator = np.random.default_rng(seed)
    state, measured, gate = generator.random((3, *size), np.float32)
    expected = naive_filter(state, measured, gate, scale, shift, still, 0.2)
    gated_filter(state, state, measured, gate, scale, shift, still, 0.2)
    np.testing.assert_allclose(state, expected, atol=1e-4)


def test_an_open_gate_passes_the_measurement_and_a_shut_one_holds() -> None:
    state, measured = np.zeros((1, 2), np.float32), np.full((1, 2), 0.1, np.float32)
    gate = np.array([[0.0, 1.0]], np.float32)
    gated_filter(state, state, measured, gate, 1.0, 0.0, 0.25, 10.0)
    np.testing.assert_allclose(state, [[0.025, 0.1]], rtol=1e-5)
