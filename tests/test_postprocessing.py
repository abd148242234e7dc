from __future__ import annotations

import numpy as np
import pytest

from livedepth.depth.description import ModelDescription
from livedepth.depth.postprocessing import prediction_of
from livedepth.errors import ModelError

DISPARITY = ModelDescription("m", 64, 32)
BOTH = ModelDescription("m", 64, 32, disparity="near", matte="who")
METRIC = ModelDescription("m", 64, 32, disparity=None, metres="z")


def array(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0.5, 4.0, shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(1, 1, 6, 8), (1, 6, 8), (6, 8), (1, 6, 8, 1)])
def test_axes_of_length_one_are_dropped(shape: tuple[int, ...]) -> None:
    values = array(*shape)
    prediction = prediction_of(DISPARITY, {"any": values})
    np.testing.assert_array_equal(prediction.depth, values.reshape(6, 8))
    assert prediction.matte is None
    assert prediction.metres is None


def test_named_outputs_are_told_apart_and_the_matte_is_kept_in_range() -> None:
    outputs = {"who": array(1, 1, 6, 8) - 2.0, "near": array(1, 1, 6, 8)}
    prediction = prediction_of(BOTH, outputs)
    np.testing.assert_array_equal(prediction.depth, outputs["near"][0, 0])
    assert prediction.matte is not None
    assert prediction.matte.min() == 0.0
    assert prediction.matte.max() <= 1.0


def test_metres_are_kept_beside_their_inverse() -> None:
    metres = array(1, 1, 6, 8)
    metres[0, 0, 0, 0] = 0.0
    prediction = prediction_of(METRIC, {"z": metres})
    assert prediction.metres is not None
    np.testing.assert_allclose(prediction.depth[1:], 1.0 / metres[0, 0, 1:], rtol=1e-6)
    assert np.isfinite(prediction.depth).all()


@pytest.mark.parametrize(
    ("outputs", "complaint"),
    [
        ({"other": array(1, 1, 6, 8), "who": array(6, 8)}, "has no output 'near'; it has other"),
        ({"near": array(1, 3, 6, 8), "who": array(6, 8)}, "a map is needed"),
        ({"near": array(1, 1), "who": array(6, 8)}, "a map is needed"),
        ({"near": np.full((6, 8), np.nan), "who": array(6, 8)}, "not finite"),
        ({"near": array(6, 8), "who": np.full((6, 8), np.inf)}, "not finite"),
    ],
)
def test_what_is_no_map_is_refused(outputs: dict[str, np.ndarray], complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        prediction_of(BOTH, outputs)
