"""Robust scale-and-shift alignment of one disparity map to another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.frame import Map

_SAMPLES = 3000
_JUDGES = 400
_PAIRS = 24
_REFINEMENTS = 3
_OUTLIER = 3.0
_LEAST_SPREAD = 1e-4

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Alignment:
    """aligned = scale * disparity + shift; residual: median absolute misfit after it."""

    scale: float
    shift: float
    residual: float = 0.0


def align(
    disparity: Map,
    reference: Map,
    weight: Map,
    start: Alignment | None = None,
    noise_share: float = 1.0,
) -> Alignment | None:
    """Fit a positive scale and a shift of ``disparity`` to ``reference`` where weight is large.

    disparity, reference: float32 (height, width). weight: float32 (height, width) in 0..1.
    start: a fit that is likely, such as the one before; it wins where it explains the maps best,
    and its scale is kept where they are as flat as their noise. noise_share: the variance of the
    reference's noise as a share of the disparity's; 1 for two raw maps, towards 0 for a reference
    that was filtered.

    Of lines through pairs of samples, the one that most samples agree with is refined by Deming's
    regression (1943) with Cauchy's weights (Holland & Welsch 1977): up to half of the picture may
    have moved or appeared, and noise does not flatten the fit.
    Returns None where nothing is determined: too little weight, a flat map, or no start and no
    positive scale.
    """
    x, y, w = _samples(disparity, reference, weight)
    trusted = w > 0.5
    if np.count_nonzero(trusted) < max(8, x.size // 50):
        return None
    x, y = x[trusted], y[trusted]
    if float(np.ptp(x)) < _LEAST_SPREAD * max(float(np.abs(x).max()), 1e-12):
        return None
    line = _likeliest_line(x, y, start)
    if line is None:
        return None
    usual = start.scale if start is not None and start.scale > 0.0 else line[0]
    return _refined(x, y, *line, usual, noise_share)


def _samples(*maps: Map) -> list[Samples]:
    """Area averages, which carry less noise than single pixels."""
    rows, columns = maps[0].shape
    step = math.sqrt(max(1.0, rows * columns / _SAMPLES))
    size = (max(1, round(columns / step)), max(1, round(rows / step)))
    small = [cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in maps]
    return [np.asarray(each, np.float32).ravel() for each in small]


def _likeliest_line(x: Samples, y: Samples, start: Alignment | None) -> tuple[float, float] | None:
    """The scale and shift that suit most samples, of ``start`` and of lines through pairs.

    A line through a flat majority, such as a wall, has a small median misfit at any slope;
    Cauchy's loss in units of the least median also counts how many of the rest it explains.
    """
    judges = slice(None, None, max(1, x.size // _JUDGES))
    x, y = x[judges], y[judges]
    candidates = _lines_through_pairs(x, y)
    if start is not None:
        candidates = np.vstack([candidates, [[start.scale, start.shift]]])
    candidates = candidates[candidates[:, 0] > 0.0]
    if not len(candidates):
        return None
    single = candidates.astype(np.float32)
    misfits = single[:, :1] * x
    misfits += single[:, 1:] - y
    np.abs(misfits, out=misfits)
    noise = _OUTLIER * float(np.median(misfits, axis=1).min()) + 1e-6
    best = candidates[np.argmin(np.log1p(np.square(misfits / noise)).sum(axis=1))]
    return float(best[0]), float(best[1])


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


def _refined(
    x: Samples, y: Samples, unit: float, shift: float, usual: float, noise_share: float
) -> Alignment:
    # In the reference's units the likeliest slope is one, and both noises compare.
    x = np.float32(unit) * x
    slope, usual = 1.0, usual / unit
    misfit = np.abs(x + np.float32(shift) - y)
    residual = _median(misfit)
    for _ in range(_REFINEMENTS):
        weight = 1.0 / (1.0 + np.square(misfit / (_OUTLIER * residual + 1e-6)))
        weight /= weight.sum()
        mean_x, mean_y = float(weight @ x), float(weight @ y)
        spread, rise = x - mean_x, y - mean_y
        variance_x = float(weight @ (spread * spread))
        variance_y = float(weight @ (rise * rise))
        covariance = float(weight @ (spread * rise))
        # Where the maps are as flat as their noise, only the shift can be told.
        told = covariance > residual * residual
        slope = _deming(variance_x, variance_y, covariance, noise_share) if told else usual
        shift = mean_y - slope * mean_x
        misfit = np.abs(np.float32(slope) * x + np.float32(shift) - y)
        residual = _median(misfit)
    return Alignment(slope * unit, shift, residual)


def _median(values: Samples) -> float:
    """Of every fourth value: the samples are many, and one median is taken per refinement."""
    return float(np.median(values[::4]))


def _deming(variance_x: float, variance_y: float, covariance: float, share: float) -> float:
    """Slope of y over x where the variance of y's noise is ``share`` times that of x's."""
    excess = variance_y - share * variance_x
    root = math.sqrt(excess * excess + 4.0 * share * covariance * covariance)
    return (excess + root) / (2.0 * covariance)


def align_to_range(disparity: Map) -> Alignment:
    """Map the 2nd and 98th percentiles of ``disparity`` to 0 and 1; a flat map to one half."""
    low, high = (float(value) for value in np.percentile(disparity, (2, 98)))
    if high - low < _LEAST_SPREAD * max(abs(low), abs(high), 1e-12):
        return Alignment(0.0, 0.5)
    return Alignment(1.0 / (high - low), -low / (high - low))
