"""True depth of field: the subject sharp before a background blurred by its distance."""

from __future__ import annotations

import math

import numpy as np

from livedepth.compositor.canvas import Canvas
from livedepth.compositor.disc import Disc, disc
from livedepth.compositor.kernels.blend import blend_blurred
from livedepth.compositor.kernels.bokeh import disc_sums, mix_levels, weighted_prefix
from livedepth.compositor.outline import Outline, presence
from livedepth.compositor.subject import SubjectMaps
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings

# What was chosen by hand is sharp though no subject gives a band.
_LEAST_CHOSEN_BAND = 0.06
_LEVELS = (0.25, 0.5, 1.0)
_HIGHLIGHT = np.float32(6.0)
_LEAST_RADIUS = 0.006
_RADIUS_PER_STRENGTH = 0.027


def greatest_radius(width: int, height: int, strength: float) -> float:
    """Radius in pixels of the largest circle of confusion, a share of the frame's mean side.

    At strength 0 it is small, not nothing: this effect never sends a plain background.
    """
    return math.sqrt(width * height) * (_LEAST_RADIUS + _RADIUS_PER_STRENGTH * strength)


class BlurEffect:
    """Depth of field by normalised convolution: no colour of the subject in the background."""

    def __init__(self) -> None:
        self._maps = SubjectMaps()
        self._discs: tuple[Disc, ...] = ()
        self._strength = math.nan

    def prepare(self, canvas: Canvas) -> None:
        """See ``Effect``."""
        self._canvas = canvas
        self._strength = math.nan
        self._outline = Outline(canvas)
        self._planes = canvas.plane(7)
        greatest = greatest_radius(canvas.width, canvas.height, 1.0) / canvas.factor
        self._pad = int(max(greatest, 0.5) + 0.5) + 2
        columns = canvas.columns
        self._prefix = np.zeros((canvas.rows, 4, columns + 2 * self._pad + 1), np.float32)
        self._sums = [np.zeros((canvas.rows, 4, columns), np.float32) for _ in _LEVELS]
        self._areas = np.zeros(len(_LEVELS), np.float32)
        self._fill = np.zeros((4, columns), np.float32)
        self._pairs = canvas.scratch(2, 7, canvas.width)
        self._alphas = canvas.scratch(canvas.width)
        self._weights = canvas.scratch(columns)
        self._shares = canvas.scratch(3, columns)

    def render(self, out: Image, image: Image, depth: SteadyDepth, settings: Settings) -> None:
        """See ``Effect``."""
        canvas = self._canvas
        canvas.reduce(image)
        outline = self._outline
        outline.place(self._maps.take(depth), presence(depth.focus, settings.focus, depth.band))
        if settings.focus is None:
            outline.focus(depth.focus, depth.band)
        else:
            outline.focus(settings.focus, max(depth.band, _LEAST_CHOSEN_BAND))
        outline.refine(self._planes[:4])
        self._blur_background(settings.strength)
        blend_blurred(
            out,
            self._pairs,
            self._alphas,
            image,
            self._planes,
            canvas.left,
            canvas.across,
            canvas.factor,
        )

    def _blur_background(self, strength: float) -> None:
        canvas = self._canvas
        self._choose_discs(strength)
        subject = self._outline.alpha
        weighted_prefix(self._prefix, self._weights, canvas.guide, subject, self._pad, _HIGHLIGHT)
        for sums, level in zip(self._sums, self._discs, strict=True):
            disc_sums(sums, self._prefix, level.reach, level.fraction, self._pad, canvas.chunks)
        mean = self._prefix[:, :, -1].sum(axis=0) / np.float32(canvas.rows * canvas.columns)
        self._fill[:] = mean[:, None]
        small, middle, large = self._sums
        mix_levels(
            self._planes[4:],
            self._shares,
            self._fill,
            small,
            middle,
            large,
            self._areas,
            self._outline.confusion,
        )

    def _choose_discs(self, strength: float) -> None:
        if strength == self._strength:
            return
        canvas = self._canvas
        radius = greatest_radius(canvas.width, canvas.height, strength) / canvas.factor
        self._discs = tuple(disc(radius * share) for share in _LEVELS)
        self._areas[:] = [1.0 / level.area for level in self._discs]
        self._strength = strength

    def close(self) -> None:
        """See ``Effect``."""
