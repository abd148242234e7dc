"""Decides what the text of the ``source`` setting means, and opens it.

auto                    the first real camera; virtual ones come last
demo                    the demo clip: somebody rendered, talking and waving
synthetic               the synthetic scene
0, 1, ...               a camera's number
/dev/video2             a camera's device node
rtsp:, http: ...        a stream or a recording on the network
a path                  a video, a picture, or a folder of pictures
a pattern with * ? [    the pictures it matches
anything else           part of a camera's name, in either case
"""

from __future__ import annotations

import re
from pathlib import Path

from livedepth.capture.source import Source
from livedepth.errors import SourceError
from livedepth.settings import Settings

PICTURE_ENDINGS = frozenset(
    (
        *(".bmp", ".dib", ".jpg", ".jpeg", ".jpe", ".jp2", ".png", ".webp", ".avif"),
        *(".pbm", ".pgm", ".ppm", ".pnm", ".tif", ".tiff", ".hdr", ".ras", ".sr"),
    )
)

SYNTHETIC = "synthetic"
"""What names the synthetic scene, whose kernels are compiled when they are first used."""

_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "udp", "rtp", "srt", "tcp")


def open_source(settings: Settings) -> Source:
    """Open what ``settings.source`` names; only that kind of source is imported.

    Raises SourceError, in one line, when there is no such thing or it cannot be opened.
    """
    text = settings.source.strip()
    if not text:
        raise SourceError("no source is given; use --source auto for the first camera")
    if text == "demo":
        from livedepth.capture.demo import open_demo

        return open_demo(settings)
    if text == SYNTHETIC:
        from livedepth.capture.synthetic import SyntheticSource

        return SyntheticSource(settings)
    scheme, separator, _ = text.partition("://")
    if separator and scheme.lower() in _SCHEMES:
        from livedepth.capture.network import open_stream

        return open_stream(text, realtime=settings.realtime, loop=settings.loop)
    if separator:
        raise SourceError(f"{scheme}:// is not supported; use one of {', '.join(_SCHEMES)}")
    path = Path(text).expanduser()
    if text == "auto" or text.isdecimal() or text.startswith("/dev/"):
        return _camera(settings, text)
    if path.exists():
        return _recording(settings, path)
    if any(mark in text for mark in "*?["):
        from livedepth.capture.pictures import pictures_like

        return _pictures(settings, pictures_like(str(path)), text)
    if _looks_like_path(text):
        raise SourceError(f"there is no file, folder or device {text}; check the name")
    return _camera(settings, text)


def _looks_like_path(text: str) -> bool:
    return "/" in text or "\\" in text or re.search(r"\.\w{2,5}$", text) is not None


def _camera(settings: Settings, text: str) -> Source:
    from livedepth.capture.device import open_camera

    return open_camera(text, settings)


def _recording(settings: Settings, path: Path) -> Source:
    if path.is_dir():
        from livedepth.capture.pictures import pictures_in

        return _pictures(settings, pictures_in(path, PICTURE_ENDINGS), str(path))
    if path.suffix.lower() in PICTURE_ENDINGS:
        return _pictures(settings, [path], path.name)
    from livedepth.capture.video import open_file

    return open_file(path, realtime=settings.realtime, loop=settings.loop)


def _pictures(settings: Settings, paths: list[Path], name: str) -> Source:
    from livedepth.capture.pictures import PicturesSource

    return PicturesSource(
        paths, name, settings.rate, realtime=settings.realtime, loop=settings.loop
    )
