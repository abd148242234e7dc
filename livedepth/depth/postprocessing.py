"""From a network's output arrays to a Prediction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from livedepth.depth.description import ModelDescription
from livedepth.errors import ModelError
from livedepth.frame import Map, Prediction

NEAREST_METRES = 1e-3
"""Metric depth is taken as no nearer than this, so that its inverse stays finite."""


def prediction_of(description: ModelDescription, outputs: Mapping[str, Map]) -> Prediction:
    """Read the named outputs as a prediction.

    outputs: float32 arrays of shape (height, width) after dropping axes of length one.
    Raises ModelError for an output that is absent, not a map, or not finite.
    """
    matte = None
    if description.matte is not None:
        matte = np.clip(_map(description, outputs, description.matte), 0.0, 1.0)
    if description.metres is None:
        return Prediction(_map(description, outputs, description.disparity or ""), matte)
    metres = _map(description, outputs, description.metres)
    return Prediction(np.reciprocal(np.maximum(metres, NEAREST_METRES)), matte, metres)


def _map(description: ModelDescription, outputs: Mapping[str, Map], name: str) -> Map:
    if not name and len(outputs) == 1:
        name = next(iter(outputs))
    if name not in outputs:
        raise ModelError(
            f"model {description.name} has no output {name!r}; it has {', '.join(outputs)}"
        )
    array = np.asarray(outputs[name], np.float32)
    shape = [length for length in array.shape if length != 1]
    if len(shape) != 2:
        raise ModelError(
            f"model {description.name} returned {name} of shape {array.shape}; a map is needed"
        )
    array = np.ascontiguousarray(array.reshape(shape))
    if not np.isfinite(array).all():
        raise ModelError(f"model {description.name} returned values that are not finite")
    return array
