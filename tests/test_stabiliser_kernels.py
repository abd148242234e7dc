from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.stabiliser.kernels import adaptive_filter, motion_gate

SIZES = st.tuples(st.integers(1, 23), st.integers(1, 31))


def naive_gate(grey: np.ndarray, previous: np.ndarray, quiet: float, certain: float) -> np.ndarray:
    change = np.abs(grey.astype(np.float64) - previous)
    return np.clip((change - quiet) / (certain - quiet), 0, 1)


def naive_filter(
    maps: list[np.ndarray],
    measured: np.ndarray,
    gate: np.ndarray,
    near: np.ndarray,
    numbers: tuple[float, ...],
) -> list[np.ndarray]:
    state, rest, drift, noise = (each.astype(np.float64) for each in maps)
    scale, shift, elapsed, quickest, quick, shortest, longest, jump, lean = numbers
    step = scale * measured + shift - state
    leaning = drift + elapsed / (0.2 + elapsed) * (step - drift)
    sudden = np.abs(step) / np.maximum(jump, 4 * noise)
    slow = np.abs(leaning) / np.maximum(lean, 2 * noise)
    doubt = np.clip(np.maximum(sudden, slow) - 1, 0, 1)
    rest = (rest + elapsed) * (1 - np.maximum(doubt, gate))
    pull = elapsed / (np.minimum(shortest + rest, longest) + elapsed)
    correction = elapsed / (quick + elapsed) * (1 - near) + elapsed / (quickest + elapsed) * near
    pull = pull + (np.maximum(correction, pull) - pull) * doubt
    pull = pull + (1 - pull) * gate
    spread = np.abs(step - leaning) - noise
    noise = noise + elapsed / (1 + elapsed) * (1 - gate) * spread
    return [state + pull * step, rest, leaning * (1 - pull), noise]


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
@given(
    SIZES,
    st.integers(0, 2**32 - 1),
    st.floats(0.2, 5),
    st.floats(-1, 1),
    st.floats(0, 1),
    st.floats(0.01, 2),
)
def test_the_filter_is_its_naive_twin(
    size: tuple[int, int], seed: int, scale: float, shift: float, elapsed: float, shortest: float
) -> None:
    generator = np.random.default_rng(seed)
    *maps, measured, gate, near = generator.random((7, *size), np.float32)
    maps[3] *= np.float32(0.1)
    numbers = (scale, shift, elapsed, 0.05, 0.2, shortest, 4 * shortest, 0.2, 0.05)
    expected = naive_filter(maps, measured, gate, near, numbers)
    adaptive_filter(*maps, measured, gate, near, *numbers)
    for found, wanted in zip(maps, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-4)


def test_an_open_gate_passes_the_measurement_and_a_shut_one_holds() -> None:
    state, rest, drift, noise = np.zeros((4, 1, 2), np.float32)
    measured, gate = np.full((1, 2), 0.1, np.float32), np.array([[0.0, 1.0]], np.float32)
    adaptive_filter(
        state,
        rest,
        drift,
        noise,
        measured,
        gate,
        gate,
        1.0,
        0.0,
        0.1,
        0.05,
        0.2,
        0.9,
        4.0,
        10.0,
        10.0,
    )
    np.testing.assert_allclose(state, [[0.1 * 0.1 / 1.1, 0.1]], rtol=1e-5)
    np.testing.assert_allclose(rest, [[0.1, 0.0]], rtol=1e-5)
