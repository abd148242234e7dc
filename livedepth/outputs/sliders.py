"""Sliders over the preview: every number that may change while the stream runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2

from livedepth.frame import Image
from livedepth.outputs.panel import AMBER, GREY, WHITE, empty, letter, paste
from livedepth.settings import KNOBS, Settings, SettingsHolder

_LOOKS = ("focus", "strength", "aperture", "highlights", "edge_shift", "edge_softness")
_LIGHT = ("light_wrap", "dim", "desaturate", "low_light", "opacity", "smoothing")
_LENS = ("exposure", "white_balance", "lens_focus")
KEYS = _LOOKS + _LIGHT + _LENS

# These are felt in ratios, not in differences.
_LOGARITHMIC = ("aperture", "exposure", "white_balance")
_DEFAULTS = Settings()
_LABEL, _TRACK, _VALUE, _MARGIN = 8.5, 11.0, 5.5, 1.1
_LINE = 1.75


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows lie in a picture, in pixels.

    size: of the letters. left, top: of the panel. track: left end and length of every slider.
    """

    size: int
    left: int
    top: int
    width: int
    height: int
    track: tuple[int, int]

    def baseline(self, row: int) -> int:
        """Where the letters of ``row`` stand."""
        return self.top + round(self.size * (_MARGIN + 0.85 + row * _LINE))


def lay_out(canvas: tuple[int, int], size: int) -> Layout:
    """Place the panel at the right of a picture of size (width, height)."""
    lines = len(KEYS)
    tall = _LINE * lines + 2 * _MARGIN
    size = max(6, min(size, int(canvas[1] / (tall + 1))))
    width = round(size * (_LABEL + _TRACK + _VALUE + 2 * _MARGIN))
    height = round(size * tall)
    left = max(0, canvas[0] - width - size)
    top = max(0, (canvas[1] - height) // 2)
    start = left + round(size * (_MARGIN + _LABEL))
    return Layout(size, left, top, width, height, (start, round(size * _TRACK)))


def share_of(key: str, value: float) -> float:
    """Where ``value`` lies on the slider of ``key``, 0..1."""
    low, high = KNOBS[key].minimum, KNOBS[key].maximum
    if key in _LOGARITHMIC:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return min(max((value - low) / (high - low), 0.0), 1.0)


def value_at(key: str, share: float) -> float:
    """The value at ``share`` of the slider of ``key``, to three figures; share is cut to 0..1."""
    low, high = KNOBS[key].minimum, KNOBS[key].maximum
    share = min(max(share, 0.0), 1.0)
    if key in _LOGARITHMIC:
        value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        value = low + share * (high - low)
    return min(max(float(f"{value:.3g}"), low), high)


class Sliders:
    """Draws the sliders into one window and follows the mouse on them."""

    def __init__(self, settings: SettingsHolder) -> None:
        self._settings = settings
        self.shown = False
        self._held: str | None = None

    def draw(self, canvas: Image, size: int) -> None:
        """Draw into ``canvas``, BGR uint8 (height, width, 3), where they are shown."""
        if not self.shown:
            return
        layout = lay_out((canvas.shape[1], canvas.shape[0]), size)
        paste(empty(layout.width, layout.height, layout.size), canvas, layout.left, layout.top)
        for row, key in enumerate(KEYS):
            self._draw_row(canvas, layout, row, key)

    def _draw_row(self, canvas: Image, layout: Layout, row: int, key: str) -> None:
        value = getattr(self._settings.current, key)
        chosen = isinstance(value, int | float)
        size, baseline = layout.size, layout.baseline(row)
        left = layout.left + round(size * _MARGIN)
        letter(canvas, key.replace("_", " "), left, baseline, WHITE, size)
        start, length = layout.track
        middle = baseline - round(size * 0.35)
        thick = max(1, size // 7)
        cv2.line(canvas, (start, middle), (start + length, middle), GREY, thick, cv2.LINE_AA)
        if chosen:
            knob = (start + round(share_of(key, value) * length), middle)
            cv2.circle(canvas, knob, max(3, round(size * 0.42)), AMBER, -1, cv2.LINE_AA)
        text = f"{value:.3g}" if chosen else str(value or "auto")
        letter(canvas, text, start + length + round(size * 0.9), baseline, WHITE, size)

    def press(
        self, x: int, y: int, canvas: tuple[int, int], size: int, *, right: bool, dragged: bool
    ) -> bool:
        """Follow the mouse at (x, y) of a picture of size (width, height).

        A press or drag sets the value, the right button returns it to its default.
        Returns whether the mouse was meant for a slider.
        """
        if not self.shown:
            return False
        layout = lay_out(canvas, size)
        if not dragged:
            self._held = _row_at(layout, x, y)
        inside = 0 <= x - layout.left < layout.width and 0 <= y - layout.top < layout.height
        if self._held is None:
            return inside
        key = self._held
        if right:
            self._settings.change(**{key: getattr(_DEFAULTS, key)})
        else:
            start, length = layout.track
            self._settings.change(**{key: value_at(key, (x - start) / length)})
        return True


def _row_at(layout: Layout, x: int, y: int) -> str | None:
    if not 0 <= x - layout.left < layout.width:
        return None
    row = math.floor((y - layout.top - layout.size * (_MARGIN - 0.4)) / (layout.size * _LINE))
    return KEYS[row] if 0 <= row < len(KEYS) else None
