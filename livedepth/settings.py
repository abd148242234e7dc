"""Every knob of livedepth, defined once: its type, range, default and one line of help.

The command line, TOML files, the environment, the preview's keys and the library all read and
check settings through this module. A ``Settings`` value is immutable; one snapshot serves a
whole frame. Knobs marked ``live`` may change while a stream runs.
"""

from __future__ import annotations

import difflib
import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, cast

from livedepth.distance import FARTHEST, NEAREST, Distance, parse_distance
from livedepth.errors import SettingsError

Kind = Literal[
    "text",
    "texts",
    "choice",
    "colour",
    "integer",
    "number",
    "switch",
    "number or auto",
    "distance or auto",
    "number, distance or auto",
    "control",
]

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Knob:
    """How one setting is parsed, checked and explained.

    minimum and maximum are inclusive and apply to numbers; choices apply to ``choice``.
    """

    kind: Kind
    help: str
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    unit: str = ""
    live: bool = True

    def allowed(self) -> str:
        """Say in words what values are accepted."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "switch":
            return "true or false"
        if self.kind == "text":
            return "a text"
        if self.kind == "texts":
            return "a list of texts"
        if self.kind == "colour":
            return "a colour #rrggbb"
        if self.kind == "distance or auto":
            return f"{_DISTANCE} (a bare number is metres), or auto"
        noun = "an integer" if self.kind == "integer" else "a number"
        span = f"{noun} from {self.minimum:g} to {self.maximum:g}"
        unit = f" {self.unit}" if self.unit else ""
        return span + unit + _ALSO_ALLOWED.get(self.kind, "")

    def parse(self, key: str, value: object) -> Any:
        """Return ``value`` as this knob's type, in its range.

        Raises SettingsError naming the key, the value and what is allowed.
        """
        parsed = _PARSERS[self.kind](value)
        if parsed is _REFUSED or (self.choices and parsed not in self.choices):
            raise self._refusal(key, value)
        if isinstance(parsed, int | float) and not self.minimum <= parsed <= self.maximum:
            raise self._refusal(key, value)
        return parsed

    def _refusal(self, key: str, value: object) -> SettingsError:
        return SettingsError(f"setting {key} = {value!r} is not allowed; it takes {self.allowed()}")


_REFUSED = object()

_DISTANCE = f"a distance from {NEAREST:g} m to {FARTHEST:g} m, such as 1.2 m or 80 cm"
_ALSO_ALLOWED = {
    "number or auto": ", or auto",
    "number, distance or auto": f", or {_DISTANCE}, or auto",
    "control": ", or auto, or keep",
}


def _text(value: object) -> object:
    return value if isinstance(value, str) else _REFUSED


def _choice(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _texts(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, Sequence) and all(isinstance(part, str) for part in value):
        return tuple(value)
    return _REFUSED


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return _REFUSED
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return _REFUSED
    return number if math.isfinite(number) else _REFUSED


def _integer(value: object) -> object:
    number = _number(value)
    return int(number) if isinstance(number, float) and number.is_integer() else _REFUSED


def _switch(value: object) -> object:
    if isinstance(value, bool):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    return True if text in _TRUE else False if text in _FALSE else _REFUSED


def _number_or_auto(value: object) -> object:
    return None if value is None or value == "auto" else _number(value)


def _distance(value: object) -> object:
    if isinstance(value, str):
        value = parse_distance(value)
    in_range = isinstance(value, Distance) and NEAREST <= value.metres <= FARTHEST
    return value if in_range else _REFUSED


def _distance_or_auto(value: object) -> object:
    number = _number_or_auto(value)
    if number is None:
        return None
    return _distance(Distance(number) if isinstance(number, float) else value)


def _number_distance_or_auto(value: object) -> object:
    number = _number_or_auto(value)
    return _distance(value) if number is _REFUSED else number


def colour_levels(text: str) -> tuple[int, int, int] | None:
    """Blue, green and red in 0..255 of a colour #rrggbb; None where ``text`` is none."""
    if not _COLOUR.fullmatch(text):
        return None
    red, green, blue = (int(text[i : i + 2], 16) for i in (1, 3, 5))
    return blue, green, red


def _colour(value: object) -> object:
    return value if isinstance(value, str) and colour_levels(value) else _REFUSED


def _control(value: object) -> object:
    return value if value in ("auto", "keep") else _number(value)


_PARSERS: dict[Kind, Callable[[object], object]] = {
    "text": _text,
    "texts": _texts,
    "choice": _choice,
    "colour": _colour,
    "control": _control,
    "integer": _integer,
    "number": _number,
    "switch": _switch,
    "number or auto": _number_or_auto,
    "distance or auto": _distance_or_auto,
    "number, distance or auto": _number_distance_or_auto,
}


