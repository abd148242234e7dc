"""Decodes the video of a file or a network stream into BGR images, through FFmpeg (PyAV)."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import av
import av.error
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from livedepth.capture.buffers import BufferPool
from livedepth.errors import SourceError
from livedepth.frame import Image
from livedepth.resizing import cover

_log = logging.getLogger(__name__)

_TURNS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    -180: cv2.ROTATE_180,
    -90: cv2.ROTATE_90_CLOCKWISE,
}
_ORDINARY_RATE = 30.0
_HIGHEST_RATE = 1000.0


def without_password(url: str) -> str:
    """Return ``url`` as it may be shown: user name, password, query and fragment left out."""
    parts = urlsplit(url)
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
    return urlunsplit(shown)


class Decoder:
    """The pictures of the first video stream of a container, in presentation order.

    size: (width, height) as shown, after the rotation that the file asks for.
    rate: average frames a second. duration: seconds, or None where nobody can say, as in live
    streams. frames: how many there will be, or None. remote: whether reading may time out.
    bursts: whether pictures arrive by the segment, many at once.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        live: bool = False,
        timeout: float | None = None,
        options: dict[str, str] | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        """Open ``url`` (which FFmpeg understands) and decode its first picture.

        name: how errors call it. live: no decoder delay, at the cost of speed. timeout: seconds
        without data after which opening and reading fail. size: (width, height) that every
        picture is made to fill; its own where not given. Raises SourceError.
        """
        self.remote = timeout is not None
        self._name = name
        self._timeout = timeout
        try:
            self._container = av.open(url, timeout=timeout, options=options or {})
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._refusal(error) from error
        try:
            self._prepare(live, size)
        except BaseException:
            self._container.close()
            raise

    def _prepare(self, live: bool, size: tuple[int, int] | None) -> None:
        covers = av.stream.Disposition.attached_pic
        streams = [s for s in self._container.streams.video if not s.disposition & covers]
        if not streams:
            raise SourceError(f"{self._name} has no video stream")
        stream = streams[0]
        stream.thread_type = "SLICE" if live else "AUTO"
        self._stream = stream
        flags = av.format.Flags(self._container.format.flags)
        self._timed = av.format.Flags.no_timestamps not in flags
        self._reformatter = VideoReformatter()
        self._decoded = self._decode()
        try:
            first = next(self._decoded, None)
        except (av.error.FFmpegError, OSError) as error:
            raise self._refusal(error) from error
        if first is None:
            raise SourceError(f"{self._name} has no picture that can be decoded; is it damaged?")
        self._pending: av.VideoFrame | None = first
        self._turn = _TURNS.get(int(first.rotation))
        sideways = self._turn is not None and self._turn != cv2.ROTATE_180
        own = (first.height, first.width) if sideways else (first.width, first.height)
        self.size = size or own
        rate = float(stream.average_rate or stream.guessed_rate or _ORDINARY_RATE)
        self.rate = rate if rate <= _HIGHEST_RATE else _ORDINARY_RATE
        self.duration = self._duration()
        known = stream.frames or (round(self.duration * self.rate) if self.duration else 0)
        self.frames = known or None
        self.bursts = self._container.format.name in ("hls", "dash")
        self._pool = BufferPool(*self.size)

    def _duration(self) -> float | None:
        stream = self._stream
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return self._container.duration / av.time_base if self._container.duration else None

    def _decode(self) -> Generator[av.VideoFrame]:
        """Every frame that can be decoded; damaged packets are left out."""
        for packet in self._container.demux(self._stream):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError as error:
                _log.info("%s: a damaged packet is left out (%s)", self._name, error.strerror)

    def next(self) -> tuple[av.VideoFrame, float | None] | None:
        """Return the next decoded frame and its time in seconds, or None at the end.

        The time is in the stream's own clock, None where the stream has none. Raises
        ``av.error.FFmpegError`` when reading fails.
        """
        frame, self._pending = self._pending, None
        if frame is None:
            frame = next(self._decoded, None)
        return None if frame is None else (frame, frame.time if self._timed else None)

    def image(self, frame: av.VideoFrame) -> Image:
        """Convert to BGR uint8 of ``size``, upright, in a buffer of this decoder's pool."""
        converted = self._reformatter.reformat(frame, format="bgr24", threads=1)
        plane = converted.planes[0]
        rows = np.frombuffer(memoryview(cast(Any, plane)), np.uint8).reshape(
            converted.height, plane.line_size
        )
        picture: Image = rows[:, : converted.width * 3].reshape(
            converted.height, converted.width, 3
        )
        image = self._pool.take()
        if self._turn is not None:
            picture = np.asarray(cv2.rotate(picture, self._turn, dst=image), np.uint8)
        if picture.shape != image.shape:
            cover(image, picture)
        elif picture is not image:
            np.copyto(image, picture)
        return image

    def close(self) -> None:
        """Close the container; safe to call twice, but never while another thread reads."""
        self._decoded.close()
        self._container.close()

    def explain(self, error: Exception) -> str:
        """Say what FFmpeg found wrong, in words."""
        if isinstance(error, av.error.ExitError) and self._timeout is not None:
            return f"nothing came within {self._timeout:g} s"
        if isinstance(error, av.error.InvalidDataError):
            return "it is not a video, or it is damaged"
        if isinstance(error, OSError) and error.strerror:
            return error.strerror[0].lower() + error.strerror[1:]
        return str(error)

    def _refusal(self, error: Exception) -> SourceError:
        return SourceError(f"cannot read {self._name}: {self.explain(error)}")
