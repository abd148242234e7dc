"""Fog that thickens with distance, the subject before it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.distances import known
from livedepth.compositor.dither import thresholds
from livedepth.compositor.kernels.fog import transmission
from livedepth.compositor.kernels.veil import blend_veiled
from livedepth.compositor.layers import Layers
from livedepth.compositor.subject import SubjectMaps
from livedepth.distance import Distance
from livedepth.frame import Image, MetricScale, SteadyDepth
from livedepth.settings import Settings, colour_levels

# Added to disparity, so that disparity 0 is far but not infinitely far: ten times as far as 1.
_NEAREST = 0.11
# How much of the farthest is seen through the fog at strength 0 and at 1. This effect never sends
# a plain background.
_THINNEST, _THICKEST = 0.8, 0.003
# The eye tells contrasts of 2 % and more.
_VISIBLE = 0.02


def extinction(strength: float, focus: float) -> float:
    """Extinction per unit of distance that makes the fog as thick as ``strength`` asks.

    Optical depth between the plane in focus and disparity 0 grows with the square of ``strength``.
    """
    thinnest, thickest = -math.log(_THINNEST), -math.log(_THICKEST)
    optical = thinnest + (thickest - thinnest) * strength * strength
    return optical / max(distance(0.0) - distance(focus), 1.0)


def distance(disparity: float) -> float:
    """Distance in units that leave scale open: the reciprocal of disparity, shifted."""
    return 1.0 / (min(max(disparity, 0.0), 1.0) + _NEAREST)


@dataclass(frozen=True, slots=True)
class Law:
    """Transmission exp(-beta max(1 / (disparity + nearest) - clear, 0))."""

    beta: float
    clear: float
    nearest: float


def by_strength(strength: float, focus: float) -> Law:
    """Fog that begins at the plane in focus, for disparity of unknown scale."""
    return Law(extinction(strength, focus), distance(focus), _NEAREST)


def by_visibility(visibility: Distance, metric: MetricScale) -> Law:
    """Fog from the lens on, in which contrast falls to 2 % at the distance ``visibility``.

    transmission = exp(-3.912 metres / visibility): H. Koschmieder, "Theorie der horizontalen
    Sichtweite", 1924. It is no thinner than by strength 0.
    """
    nearest = -metric.shift
    beta = -math.log(_VISIBLE) * metric.scale / visibility.metres
    thinnest = -math.log(_THINNEST) * max(nearest, 0.0)
    return Law(max(beta, thinnest), 0.0, nearest)


class FogEffect:
    """Beer and Lambert's law behind the subject, for light that the fog scatters evenly."""

    def __init__(self) -> None:
        self._maps = SubjectMaps()

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""
        self._canvas = canvas
        self._layers = Layers(canvas, maps=4, more=1)
        self._thresholds = thresholds(canvas.width)

    def render(self, out: Image, image: Image, depth: SteadyDepth, settings: Settings) -> None:
        """See ``Effect``."""
        canvas, layers = self._canvas, self._layers
        maps = self._maps.take_layers(depth, settings.edge_shift)
        layers.split(image, maps, settings)
        law = by_strength(settings.strength, depth.focus)
        if settings.visibility is not None:
            law = by_visibility(settings.visibility, known(depth.metric))
        transmission(
            layers.planes[10],
            layers.outline.sampled[0],
            np.float32(law.beta),
            np.float32(law.clear),
            np.float32(law.nearest),
            canvas.chunks,
        )
        blend_veiled(
            out,
            layers.scratch,
            layers.kinds,
            image,
            layers.planes,
            layers.outline.cover,
            canvas.edges,
            np.array(colour_levels(settings.fog_colour), np.float32),
            np.array((settings.dim or 0.0, settings.desaturate or 0.0), np.float32),
            self._thresholds,
            canvas.left,
            canvas.across,
            canvas.factor,
        )

    def close(self) -> None:
        """See ``Effect``."""
