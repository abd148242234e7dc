"""Robust scale-and-shift alignment of one disparity map to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Map

_SAMPLES = 3000
_JUDGES = 300
_PAIRS = 24
_REFINEMENTS = 3
_OUTLIER = 2.0
_LEAST_SPREAD = 1e-4

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Alignment:
    """aligned = scale * disparity + shift; residual: median absolute misfit after it."""

    scale: float
    shift: float
    residual: float = 0.0


def align(
    disparity: Map, reference: Map, weight: Map, start: Alignment | None = None
) -> Alignment | None:
    """Fit a positive scale and a shift of ``disparity`` to ``reference`` where weight is large.

    disparity, reference: float32 (height, width). weight: float32 (height, width) in 0..1.
    start: a fit that is likely, such as the one before; it wins where it explains the maps best.
    The best of ``start`` and of lines through pairs of pixels by least median of squares
    (Rousseeuw 1984) is refined by least squares with Cauchy's weights (Holland & Welsch 1977):
    up to half of the picture may have moved or appeared. Returns None where nothing is
    determined: too little weight, a flat map, or no start and no positive scale.
    """
    step = max(1, int(np.sqrt(disparity.size / _SAMPLES)))
    x, y, w = (array[::step, ::step].ravel() for array in (disparity, reference, weight))
    trusted = w > 0.5
    if np.count_nonzero(trusted) < max(8, x.size // 50):
        return None
    x, y = x[trusted], y[trusted]
    if float(np.ptp(x)) < _LEAST_SPREAD * max(float(np.abs(x).max()), 1e-12):
        return None
    candidates = _lines_through_pairs(x, y)
    if start is not None:
        candidates = np.vstack([candidates, [[start.scale, start.shift]]])
    candidates = candidates[candidates[:, 0] > 0.0]
    if not len(candidates):
        return None
    judges = slice(None, None, max(1, x.size // _JUDGES))
    misfits = np.abs(candidates[:, :1] * x[judges] + candidates[:, 1:] - y[judges])
    best = candidates[np.argmin(np.median(misfits, axis=1))]
    return _refined(x, y, float(best[0]), float(best[1]))


def _lines_through_pairs(x: Samples, y: Samples) -> NDArray[np.float64]:
    """Scale and shift, float64 (n, 2), of lines through pairs of samples that lie well apart."""
    order = np.argsort(x, kind="stable")
    picks = np.linspace(0, x.size - 1, 2 * _PAIRS).astype(np.intp)
    low, high = order[picks[:_PAIRS]], order[picks[_PAIRS:]]
    # The second half is turned round once more, so that near and far pairs both occur.
    low = np.concatenate([low, low])
    high = np.concatenate([high, high[::-1]])
    run = (x[high] - x[low]).astype(np.float64)
    usable = run > 1e-6 * float(np.ptp(x))
    scale = (y[high] - y[low])[usable] / run[usable]
    return np.stack([scale, y[low][usable] - scale * x[low][usable]], axis=1)


def _refined(x: Samples, y: Samples, scale: float, shift: float) -> Alignment:
    misfit = np.abs(scale * x + shift - y)
    residual = float(np.median(misfit))
    for _ in range(_REFINEMENTS):
        weight = 1.0 / (1.0 + np.square(misfit / (_OUTLIER * residual + 1e-6)))
        total = float(weight.sum())
        mean_x, mean_y = float(weight @ x) / total, float(weight @ y) / total
        spread, rise = x - mean_x, y - mean_y
        variance = float(weight @ (spread * spread))
        covariance = float(weight @ (spread * rise))
        if variance <= 0.0 or covariance <= 0.0:
            break
        scale, shift = covariance / variance, mean_y - covariance / variance * mean_x
        misfit = np.abs(scale * x + shift - y)
        residual = float(np.median(misfit))
    return Alignment(scale, shift, residual)


def align_to_range(disparity: Map) -> Alignment:
    """Map the 2nd and 98th percentiles of ``disparity`` to 0 and 1; a flat map to one half."""
    low, high = (float(value) for value in np.percentile(disparity, (2, 98)))
    if high - low < _LEAST_SPREAD * max(abs(low), abs(high), 1e-12):
        return Alignment(0.0, 0.5)
    return Alignment(1.0 / (high - low), -low / (high - low))
