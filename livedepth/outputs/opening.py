"""From the text of ``--output`` to an open output."""

from __future__ import annotations

import difflib
from pathlib import Path

from livedepth.errors import UsageError
from livedepth.outputs.output import Content, Output, OutputContext

_ALLOWED = (
    "virtual-camera[:DEVICE], preview, web[:PORT], null, a file ending in .mp4, .mkv, .mov or "
    ".webm, or a folder for pictures (shots/), each after depth: or matte: for that instead"
)

_RECORDINGS = (".mp4", ".mkv", ".mov", ".webm")

_PREFIXES = ("depth", "matte")

_WEB_PORT = 8765

# A bare word without a suffix is a folder for pictures, unless it reads like one of these.
_WORDS = ("virtual-camera", "camera", "webcam", "preview", "window", "null", "none", "web", "obs")


def split_content(spec: str) -> tuple[Content, str]:
    """Split ``spec`` into what is to be shown and where: ``depth:null`` is ("depth", "null").

    Without ``depth:`` or ``matte:`` in front it is the composed picture.
    """
    head, colon, rest = spec.partition(":")
    match head, colon:
        case ("depth" | "matte") as content, ":":
            return content, rest
        case _:
            return "picture", spec


def check_output(spec: str) -> None:
    """Check what can be checked of an output without opening it.

    Raises UsageError, naming ``spec`` and what is allowed, when it is no output; OutputError when
    a recording has no folder to lie in.
    """
    kind, argument = _parse(spec)
    if kind == "recording":
        from livedepth.outputs.files import check_path

        check_path(Path(argument))


def open_output(spec: str, context: OutputContext) -> Output:
    """Open the output that ``spec`` describes.

    spec: ``virtual-camera`` or ``virtual-camera:DEVICE``; ``preview``; ``web`` or ``web:PORT``;
    ``null``; a file name ending in .mp4, .mkv, .mov or .webm; a folder for pictures: one that
    exists, or a name that ends in a slash or has no suffix. ``depth:`` or ``matte:`` in front
    changes nothing but the title of a window: which picture comes is the caller's. Raises
    UsageError when it is none of these, OutputError when it cannot be opened.
    """
    kind, argument = _parse(spec)
    settings = context.settings.current
    match kind:
        case "virtual-camera":
            from livedepth.outputs.virtual_camera import VirtualCamera

            return VirtualCamera(argument or None, context.size, context.rate, settings.sent_format)
        case "preview":
            from livedepth.outputs.preview import Preview

            return Preview(context, split_content(spec)[0])
        case "web":
            from livedepth.outputs.web import WebOutput

            return WebOutput(int(argument))
        case "recording":
            from livedepth.outputs.recording import Recording

            return Recording(Path(argument), context.size, context.rate, settings.quality)
        case "pictures":
            from livedepth.outputs.pictures import PictureFolder

            return PictureFolder(Path(argument))
        case _:
            from livedepth.outputs.null import NullOutput

            return NullOutput()


def _parse(spec: str) -> tuple[str, str]:
    """Return the kind of output and its device, port or path."""
    _, place = split_content(spec)
    kind, colon, argument = place.partition(":")
    if kind == "virtual-camera" and bool(colon) == bool(argument):
        return kind, argument
    if place in ("preview", "null"):
        return place, ""
    if kind == "web" and bool(colon) == bool(argument):
        return kind, _port(spec, argument) if argument else str(_WEB_PORT)
    path = Path(place)
    if place.strip() and "://" not in place:
        if path.is_dir() or place.endswith(("/", "\\")):
            return "pictures", place
        if path.suffix.lower() in _RECORDINGS and kind not in _PREFIXES:
            return "recording", place
        if "." not in path.name and not (path.name == place and _word_like(kind, colon)):
            return "pictures", place
    raise UsageError(f"there is no output {spec!r}; it takes {_ALLOWED}")


def _word_like(word: str, colon: str) -> bool:
    known = (*_WORDS, *_PREFIXES) if colon else _WORDS
    return bool(difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.75))


def _port(spec: str, text: str) -> str:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535:
        return text
    raise UsageError(f"output {spec!r} names no port; it takes web:PORT, 1 to 65535")
