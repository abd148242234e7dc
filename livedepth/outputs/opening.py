"""From the text of ``--output`` to an open output."""

from __future__ import annotations

import difflib
from pathlib import Path

from livedepth.errors import UsageError
from livedepth.outputs.output import Output, OutputContext

_ALLOWED = (
    "virtual-camera[:DEVICE], preview, null, a file ending in .mp4 or .mkv, "
    "or a folder for pictures (shots/)"
)

_RECORDINGS = (".mp4", ".mkv")

# A bare word without a suffix is a folder for pictures, unless it reads like one of these.
_WORDS = ("virtual-camera", "camera", "webcam", "preview", "window", "null", "none", "web", "obs")


def check_output(spec: str) -> None:
    """Check what can be checked of an output without opening it.

    Raises UsageError, naming ``spec`` and what is allowed, when it is no output; OutputError when
    a recording has no folder to lie in.
    """
    kind, argument = _parse(spec)
    if kind == "recording":
        from livedepth.outputs.recording import check_path

        check_path(Path(argument))


def open_output(spec: str, context: OutputContext) -> Output:
    """Open the output that ``spec`` describes.

    spec: ``virtual-camera`` or ``virtual-camera:DEVICE``; ``preview``; ``null``; a file name
    ending in .mp4 or .mkv; a folder for pictures: one that exists, or a name that ends in a
    slash or has no suffix. Raises UsageError when it is none of these, OutputError when it cannot
    be opened.
    """
    kind, argument = _parse(spec)
    match kind:
        case "virtual-camera":
            from livedepth.outputs.virtual_camera import VirtualCamera

            return VirtualCamera(argument or None, context.size, context.rate)
        case "preview":
            from livedepth.outputs.preview import Preview

            return Preview(context)
        case "recording":
            from livedepth.outputs.recording import Recording

            quality = context.settings.current.quality
            return Recording(Path(argument), context.size, context.rate, quality)
        case "pictures":
            from livedepth.outputs.pictures import PictureFolder

            return PictureFolder(Path(argument))
        case _:
            from livedepth.outputs.null import NullOutput

            return NullOutput()


def _parse(spec: str) -> tuple[str, str]:
    """Return the kind of output and its device or path."""
    kind, colon, argument = spec.partition(":")
    if kind == "virtual-camera" and bool(colon) == bool(argument):
        return kind, argument
    if spec in ("preview", "null"):
        return spec, ""
    path = Path(spec)
    if spec.strip() and "://" not in spec:
        if path.is_dir() or spec.endswith(("/", "\\")):
            return "pictures", spec
        if path.suffix.lower() in _RECORDINGS:
            return "recording", spec
        if "." not in path.name and not (path.name == spec and _word_like(spec)):
            return "pictures", spec
    raise UsageError(f"there is no output {spec!r}; it takes {_ALLOWED}")


def _word_like(spec: str) -> bool:
    return bool(difflib.get_close_matches(spec.lower(), _WORDS, n=1, cutoff=0.75))
