"""How steady and how prompt the stabilised maps are, each beside what it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from livedepth.benchmarks.case import Result
from livedepth.benchmarks.temporal import (
    flicker,
    flows_of,
    greys_of,
    lag,
    minmax_per_frame,
    moving_pixels,
    still_pixels,
    warping_error,
)
from livedepth.capture.synthetic import SyntheticScene
from livedepth.depth.registry import load_model
from livedepth.frame import Image, Map, Prediction
from livedepth.stabiliser.matte import matte_from_disparity
from livedepth.stabiliser.stabiliser import Stabiliser

_SIZE = (640, 384)
_FRAMES = 90
_RATE = 30.0
_BEGIN = 4.0
"""Seconds into the scene, where a hand goes up and waves."""
_NOISE = 0.02

FLICKER_SHARE = 0.1
"""Flicker on still pixels may reach this share of what per-frame min-max gives."""
MOST_LAG = 0.5
"""Frames by which moving pixels may trail the unfiltered map."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Figures of one sequence; see livedepth.benchmarks.temporal for what each one is.

    minmax_flicker: of the predictions stretched to 0..1 each by itself. lag: frames, against the
    aligned maps without a filter, whose own warping error is unfiltered_warping. raw_matte_flicker:
    of the model's matte, or of the nearer class of the stretched map where it has none.
    """

    flicker: float
    minmax_flicker: float
    lag: float
    warping: float
    unfiltered_warping: float
    matte_flicker: float
    raw_matte_flicker: float

    def results(self, name: str, size: str) -> Iterator[Result]:
        """One row for each figure, with its yardstick and target."""
        yield _row(
            f"flicker, {name}",
            size,
            (self.flicker * 1e3, self.minmax_flicker * 1e3),
            ("1e-3", "per-frame min-max"),
            "at most a tenth",
            self.flicker <= FLICKER_SHARE * self.minmax_flicker,
        )
        yield _row(
            f"lag, {name}",
            size,
            (abs(self.lag), MOST_LAG),
            ("frames", "half a frame"),
            "at most 0.5",
            abs(self.lag) <= MOST_LAG,
        )
        yield _row(
            f"warping error, {name}",
            size,
            (self.warping * 1e3, self.unfiltered_warping * 1e3),
            ("1e-3", "unfiltered"),
            "no worse",
            self.warping <= self.unfiltered_warping,
        )
        yield _row(
            f"matte flicker, {name}",
            size,
            (self.matte_flicker * 1e3, self.raw_matte_flicker * 1e3),
            ("1e-3", "raw matte"),
            "no worse",
            self.matte_flicker <= self.raw_matte_flicker,
        )


def steadiness() -> Iterator[Result]:
    """The embedded network on the synthetic scene with sensor noise."""
    scene = SyntheticScene(*_SIZE, noise=_NOISE)
    images = [scene.render_image(_BEGIN + index / _RATE) for index in range(_FRAMES)]
    model = load_model("embedded")
    try:
        predictions = [model.infer(image) for image in images]
    finally:
        model.close()
    size = f"{_SIZE[0]}x{_SIZE[1]}"
    yield from measure(images, predictions, _RATE).results("synthetic scene", size)


def measure(images: Sequence[Image], predictions: Sequence[Prediction], rate: float) -> Steadiness:
    """Stabilise a sequence at ``rate`` frames a second, with and without the filter."""
    steady, mattes = _stabilised(Stabiliser(), images, predictions, rate)
    unfiltered, _ = _stabilised(Stabiliser(smoothing=0.0), images, predictions, rate)
    stretched = minmax_per_frame(np.stack([prediction.depth for prediction in predictions]))
    raw_mattes = [
        matte_from_disparity(plain) if prediction.matte is None else prediction.matte
        for plain, prediction in zip(stretched, predictions, strict=True)
    ]
    greys = greys_of(images, steady.shape[1:])
    still, flows = still_pixels(greys), flows_of(greys)
    return Steadiness(
        flicker=flicker(steady, still),
        minmax_flicker=flicker(stretched, still),
        lag=lag(steady, unfiltered, moving_pixels(greys)),
        warping=warping_error(steady, flows),
        unfiltered_warping=warping_error(unfiltered, flows),
        matte_flicker=flicker(mattes, still),
        raw_matte_flicker=flicker(np.stack(raw_mattes), still),
    )


def _stabilised(
    stabiliser: Stabiliser, images: Sequence[Image], predictions: Sequence[Prediction], rate: float
) -> tuple[Map, Map]:
    results = [
        stabiliser.update(prediction, image, index / rate)
        for index, (image, prediction) in enumerate(zip(images, predictions, strict=True))
    ]
    disparities = np.stack([result.disparity for result in results])
    return disparities, np.stack([result.matte for result in results])


def _row(
    name: str,
    size: str,
    values: tuple[float, float],
    words: tuple[str, str],
    target: str,
    met: bool,
) -> Result:
    value, yardstick = values
    unit, yardstick_name = words
    ratio = yardstick / value if value else float("inf")
    return Result(
        name,
        size,
        round(value, 4),
        unit,
        yardstick_name,
        round(yardstick, 4),
        round(ratio, 2),
        target,
        met,
    )
