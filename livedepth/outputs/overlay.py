"""What the preview draws over the picture: help, statistics, messages and the point in focus."""

from __future__ import annotations

import time

import cv2

from livedepth.distance import Distance
from livedepth.frame import Image
from livedepth.outputs.output import OutputContext
from livedepth.outputs.panel import AMBER, Panel, paste, render, text_size
from livedepth.settings import EFFECTS, Settings
from livedepth.stats import STAGES, Stats

_MESSAGE_SECONDS = 2.5
_MARK_SECONDS = 0.8
_STATS_SECONDS = 0.5


class Overlay:
    """Draws onto pictures for one window, at whatever size the window has."""

    def __init__(self, context: OutputContext) -> None:
        self._context = context
        self._help = False
        self._message = ""
        self._message_until = 0.0
        self._mark = (0.0, 0.0)
        self._mark_until = 0.0
        self._stats = Panel(())
        self._stats_until = 0.0

    def toggle_help(self) -> None:
        """Show or hide the list of keys."""
        self._help = not self._help

    def say(self, message: str) -> None:
        """Show ``message`` for a moment."""
        self._message = message
        self._message_until = time.monotonic() + _MESSAGE_SECONDS

    def mark(self, across: float, down: float) -> None:
        """Show for a moment which point, in 0..1 of the picture, was chosen as focus."""
        self._mark = (across, down)
        self._mark_until = time.monotonic() + _MARK_SECONDS

    def draw(self, canvas: Image, now: float) -> None:
        """Draw into ``canvas``, BGR uint8 (height, width, 3), what is to be seen at ``now``."""
        height, width = canvas.shape[:2]
        size = text_size((width, height))
        edge = size
        if now < self._mark_until:
            _ring(canvas, self._mark, size)
        if self._context.settings.current.show_stats:
            paste(render(self._current_stats(now), size), canvas, edge, edge)
        if self._help:
            tile = render(help_panel(), size)
            paste(tile, canvas, width - edge - tile.size[0], edge)
        if now < self._message_until:
            panel = Panel(((self._message, ""),))
            tile = render(panel, size)
            if tile.size[0] > width:
                tile = render(panel, size * width // tile.size[0])
            paste(tile, canvas, (width - tile.size[0]) // 2, height - edge - tile.size[1])

    def _current_stats(self, now: float) -> Panel:
        if now >= self._stats_until:
            self._stats = stats_panel(self._context.stats, self._context.settings.current)
            self._stats_until = now + _STATS_SECONDS
        return self._stats


def help_panel() -> Panel:
    """The keys and what they do."""
    effects = ", ".join(EFFECTS)
    return Panel(
        heading="Keys",
        key_colour=AMBER,
        rows=(
            (f"1 – {len(EFFECTS)}", f"effect: {effects}"),
            ("[   ]", "weaker, stronger"),
            ("click", "focus there"),
            (",   .", "focus farther, nearer"),
            ("a, right click", "focus follows the subject"),
            ("g", "sliders: right click resets one"),
            ("b", "shape of the bokeh"),
            ("c", "colours of the depth"),
            ("p", "mode: paired, latest, auto"),
            ("m", "mirror the preview"),
            ("t", "timings"),
            ("s", "snapshot"),
            ("f", "full screen"),
            ("h", "this help"),
            ("q, Esc", "quit"),
        ),
    )


def stats_panel(stats: Stats, settings: Settings) -> Panel:
    """The timings of the stream so far, and what it is set to."""
    known = stats.snapshot()
    age = known["frame_age_ms"]
    width, height = known["size"]
    stages = [
        (stage.capitalize(), f"{known['stages_ms'][stage]['p50']:.1f} ms") for stage in STAGES
    ]
    return Panel(
        heading=f"{stats.recent_rate():.1f} frames/s",
        rows=(
            ("Frame age", f"{age['p50']:.0f} ms, 95 %: {age['p95']:.0f} ms"),
            *stages,
            ("Dropped", f"{known['dropped']} of {known['frames_in']}"),
            ("Picture", f"{width}×{height}"),
            ("Model", f"{known['model']}, {known['engine']}, {known['mode']}"),
            (
                "Effect",
                f"{settings.effect}, {settings.strength:.0%}, focus {_focus(stats, settings)}",
            ),
        ),
    )


def _focus(stats: Stats, settings: Settings) -> str:
    """What is in focus, in metres where they are known."""
    known = "" if stats.focus_metres is None else f"{stats.focus_metres:.2f} m"
    if settings.focus is None:
        return f"auto, {known}" if known else "auto"
    chosen = settings.focus
    return known or (str(chosen) if isinstance(chosen, Distance) else f"{chosen:.2f}")


def _ring(canvas: Image, point: tuple[float, float], size: int) -> None:
    """Draw a ring around ``point``, light on dark so that it shows on any picture."""
    height, width = canvas.shape[:2]
    centre = (round(point[0] * width), round(point[1] * height))
    for colour, extra in (((26, 22, 20), 2), (AMBER, 0)):
        cv2.circle(
            canvas, centre, round(size * 1.6), colour, max(1, size // 8) + extra, cv2.LINE_AA
        )
