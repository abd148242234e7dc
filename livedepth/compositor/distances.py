"""Settings that are distances, and where they lie in a frame's disparity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from livedepth.distance import Distance
from livedepth.errors import LivedepthError, SettingsError
from livedepth.frame import Map, MetricScale, SteadyDepth
from livedepth.settings import KNOBS, Settings

_KEYS = tuple(key for key, knob in KNOBS.items() if "distance" in knob.kind)
_SUCH_AS = "depth-anything-v2-metric-indoor-small"
# In disparity: about 6 cm at a metre in a room.
_SOFT_EDGE = 0.04


def distances(settings: Settings) -> dict[str, Distance]:
    """Those settings that are distances, by their keys."""
    values = {key: getattr(settings, key) for key in _KEYS}
    return {key: value for key, value in values.items() if isinstance(value, Distance)}


def needs_metres(settings: Settings) -> SettingsError:
    """What to raise where ``settings`` name a distance and the model knows no metres."""
    found = distances(settings)
    named = ", ".join(f"{key} = {value}" for key, value in found.items())
    verb = "needs" if len(found) == 1 else "need"
    return SettingsError(
        f"{named} {verb} a metric model, such as --model {_SUCH_AS}; this one knows no metres"
    )


def plane_in_focus(focus: float | Distance | None, metric: MetricScale | None) -> float | None:
    """The disparity in 0..1 that the setting ``focus`` names, or None for auto.

    A distance beyond the map's own range is the range's end. Raises LivedepthError for a distance
    without ``metric``.
    """
    if not isinstance(focus, Distance):
        return focus
    return min(max(known(metric).disparity_of(focus.metres), 0.0), 1.0)


def focus_metres(settings: Settings, depth: SteadyDepth) -> float | None:
    """How far the plane in focus is; None where no metres are known or nothing is in focus."""
    if depth.metric is None or (settings.focus is None and depth.band <= 0.0):
        return None
    if isinstance(settings.focus, Distance):
        return settings.focus.metres
    return depth.metric.metres_of(depth.focus if settings.focus is None else settings.focus)


def known(metric: MetricScale | None) -> MetricScale:
    """``metric`` itself. Raises LivedepthError where there is none."""
    if metric is None:
        raise LivedepthError("a distance needs depth with a metric scale")
    return metric


class StandIn:
    """Settings with auto for every distance, for maps that know no metres; tells so once."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._refused: dict[str, Distance] = {}
        self._replaced: tuple[Settings, Settings] | None = None

    def update(self, settings: Settings, metric: MetricScale | None) -> Settings:
        """What to compose a frame with whose depth has the scale ``metric``."""
        if metric is not None or not (found := distances(settings)):
            self._replaced = None
            return settings
        if found != self._refused:
            self._refused = found
            self._report(f"{needs_metres(settings)}; auto is used")
        if self._replaced is None or self._replaced[0] is not settings:
            self._replaced = settings, settings.updated(dict.fromkeys(found))
        return self._replaced[1]

    def of(self, settings: Settings) -> Settings:
        """What the last frame was composed with, where it was given ``settings``."""
        if self._replaced is not None and self._replaced[0] is settings:
            return self._replaced[1]
        return settings


class Keeper:
    """Counts as subject whatever is nearer than a distance, in a reused buffer."""

    def __init__(self) -> None:
        self._matte: Map = np.zeros((1, 1), np.float32)

    def widen(self, depth: SteadyDepth, within: Distance) -> SteadyDepth:
        """``depth`` with a matte that holds what is nearer than ``within`` as well.

        Its edge is soft over a little disparity. The farthest of the map, which may be any
        distance, is never taken in. The matte is valid until the next call.
        """
        if self._matte.shape != depth.matte.shape:
            self._matte = np.zeros_like(depth.matte)
        kept = self._matte
        edge = max(known(depth.metric).disparity_of(within.metres), _SOFT_EDGE)
        np.subtract(depth.disparity, np.float32(edge - _SOFT_EDGE / 2), out=kept)
        np.multiply(kept, np.float32(1.0 / _SOFT_EDGE), out=kept)
        np.clip(kept, 0.0, 1.0, out=kept)
        # So that an edge in the map is a ramp, as a matte's, and the frame's own edge can be found.
        cv2.blur(kept, (3, 3), dst=kept)
        np.maximum(kept, depth.matte, out=kept)
        return replace(depth, matte=kept)
