"""A video file as a source: every frame in order with its presentation time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import av
import av.error

from livedepth.capture.decoding import Decoder
from livedepth.capture.guarded import GuardedSource
from livedepth.capture.pacing import Pacer
from livedepth.errors import SourceError
from livedepth.frame import Frame

_log = logging.getLogger(__name__)


class VideoSource(GuardedSource):
    """Plays what a decoder decodes, as fast as it is read or at its own pace.

    A file that is cut off gives the frames up to there, says so in the log, and ends.
    """

    def __init__(
        self,
        open_decoder: Callable[[], Decoder],
        name: str,
        *,
        realtime: bool = False,
        loop: bool = False,
        decoder: Decoder | None = None,
    ) -> None:
        """``open_decoder`` is called for every pass; ``decoder`` is the first pass, if open.

        realtime: wait until each frame is due and drop those that are late. loop: start again at
        the end, with timestamps that go on. Raises SourceError.
        """
        super().__init__()
        self._open = open_decoder
        self.name = name
        self._loop = loop
        self.live = realtime
        self._decoder: Decoder | None = decoder or open_decoder()
        self.size, self.rate = self._decoder.size, self._decoder.rate
        self.length = None if loop else self._decoder.frames
        self._pacer = Pacer(1 / self.rate, self._interrupted)
        self._index = -1
        self._timestamp = -1 / self.rate
        self._shift: float | None = None

    def _read(self) -> Frame | None:
        while self._decoder is not None and not self._interrupted.is_set():
            decoded = self._decode(self._decoder)
            if decoded is None:
                self._rewind(self._decoder)
                continue
            frame, seconds = decoded
            self._index += 1
            self._advance(seconds)
            if self.live and not self._pacer.on_time(self._timestamp):
                continue
            if self._interrupted.is_set():
                break
            image = self._decoder.image(frame)
            return Frame(image, self._index, time.monotonic(), self._timestamp)
        return None

    def _decode(self, decoder: Decoder) -> tuple[av.VideoFrame, float | None] | None:
        try:
            return decoder.next()
        except (av.error.FFmpegError, OSError) as error:
            if decoder.remote:
                raise SourceError(f"{self.name} broke off: {decoder.explain(error)}") from error
            _log.warning("%s ends early: %s", self.name, decoder.explain(error))
            return None

    def _advance(self, seconds: float | None) -> None:
        """Set the timestamp of the frame at ``seconds`` of this pass, never going back."""
        following = self._timestamp + 1 / self.rate
        if seconds is None:
            self._timestamp = following
            return
        if self._shift is None:
            self._shift = following - seconds
        self._timestamp = max(self._timestamp, self._shift + seconds)

    def _rewind(self, decoder: Decoder) -> None:
        decoder.close()
        self._decoder = self._open() if self._loop else None
        self._shift = None

    def _release(self) -> None:
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None


def open_file(path: Path, *, realtime: bool = False, loop: bool = False) -> VideoSource:
    """Open a video file.

    Raises SourceError, in one line, for a path that is absent, a folder, empty, not readable, no
    video, or without a picture in it.
    """
    try:
        if path.is_dir():
            raise SourceError(f"{path} is a folder, not a video")
        if path.stat().st_size == 0 and path.is_file():
            raise SourceError(f"{path} is empty (0 bytes)")
    except FileNotFoundError as error:
        raise SourceError(f"there is no file {path}; check the name") from error
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from error
    url = f"file:{path.absolute()}"
    return VideoSource(lambda: Decoder(url, str(path)), path.name, realtime=realtime, loop=loop)
