"""The colour bar that says which colours are near and which far."""

from __future__ import annotations

import math

import cv2
import numpy as np

from livedepth.compositor.depth_map import colour_table
from livedepth.compositor.lettering import draw_text, text_width
from livedepth.frame import Image, Map, MetricScale

_SMALLEST_SIDE = 72
_PANEL = (30, 26, 24)
_INK = (245, 245, 245)
_OPACITY = 0.72
_FAR, _NEAR = "far", "near"
_FARTHEST_LABEL = 1000.0
# As a share of a distance: by less, its label stays as it is.
_LABEL_SLACK = 0.06


class Ends:
    """The labels of a bar from far to near: metres where they are known, and then calm ones."""

    def __init__(self) -> None:
        self._held = [0.0, 0.0]

    def update(self, metric: MetricScale | None) -> tuple[str, str]:
        """The two labels for maps of the scale ``metric``."""
        if metric is None:
            return _FAR, _NEAR
        for place, disparity in enumerate((0.0, 1.0)):
            metres, held = metric.metres_of(disparity), self._held[place]
            if not abs(metres - held) <= _LABEL_SLACK * held < math.inf:
                self._held[place] = metres
        return _metres(self._held[0], _FAR), _metres(self._held[1], _NEAR)


def _metres(metres: float, otherwise: str) -> str:
    """To two figures, in decimal notation."""
    return f"{float(f'{metres:.2g}'):g} m" if metres < _FARTHEST_LABEL else otherwise


class Legend:
    """A labelled bar, far to near, in the lower left corner; sized by the frame.

    Frames too small for letters one can read (under 72 pixels a side) or too narrow get none. Its
    pixels are remembered, so that a mirrored picture can have it the right way round.
    """

    def __init__(
        self, width: int, height: int, colourmap: str, ends: tuple[str, str] = (_FAR, _NEAR)
    ) -> None:
        """ends: what the far end of the bar is called, and the near one."""
        self.colourmap = colourmap
        self.ends = ends
        self.shown = min(width, height) >= _SMALLEST_SIDE
        if not self.shown:
            return
        self._panel, opacity = _draw_panel(min(width, height), width, colourmap, ends)
        self._front = opacity
        self._back: Map = 1.0 - opacity
        rows, columns = opacity.shape
        margin = max(2, min(width, height) // 40)
        self.shown = columns + margin <= width
        self._rows = slice(height - margin - rows, height - margin)
        self._columns = slice(margin, margin + columns)
        self._opposite = slice(width - margin - columns, width - margin)
        self._under = np.zeros_like(self._panel)

    def draw(self, dst: Image) -> None:
        """Draw into ``dst`` and remember what was there."""
        if self.shown:
            np.copyto(self._under, dst[self._rows, self._columns])
            self._blend(dst)

    def draw_mirrored(self, dst: Image) -> None:
        """Take the mirror image of the legend out of ``dst`` and draw it readable."""
        if self.shown:
            dst[self._rows, self._opposite] = self._under[:, ::-1]
            self._blend(dst)

    def _blend(self, dst: Image) -> None:
        place = dst[self._rows, self._columns]
        np.copyto(place, cv2.blendLinear(self._panel, place, self._front, self._back))


def _draw_panel(side: int, width: int, colourmap: str, ends: tuple[str, str]) -> tuple[Image, Map]:
    """The panel, uint8 (h, w, 3), and its opacity, float32 (h, w)."""
    letters = max(9, round(side * 0.026))
    gap = max(3, round(letters * 0.6))
    far, near = (text_width(end, letters) for end in ends)
    bar = max(letters, min(round(side * 0.34), width - far - near - 6 * gap - width // 20))
    rows, columns = letters + 2 * gap, far + near + bar + 4 * gap
    panel = np.full((rows, columns, 3), _PANEL, np.uint8)
    baseline = gap + round(letters * 0.8)
    draw_text(panel, ends[0], gap, baseline, letters, _INK)
    draw_text(panel, ends[1], 3 * gap + far + bar, baseline, letters, _INK)
    ramp = colour_table(colourmap)[np.linspace(0, 255, bar).round().astype(int)]
    top, bottom = gap + round(letters * 0.12), rows - gap - round(letters * 0.12)
    panel[top:bottom, 2 * gap + far : 2 * gap + far + bar] = ramp
    opacity = _rounded(rows, columns, gap) * np.float32(_OPACITY)
    opaque = np.abs(panel.astype(np.int16) - np.array(_PANEL, np.int16)).max(axis=2) > 24
    opacity[opaque] = 1.0
    return panel, opacity


def _rounded(rows: int, columns: int, radius: int) -> Map:
    """A rectangle with round, anti-aliased corners; float32 (rows, columns) in 0..1."""
    y = np.arange(rows, dtype=np.float32)[:, None] + 0.5
    x = np.arange(columns, dtype=np.float32)[None] + 0.5
    dx = np.maximum(np.maximum(radius - x, x - (columns - radius)), 0.0)
    dy = np.maximum(np.maximum(radius - y, y - (rows - radius)), 0.0)
    corner: Map = np.clip(radius + 0.5 - np.hypot(dx, dy), 0.0, 1.0).astype(np.float32)
    return corner
