"""Moves the newest depth map to the frame that is shown, while depth runs at its own pace."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.errors import LivedepthError
from livedepth.frame import Image, Map, SteadyDepth, as_map, image_fault
from livedepth.resizing import shrink
from livedepth.stabiliser.flow import (
    backward_flow,
    follow,
    make_flow,
    sample,
    standstill,
    stretch,
    working_size,
)
from livedepth.stabiliser.hypotheses import weigh
from livedepth.stabiliser.scene_cut import is_scene_cut

Pixels = TypeVar("Pixels", Image, Map)

_KEPT_MAPS, _LEAST_APART = 4, 5
_MOST_PIXELS = 1 << 15
_ACCEPTED, _SOFTNESS = 4.0, 3.0
_NEIGHBOUR, _STILL, _OLDER, _AGE = 6.0, 2.0, 1.0, 0.5
_RINGS = (0.025, 0.05)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A frame at the working size: index, picture, and flow from it to the frame before."""

    index: int
    picture: Image
    flow: Map


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """A map, and what is needed to judge where it still holds.

    picture: the frame it was made of, maps: float32 (rows, columns, 2) its disparity and matte,
    both at the size that is judged at.
    """

    index: int
    steady: SteadyDepth
    picture: Image
    maps: Map


class Propagator:
    """Carries depth maps that arrive late forward to the newest frame.

    The newest map follows the optical flow of all frames since its own. Where the picture does not
    bear that out, the pixel is averaged over what else may explain it, weighted by likeness of
    colour: the flow of its neighbourhood, or that it shows what an earlier map saw at its place,
    as does background that a hand uncovers.

    reach: how many frames a map may be behind, 1 or more; about a second's worth.
    Not for use by several threads at once.
    """

    def __init__(self, reach: int = 30) -> None:
        if reach < 1:
            raise LivedepthError(f"a propagator reaches back 1 frame or more; got {reach}")
        self._reach = reach
        self._engine = make_flow()
        self._steps: deque[_Step] = deque(maxlen=reach + 1)
        self._sources: list[_Source] = []
        self._positions: Map = standstill(1, 1)
        self._result: SteadyDepth | None = None
        self._allocate(1, 1)

    def reset(self) -> None:
        """Forget every frame and every map; ``current`` is None until a map of a later frame."""
        self._steps.clear()
        self._forget_maps()

    def advance(self, image: Image, index: int) -> None:
        """Make ``image``, BGR uint8 (height, width, 3), the current frame.

        index: the frame's, higher than those before; gaps are frames that were dropped. A scene
        cut, another size, or an index that does not rise forgets every map and frame before.
        Raises LivedepthError for what is not a picture.
        """
        if fault := image_fault(image):
            raise LivedepthError(f"a picture {fault}")
        if image.shape[:2] != self._shape:
            self._allocate(*image.shape[:2])
        picture = np.empty_like(self._colour)
        shrink(image, self._colour, self._halfway)
        cv2.GaussianBlur(self._colour, (3, 3), 0, dst=picture)
        cv2.cvtColor(self._colour, cv2.COLOR_BGR2GRAY, dst=self._grey)
        if self._steps and (
            index <= self._steps[-1].index or is_scene_cut(self._grey, self._previous)
        ):
            self.reset()
        before = self._previous if self._steps else self._grey
        flow = backward_flow(self._engine, self._grey, before)
        self._steps.append(_Step(index, picture, flow))
        np.copyto(self._previous, self._grey)
        self._result = None
        if self._sources and index - self._sources[0].index <= self._reach:
            self._positions = follow(self._positions, flow, self._still)
        else:
            self._forget_maps()

    def renew(self, steady: SteadyDepth, index: int) -> None:
        """Take the map made of frame ``index``, which ``advance`` has seen, and bring it forward.

        A map of a frame that is not known (older than the reach, or from before a cut), or of one
        before that of the map held, is ignored; the held map stays until it is too old itself.
        Arrays that are float32 are kept, not copied. Raises LivedepthError where they are not
        finite, or not (height, width) and of one size.
        """
        steady = _accepted(steady)
        later = [step for step in self._steps if step.index >= index]
        if not later or later[0].index != index or self._steps[-1].index - index > self._reach:
            return
        if self._sources and index <= self._sources[0].index:
            return
        if self._sources and self._sources[0].maps.shape != self._judged(steady):
            self._forget_maps()
        self._hold(_Source(index, steady, *self._prepare(steady, later[0].picture)))
        self._positions = _compose((step.flow for step in later[1:]), self._still)
        self._result = None

    def current(self) -> SteadyDepth | None:
        """The newest map at the current frame, of the size it came in; None where there is none.

        All but its arrays is as it came; those are never written again. None until a map of a
        known frame arrives, after a cut or reset, and once the newest map is more than ``reach``
        frames old.
        """
        if self._sources and self._result is None:
            self._result = self._carry()
        return self._result

    def _allocate(self, height: int, width: int) -> None:
        self._shape = (height, width)
        columns, rows = working_size(width, height)
        self._colour: Image = np.empty((rows, columns, 3), np.uint8)
        self._halfway: Image = np.empty((2 * rows, 2 * columns, 3), np.uint8)
        self._grey: Image = np.empty((rows, columns), np.uint8)
        self._previous: Image = np.empty((rows, columns), np.uint8)
        self._still: Map = standstill(columns, rows)
        self.reset()

    def _forget_maps(self) -> None:
        self._sources = []
        self._positions = self._still
        self._result = None

    def _judged(self, steady: SteadyDepth) -> tuple[int, int, int]:
        """Shape of the maps that are judged: as they came, or reduced where they are large."""
        rows, columns = steady.disparity.shape
        factor = math.ceil(math.sqrt(rows * columns / _MOST_PIXELS))
        return -(-rows // factor), -(-columns // factor), 2

    def _prepare(self, steady: SteadyDepth, picture: Image) -> tuple[Image, Map]:
        rows, columns, _ = self._judged(steady)
        maps = np.dstack([_resized(steady.disparity, columns, rows),
                          _resized(steady.matte, columns, rows)])  # fmt: skip
        return _resized(picture, columns, rows), maps

    def _hold(self, source: _Source) -> None:
        """Make it the newest; keep those before that are well apart, for what gets uncovered."""
        if (
            len(self._sources) > 1
            and self._sources[0].index - self._sources[1].index < _LEAST_APART
        ):
            del self._sources[0]
        self._sources = [source, *self._sources[: _KEPT_MAPS - 1]]
        rows, columns, _ = source.maps.shape
        self._pictures = np.stack([known.picture for known in self._sources])
        self._maps = np.stack([known.maps for known in self._sources])
        self._doubt: Map = np.empty((rows, columns), np.float32)
        self._offsets = _ring_offsets(columns)
        older = np.arange(len(self._sources) - 1) * _AGE + _STILL + _OLDER
        self._penalties = np.array([_NEIGHBOUR, _STILL, *older], np.float32)

    def _carry(self) -> SteadyDepth:
        newest = self._sources[0]
        steady = newest.steady
        height, width = steady.disparity.shape
        rows, columns, _ = newest.maps.shape
        reduced = (height, width) != (rows, columns)
        positions = stretch(self._positions, width, height)
        carried = [sample(values, positions) for values in (steady.disparity, steady.matte)]
        judged = np.stack([_resized(values, columns, rows) for values in carried])
        weigh(
            judged,
            self._doubt,
            _resized(self._steps[-1].picture, columns, rows),
            self._pictures,
            self._maps,
            stretch(self._positions, columns, rows) if reduced else positions,
            self._offsets,
            self._penalties,
            _ACCEPTED,
            _SOFTNESS,
        )
        doubt = _resized(self._doubt, width, height)
        for values, better in zip(carried, judged, strict=True):
            # Pixels are judged one by one; the median takes out single ones that were misjudged.
            values += doubt * (_resized(cv2.medianBlur(better, 3), width, height) - values)
            np.clip(values, 0.0, 1.0, out=values)
        return replace(steady, disparity=carried[0], matte=carried[1])


def _compose(flows: Iterable[Map], still: Map) -> Map:
    positions = still
    for flow in flows:
        positions = follow(positions, flow, still)
    return positions


def _ring_offsets(columns: int) -> NDArray[np.int64]:
    """(x, y) of the eight neighbours at each of two distances, which are shares of the width."""
    around = [(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y]
    steps = [max(1, round(share * columns)) for share in _RINGS]
    return np.array([(x * step, y * step) for step in steps for x, y in around], np.int64)


def _resized(values: Pixels, columns: int, rows: int) -> Pixels:
    if values.shape[:2] == (rows, columns):
        return values
    smaller = rows * columns < values.shape[0] * values.shape[1]
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cast(Pixels, cv2.resize(values, (columns, rows), interpolation=interpolation))


def _accepted(steady: SteadyDepth) -> SteadyDepth:
    disparity, matte = steady.disparity, steady.matte
    if disparity.ndim != 2 or not disparity.size or disparity.shape != matte.shape:
        raise LivedepthError(
            "disparity and matte must be (height, width) and of one size; "
            f"got {disparity.shape} and {matte.shape}"
        )
    return replace(steady, disparity=as_map(disparity, "disparity"), matte=as_map(matte, "matte"))
