"""How well a disparity or a matte agrees with the truth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

EDGE_RADIUS = 6

Map = NDArray[np.float32]


def align(prediction: Map, disparity: Map, valid: NDArray[np.bool_]) -> Map:
    """Scale and shift ``prediction`` to ``disparity`` by least squares over the valid pixels."""
    design = np.column_stack([prediction[valid], np.ones(int(valid.sum()))]).astype(np.float64)
    solution = np.linalg.lstsq(design, disparity[valid].astype(np.float64), rcond=None)[0]
    return (prediction * solution[0] + solution[1]).astype(np.float32)


def depth_scores(
    prediction: Map,
    depth: Map,
    valid: NDArray[np.bool_],
    where: NDArray[np.bool_] | None = None,
) -> tuple[float, float]:
    """Absolute relative error and delta1 of a relative disparity against metres.

    Eigen, Puhrsch and Fergus, "Depth Map Prediction from a Single Image", NIPS 2014, after
    alignment in disparity; a prediction is taken no farther than twice the farthest truth. The
    scores are of the valid pixels, or of those among them at ``where``.
    """
    truth = np.where(valid, depth, 1.0)
    aligned = align(prediction, 1.0 / truth, valid)
    metres = 1.0 / np.maximum(aligned, 0.5 / float(truth[valid].max()))
    scored = valid if where is None else valid & where
    ratio = np.maximum(metres / truth, truth / metres)[scored]
    relative = (np.abs(metres - truth) / truth)[scored]
    return float(relative.mean()), float((ratio < 1.25).mean())


def correlation(first: Map, second: Map) -> float:
    """Pearson correlation, the agreement that is left by scale and shift; 0 for a flat map."""
    first, second = first.ravel() - first.mean(), second.ravel() - second.mean()
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / norm if norm > 1e-9 else 0.0


def overlap(first: Map, second: Map) -> float:
    """Intersection over union of two mattes cut at one half; 1 where both are empty."""
    one, other = first > 0.5, second > 0.5
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def edge_error(matte: Map, truth: Map, radius: int = EDGE_RADIUS) -> float:
    """Mean absolute error within ``radius`` pixels of the edge of the true matte."""
    inside = (truth > 0.5).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    near = cv2.dilate(inside, kernel) != cv2.erode(inside, kernel)
    return float(np.abs(matte - truth)[near].mean()) if near.any() else 0.0