def _knob(default: Any, kind: Kind, help: str, **limits: Any) -> Any:
    return field(default=default, metadata={"knob": Knob(kind, help, **limits)})


EFFECTS = ("blur", "replace", "spotlight", "fog", "depth", "overlay", "none")
BOKEH = ("disc", "hexagon", "octagon")
COLOURMAPS = ("turbo", "inferno", "grey")


@dataclass(frozen=True, slots=True)
class Settings:
    """One immutable snapshot of every setting.

    Raises SettingsError for a value outside its knob's range.
    """

    source: str = _knob(
        "auto",
        "text",
        "camera (index, path or part of its name), file, folder, URL, synthetic, "
        "demo; auto is the first camera",
        live=False,
    )
    output: tuple[str, ...] = _knob(
        ("virtual-camera",),
        "texts",
        "virtual-camera[:DEVICE], preview, web[:PORT], null, a file ending in .mp4, .mkv, .mov or "
        ".webm, or a folder for pictures; depth: or matte: before it sends that instead",
        live=False,
    )
    model: str = _knob("embedded", "text", "depth model: a name, or an ONNX file", live=False)
    engine: str = _knob(
        "auto",
        "choice",
        "what runs the model",
        choices=("auto", "tensorrt", "cuda", "torch", "onnxruntime", "onnxruntime-int8", "opencv"),
        live=False,
    )
    width: int = _knob(
        1280,
        "integer",
        "width asked of a camera or the synthetic scene",
        minimum=16,
        maximum=7680,
        unit="pixels",
        live=False,
    )
    height: int = _knob(
        720,
        "integer",
        "height asked of a camera or the synthetic scene",
        minimum=16,
        maximum=4320,
        unit="pixels",
        live=False,
    )
    rate: float = _knob(
        30.0,
        "number",
        "frame rate asked of a camera, and of pictures",
        minimum=1,
        maximum=240,
        unit="frames a second",
        live=False,
    )
    pixel_format: str = _knob(
        "auto",
        "choice",
        "pixel format asked of a camera; auto takes the one that reaches the size and rate",
        choices=("auto", "mjpg", "yuyv", "nv12"),
        live=False,
    )
    exposure: float | str = _knob(
        "keep",
        "control",
        "the camera's exposure time; keep leaves it as it is",
        minimum=0.1,
        maximum=1000,
        unit="milliseconds",
    )
    white_balance: float | str = _knob(
        "keep",
        "control",
        "the camera's white balance; keep leaves it as it is",
        minimum=2000,
        maximum=10000,
        unit="kelvin",
    )
    lens_focus: float | str = _knob(
        "keep",
        "control",
        "the camera's own focus, a share of its range; keep leaves it as it is",
        minimum=0,
        maximum=1,
    )
    power_line: str = _knob(
        "keep",
        "choice",
        "mains frequency that the camera avoids flickering with, in hertz",
        choices=("keep", "off", "50", "60", "auto"),
    )
    sent_format: str = _knob(
        "auto",
        "choice",
        "pixel format sent to a virtual camera; auto takes the one that its readers know best",
        choices=("auto", "i420", "yuyv", "nv12"),
        live=False,
    )
    pause_after: float = _knob(
        10.0,
        "number",
        "capture and depth pause when nobody has watched any output for so long; 0 never",
        minimum=0,
        maximum=3600,
        unit="seconds",
    )
    realtime: bool = _knob(
        False, "switch", "play a file at its own pace, dropping late frames", live=False
    )
    loop: bool = _knob(False, "switch", "start a file again when it ends", live=False)

    mode: str = _knob(
        "auto",
        "choice",
        "paired: every frame waits for its own depth; latest: depth runs at its own pace and is "
        "moved along; auto chooses from measured times",
        choices=("auto", "paired", "latest"),
    )
    effect: str = _knob("blur", "choice", "what is done with the picture", choices=EFFECTS)
    strength: float = _knob(
        0.5, "number", "how strong the background's blur, or the fog, gets", minimum=0, maximum=1
    )
    aperture: float = _knob(
        2.8,
        "number",
        "f-number: how soon blur grows away from the plane in focus; small is shallow",
        minimum=1,
        maximum=16,
    )
    focus: float | Distance | None = _knob(  # noqa: RUF009
        None,
        "number, distance or auto",
        "what is in focus, as disparity (1 = nearest, 0 = farthest) or, of a model that knows "
        "metres, as a distance; auto follows the subject",
        minimum=0,
        maximum=1,
    )
    bokeh: str = _knob("disc", "choice", "shape that highlights blur into", choices=BOKEH)
    highlights: float = _knob(
        0.5, "number", "how far highlights bloom in the blur", minimum=0, maximum=1
    )
    edge_shift: float = _knob(
        0.0,
        "number",
        "draws the subject's outline in (negative) or out (positive)",
        minimum=-1,
        maximum=1,
    )
    edge_softness: float = _knob(
        0.5, "number", "how soft the subject's outline is", minimum=0, maximum=1
    )
    background: str = _knob(
        "#20283a",
        "text",
        "what replaces the background: a colour #rrggbb, a picture, a video, "
        "blur (a blurred copy of the room), or transparent",
    )
    light_wrap: float = _knob(
        0.2,
        "number",
        "how much a new background's light reaches round the subject",
        minimum=0,
        maximum=1,
    )
    dim: float | None = _knob(
        None,
        "number or auto",
        "how much the background is darkened; auto is what the effect is known for",
        minimum=0,
        maximum=1,
    )
    desaturate: float | None = _knob(
        None,
        "number or auto",
        "how much colour the background loses; auto is what the effect is known for",
        minimum=0,
        maximum=1,
    )
    keep_within: Distance | None = _knob(  # noqa: RUF009
        None,
        "distance or auto",
        "what is nearer than this is kept with the subject, of a model that knows metres; auto "
        "keeps the subject and what it holds",
    )
    visibility: Distance | None = _knob(  # noqa: RUF009
        None,
        "distance or auto",
        "how far one sees in the fog, of a model that knows metres; auto goes by strength",
    )
    fog_colour: str = _knob("#c8ced6", "colour", "colour of the fog")
    low_light: float = _knob(
        0.0, "number", "how far a dark picture is brightened", minimum=0, maximum=1
    )
    colourmap: str = _knob("turbo", "choice", "colours of the depth effects", choices=COLOURMAPS)
    opacity: float = _knob(
        0.6, "number", "how much of the depth the overlay shows", minimum=0.1, maximum=1
    )
    smoothing: float = _knob(
        0.5,
        "number",
        "how long a resting pixel of the depth is remembered; 0 switches the filter off",
        minimum=0,
        maximum=5,
        unit="seconds",
    )
    mirror_preview: bool = _knob(True, "switch", "mirror the preview window")
    mirror_output: bool = _knob(False, "switch", "mirror every other output")
    show_stats: bool = _knob(False, "switch", "draw timings into the preview window")
    quality: int = _knob(
        20,
        "integer",
        "constant rate factor of a recording, 0 is best; .mov has none",
        minimum=0,
        maximum=51,
        live=False,
    )

    def __post_init__(self) -> None:
        for key, knob in KNOBS.items():
            object.__setattr__(self, key, knob.parse(key, getattr(self, key)))

    def plain(self) -> dict[str, object]:
        """Every setting as JSON and TOML can hold it and this module reads it; None is auto."""
        values = {key: getattr(self, key) for key in KNOBS}
        return {
            key: str(value) if isinstance(value, Distance) else value
            for key, value in values.items()
        }

    def updated(self, changes: Mapping[str, object]) -> Settings:
        """Return a copy with ``changes`` applied.

        Raises SettingsError for an unknown key or a value that is not allowed.
        """
        for key in changes:
            check_key(key)
        return replace(self, **cast(dict[str, Any], dict(changes)))


KNOBS: dict[str, Knob] = {item.name: item.metadata["knob"] for item in fields(Settings)}


def check_key(key: str) -> None:
    """Raise SettingsError, with the nearest known key, unless ``key`` is a setting."""
    if key not in KNOBS:
        near = difflib.get_close_matches(key, KNOBS, n=1)
        hint = f"did you mean {near[0]}?" if near else "see `livedepth settings list`"
        raise SettingsError(f"there is no setting {key!r}; {hint}")


class SettingsHolder:
    """The current settings of a running stream; safe to read and change from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._current = settings
        self._lock = threading.Lock()

    @property
    def current(self) -> Settings:
        """The newest snapshot."""
        return self._current

    def change(self, **changes: object) -> Settings:
        """Apply ``changes`` at once and return the new snapshot.

        Raises SettingsError, leaving the settings as they were, for an unknown key, a value that
        is not allowed, or a knob that is fixed while a stream runs.
        """
        for key in changes:
            check_key(key)
            if not KNOBS[key].live:
                raise SettingsError(f"setting {key} cannot change while a stream runs; start again")
        with self._lock:
            self._current = self._current.updated(changes)
            return self._current
