"""The preview window: the composed picture, with keys and clicks that change the settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from livedepth.distance import FARTHEST, NEAREST, Distance
from livedepth.errors import OutputError
from livedepth.frame import Frame, Image
from livedepth.outputs.output import Content, OutputContext
from livedepth.outputs.overlay import Overlay
from livedepth.outputs.panel import text_size
from livedepth.outputs.pictures import write_whole
from livedepth.outputs.sliders import Sliders
from livedepth.outputs.window import ESCAPE, Click, Place, Window, fit
from livedepth.settings import BOKEH, COLOURMAPS, EFFECTS, KNOBS

_TITLE = "livedepth"
_STRENGTH_STEP = 0.05
_FOCUS_STEP = 0.04
_DISTANCE_STEP = 1.1
_UNKNOWN_FOCUS = 0.8

# Seconds in which a second press counts: as long as the message that asks for it is shown.
_PLAIN_SECONDS = 2.5


class Preview:
    """Shows frames in a window as they come, at once and without pacing.

    Frames arrive mirrored as ``settings.mirror_preview`` says. Help, statistics and messages are
    drawn on the window's own copy. Closing the window, q or Escape stop the stream.
    """

    def __init__(self, context: OutputContext, content: Content = "picture") -> None:
        """Open the window, whose title tells its ``content``.

        Raises DisplayError where there is no display.
        """
        self._context = context
        title = _TITLE if content == "picture" else f"{_TITLE} {content}"
        self._window = Window(title, context.size)
        self._overlay = Overlay(context)
        self._sliders = Sliders(context.settings)
        self._canvas = np.zeros((1, 1, 3), np.uint8)
        self._closed = False
        self._plain_asked_until = 0.0
        self._actions = self._make_actions()
        self._overlay.say("h shows the keys")

    @property
    def name(self) -> str:
        """What a person would call it."""
        return "preview"

    @property
    def watched(self) -> bool:
        """Whether the window is open."""
        return self._window.open

    def write(self, frame: Frame) -> None:
        """Show one frame and act on what was pressed; does nothing once the window was closed.

        Raises OutputError after ``close``.
        """
        if self._closed:
            raise OutputError("the preview is closed; open another to show frames")
        if not self._window.open:
            return
        height, width = frame.image.shape[:2]
        size = self._window.size()
        place = fit((width, height), size)
        self._draw(frame.image, size, place)
        self._window.show(self._canvas)
        key, clicks = self._window.poll()
        if not self._window.open:
            self._context.stop()
            return
        for click in clicks:
            self._clicked(click, place)
        if key == "s":
            self._overlay.say(_save_snapshot(frame.image))
        elif key in self._actions:
            self._actions[key]()

    def close(self) -> None:
        """Close the window; safe to call twice."""
        self._closed = True
        self._window.close()

    def _draw(self, image: Image, size: tuple[int, int], place: Place) -> None:
        if self._canvas.shape[1::-1] != size:
            self._canvas = np.zeros((size[1], size[0], 3), np.uint8)
        inside = self._canvas[
            place.top : place.top + place.height, place.left : place.left + place.width
        ]
        halved = 2 * place.width <= image.shape[1]
        cv2.resize(
            image,
            (place.width, place.height),
            dst=inside,
            interpolation=cv2.INTER_AREA if halved else cv2.INTER_LINEAR,
        )
        self._sliders.draw(inside, text_size((place.width, place.height)))
        self._overlay.draw(inside, time.monotonic())

    def _clicked(self, click: Click, place: Place) -> None:
        size = (place.width, place.height)
        x, y = click.x - place.left, click.y - place.top
        if self._sliders.press(
            x, y, size, text_size(size), right=click.right, dragged=click.dragged
        ):
            return
        if click.dragged:
            return
        if click.right:
            self._follow_subject()
            return
        position = place.position(click.x, click.y)
        if position is None:
            return
        across, down = position
        self._overlay.mark(across, down)
        mirrored = self._context.settings.current.mirror_preview
        self._context.focus_at(1 - across if mirrored else across, down)

    def _make_actions(self) -> dict[str, Callable[[], None]]:
        actions: dict[str, Callable[[], None]] = {
            "q": self._context.stop,
            ESCAPE: self._escape,
            "a": self._follow_subject,
            "b": partial(self._next, "bokeh", BOKEH),
            "c": partial(self._next, "colourmap", COLOURMAPS),
            "g": self._toggle_sliders,
            "f": self._toggle_full_screen,
            "h": self._overlay.toggle_help,
            "m": self._toggle_mirror,
            "p": partial(self._next, "mode", KNOBS["mode"].choices),
            "t": self._toggle_stats,
        }
        actions[","] = partial(self._pull_focus, -_FOCUS_STEP)
        actions["."] = partial(self._pull_focus, _FOCUS_STEP)
        for key in "[-":
            actions[key] = partial(self._strengthen, -_STRENGTH_STEP)
        for key in "]+=":
            actions[key] = partial(self._strengthen, _STRENGTH_STEP)
        for number, effect in enumerate(EFFECTS, start=1):
            actions[str(number)] = partial(self._choose, effect)
        return actions

    def _change(self, message: str, **changes: object) -> None:
        self._context.settings.change(**changes)
        self._overlay.say(message)

    def _choose(self, effect: str) -> None:
        # One slip of a finger must not send the plain room into a call.
        now = time.monotonic()
        asked = now < self._plain_asked_until
        self._plain_asked_until = now + _PLAIN_SECONDS if effect == "none" else 0.0
        if effect == "none" and not asked:
            self._overlay.say("Press again to send the plain picture")
            return
        self._change(f"Effect: {effect}", effect=effect)

    def _strengthen(self, step: float) -> None:
        strength = round(min(max(self._context.settings.current.strength + step, 0), 1), 2)
        self._change(f"Strength: {strength:.0%}", strength=strength)

    def _follow_subject(self) -> None:
        self._change("Focus: follows the subject", focus=None)

    def _pull_focus(self, step: float) -> None:
        held = self._context.settings.current.focus
        if isinstance(held, Distance):
            ratio = 1.0 / _DISTANCE_STEP if step > 0.0 else _DISTANCE_STEP
            distance = Distance(min(max(round(held.metres * ratio, 2), NEAREST), FARTHEST))
            self._change(f"Focus: {distance}", focus=distance)
            return
        focus = round(min(max((_UNKNOWN_FOCUS if held is None else held) + step, 0), 1), 2)
        self._change(f"Focus: {focus:.2f} (1 is nearest)", focus=focus)

    def _next(self, key: str, choices: tuple[str, ...]) -> None:
        current = choices.index(getattr(self._context.settings.current, key))
        chosen = choices[(current + 1) % len(choices)]
        self._change(f"{key.capitalize()}: {chosen}", **{key: chosen})

    def _toggle_sliders(self) -> None:
        self._sliders.shown = not self._sliders.shown

    def _toggle_mirror(self) -> None:
        mirrored = not self._context.settings.current.mirror_preview
        self._change(f"Mirror: {_on_off(mirrored)}", mirror_preview=mirrored)

    def _toggle_stats(self) -> None:
        shown = not self._context.settings.current.show_stats
        self._context.settings.change(show_stats=shown)

    def _toggle_full_screen(self) -> None:
        self._window.full_screen = not self._window.full_screen

    def _escape(self) -> None:
        if self._window.full_screen:
            self._window.full_screen = False
        else:
            self._context.stop()


def _on_off(value: bool) -> str:
    return "on" if value else "off"


def _save_snapshot(image: Image) -> str:
    """Save ``image`` as a PNG in the current folder, else in the pictures folder; say where.

    An existing file is never overwritten. What went wrong is told too, for a failed snapshot is
    no reason to end a call.
    """
    import platformdirs

    encoded = cv2.imencode(".png", image)[1]
    name = f"livedepth-{datetime.now():%Y%m%d-%H%M%S-%f}.png"
    reason: object = ""
    for folder in (Path.cwd(), platformdirs.user_pictures_path()):
        path = folder / name
        try:
            write_whole(path, encoded.data)
        except OSError as error:
            reason = error.strerror
        else:
            return f"Saved {path}"
    return f"No snapshot: {path} cannot be written: {reason}"
