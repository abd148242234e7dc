"""Who is sharp and who is blurred: the maps that drive the effects."""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def mask_background(weighted: Floats, weight: Floats, disparity: Floats, dilated: Floats) -> None:
    """Disparity weighted by certainty of being background, and that weight; all float32 (h, w)."""
    for y in range(disparity.shape[0]):
        for x in range(disparity.shape[1]):
            certain = np.float32(1.0) - dilated[y, x]
            weight[y, x] = certain
            weighted[y, x] = certain * disparity[y, x]


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def clear_rim(
    dst: Floats, disparity: Floats, matte: Floats, dilated: Floats, weighted: Floats, weight: Floats
) -> None:
    """Replace the disparity just outside the subject by that of the background beyond.

    Depth networks smear the subject's disparity past its outline; left alone, the smear would
    keep a rim of background in focus. dst, all others: float32 (h, w); weighted, weight: box
    averages of ``mask_background``'s results.
    """
    for y in range(dst.shape[0]):
        for x in range(dst.shape[1]):
            known = weight[y, x]
            beyond = weighted[y, x] / max(known, np.float32(1e-3))
            rim = max(dilated[y, x] - matte[y, x], np.float32(0.0))
            rim *= min(np.float32(20.0) * known, np.float32(1.0))
            dst[y, x] = disparity[y, x] + rim * (beyond - disparity[y, x])


@njit(nogil=True, fastmath=True, cache=True)
def include_held(
    dst: Floats,
    disparity: Floats,
    matte: Floats,
    nearby: Floats,
    focus: np.float32,
    band: np.float32,
) -> None:
    """The matte, widened to what is close to the subject and at the subject's depth.

    nearby: float32 (h, w), the matte averaged over the reach of a hand. Nearer than ``focus``,
    membership is full within 0.4 of ``band`` and none beyond 0.75 of it; farther, where the smear
    of the subject's disparity over the room lies, a band of 0.06 at most counts.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    strict = min(band, np.float32(0.06))
    for y in range(dst.shape[0]):
        for x in range(dst.shape[1]):
            nearer = disparity[y, x] - focus
            reach = max(band if nearer > zero else strict, np.float32(1e-6))
            same = (np.float32(0.75) - abs(nearer) / reach) * np.float32(1 / 0.35)
            same = min(max(same, zero), one)
            close = min(max(np.float32(10.0) * nearby[y, x] - np.float32(0.3), zero), one)
            dst[y, x] = max(min(max(matte[y, x], zero), one), same * close)


@njit(nogil=True, fastmath=True, cache=True)
def place_outline(
    target: Floats,
    scale: Floats,
    offset: Floats,
    sampled: Floats,
    steep: np.float32,
    gain: np.float32,
    choke: np.float32,
    chunks: int,
) -> None:
    """What the guided filter is to fit, and how its output is to be sharpened.

    A matte stretched from a small map is a wide ramp about the outline: it is steepened by
    ``steep`` before the filter and by ``gain`` after it, but only about the subject, and where it
    is within 0.05 of 0 or 1 it is believed and the filter overruled. choke: taken off the result,
    to draw the outline in. target, scale, offset:
    float32 (h, w), for ``guided_average``. sampled: float32 (3 or more, h, w): disparity (unused
    here), matte, and the matte dilated.
    """
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    for chunk in prange(chunks):
        rows = target.shape[0]
        for y in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(target.shape[1]):
                m = sampled[1, y, x]
                target[y, x] = min(max((m - half) * steep + half, zero), one)
                local = one + (gain - one) * min(np.float32(2.0) * sampled[2, y, x], one)
                inside = min(max(np.float32(20.0) * m - np.float32(18.0), zero), one)
                outside = min(max(np.float32(2.0) - np.float32(20.0) * m, zero), one)
                unsure = one - max(inside, outside)
                scale[y, x] = local * unsure
                offset[y, x] = (half - half * local - choke) * unsure + inside


@njit(nogil=True, fastmath=True, cache=True)
def greatest(row: Floats) -> np.float32:
    """The greatest of ``row``, float32 (w), none of which is negative."""
    most = np.float32(0.0)
    for x in range(row.shape[0]):
        most = max(most, row[x])
    return most


@njit(nogil=True, fastmath=True, cache=True)
def circle_of_confusion(
    confusion: Floats,
    near: Floats,
    nearest: Floats,
    target: Floats,
    scale: Floats,
    offset: Floats,
    sampled: Floats,
    focus: np.float32,
    band: np.float32,
    rate: np.float32,
    chunks: int,
) -> None:
    """Relative radius of the circle of confusion, and what is in focus added to the outline.

    For a thin lens the circle's diameter is proportional to |disparity - focus| (M. Potmesil,
    I. Chakravarty, "A lens and aperture camera model", SIGGRAPH 1981); here it starts outside
    ``band`` and is cut at 1. A band of nothing means that nothing is in focus, at whatever depth
    it is. confusion: float32 (h, w) in 0..1. near: float32 (h, w) in 0..1, what is blurred because
    it is nearer, the subject apart. nearest: float32 (h), the greatest ``near`` in each row.
    target, scale, offset: from ``place_outline``, given with ``sampled``. rate: radius per
    disparity.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    least = one - min(max(np.float32(50.0) * band, zero), one)
    for chunk in prange(chunks):
        rows = target.shape[0]
        for y in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(target.shape[1]):
                m, nearer = sampled[1, y, x], sampled[0, y, x] - focus
                c = min(max((abs(nearer) - band) * rate, least), one)
                s = max(one - np.float32(4.0) * c, zero)
                s = s * s * (np.float32(3.0) - np.float32(2.0) * s)
                confusion[y, x] = c
                room = max(one - np.float32(2.0) * m, zero) * (one - least)
                n = (one - s) * room if nearer > zero else zero
                near[y, x] = n
                target[y, x] = max(target[y, x], s)
                inside = min(max(np.float32(20.0) * m - np.float32(18.0), zero), one)
                scale[y, x] += s * (one - inside - scale[y, x])
                offset[y, x] += s * (inside - offset[y, x])
            nearest[y] = greatest(near[y])


@njit(nogil=True, fastmath=True, cache=True)
def take_out_near(
    target: Floats,
    scale: Floats,
    offset: Floats,
    near: Floats,
    wide: Floats,
    sampled: Floats,
    chunks: int,
) -> None:
    """Keep whatever is near, and its rim, out of what is sharp.

    A network's disparity falls off over a few pixels about a near thing, and so passes through
    the band in focus: left alone, that would draw a sharp outline. near, wide: float32 (h, w) in
    0..1, the near layer dilated a little and more; the subject is taken out of both. The others
    are as in ``circle_of_confusion``.
    """
    one, zero = np.float32(1.0), np.float32(0.0)
    rows = target.shape[0]
    for chunk in prange(chunks):
        for y in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(target.shape[1]):
                w = wide[y, x] * max(one - np.float32(2.0) * sampled[1, y, x], zero)
                wide[y, x] = w
                near[y, x] = min(near[y, x], w)
                target[y, x] *= one - w
                scale[y, x] *= one - w
                offset[y, x] *= one - w
