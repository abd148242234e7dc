"""A video file that plays even when the process was killed while it was written."""

from __future__ import annotations

import contextlib
from pathlib import Path

from av.codec.codec import UnknownCodecError
from av.error import FFmpegError

from livedepth.errors import OutputError
from livedepth.frame import Frame
from livedepth.outputs.encoding import (
    TICKS,
    TIME_BASE,
    PictureMaker,
    encoding_of,
    open_encoder,
)
from livedepth.outputs.even import EvenCrop
from livedepth.outputs.files import check_path, create

# Matroska counts in milliseconds: frames nearer than that would fall together.
_SHORTEST_STEP = TICKS // 1000


class Recording:
    """Writes frames into a video file at the times they were taken.

    .mp4 and .mkv hold H.264; .mov (ProRes 4444) and .webm (VP9) keep the alpha of frames that
    have a cutout, and show the others opaque.

    The frame rate varies as the source's does: a frame is shown from its ``timestamp`` on. A
    clock that stands still or goes back (a looped file) goes on one nominal interval later.
    An odd side loses its last row or column, since 4:2:0 has none. An existing file is never
    overwritten: of clip.mp4, clip-1.mp4, clip-2.mp4, ... the first that is free is taken, and
    ``name`` tells which. A killed process loses the last two seconds or so.
    """

    def __init__(self, path: Path, size: tuple[int, int], rate: float, quality: int) -> None:
        """Create the file for frames of ``size`` (width, height) at about ``rate`` a second.

        quality is the constant rate factor of x264, 0..51, 0 = best; ProRes has one quality only.
        Raises OutputError.
        """
        check_path(path)
        self._even = EvenCrop(size, f"recording {path}")
        encoding = encoding_of(path)
        self._maker = PictureMaker(encoding, self._even.size)
        self._interval = max(round(TICKS / rate), _SHORTEST_STEP)
        self._origin = 0.0
        self._ticks = -1
        self._closed = False
        self._file = create(path)
        self._path = Path(self._file.name)
        self._note = "" if self._path == path else f" ({path.name} exists)"
        try:
            self._container, self._stream = open_encoder(
                encoding, self._file, self._even.size, rate, quality
            )
        except UnknownCodecError as error:
            self._remove()
            raise OutputError(
                f"{self.name} needs {encoding.codec}, which this PyAV was built without; "
                "install the wheel: pip install --force-reinstall --only-binary av av"
            ) from error
        except FFmpegError as error:
            self._remove()
            raise OutputError(f"{self.name} cannot be encoded: {error.strerror}") from error

    @property
    def name(self) -> str:
        """What a person would call it, with the file that is really written."""
        return f"recording {self._path}{self._note}"

    @property
    def watched(self) -> bool:
        """Always: no frame may be missing."""
        return True

    def write(self, frame: Frame) -> None:
        """Encode one frame.

        Raises OutputError when it cannot be converted, or the file cannot be written; what was
        written until then plays.
        """
        if self._closed:
            raise OutputError(f"{self.name} is closed; open another to write")
        image = frame.image
        if frame.cutout is not None and self._maker.encoding.alpha:
            image = frame.cutout
        cropped = self._even.crop(image)
        try:
            picture = self._maker.picture(cropped)
        except FFmpegError as error:
            raise OutputError(
                f"{self.name} cannot convert a frame: {error.strerror}; start again, or choose "
                "another ending"
            ) from error
        picture.pts = self._presentation_time(frame.timestamp)
        picture.time_base = TIME_BASE
        try:
            self._container.mux(self._stream.encode(picture))
        except (FFmpegError, OSError) as error:
            self._closed = True
            with contextlib.suppress(FFmpegError, OSError), self._file:
                self._container.close()
            raise self._failure(error) from error

    def close(self) -> None:
        """Finish the file; one that got no frame is removed.

        Raises OutputError when the end cannot be written; what was written until then plays.
        """
        if self._closed:
            return
        self._closed = True
        if self._ticks < 0:
            self._container.close()
            self._remove()
            return
        try:
            with self._file:
                try:
                    self._container.mux(self._stream.encode(None))
                finally:
                    self._container.close()
        except (FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _presentation_time(self, timestamp: float) -> int:
        if self._ticks < 0:
            self._origin = timestamp
        ticks = round((timestamp - self._origin) * TICKS)
        if self._ticks >= 0 and ticks < self._ticks + _SHORTEST_STEP:
            ticks = self._ticks + self._interval
            self._origin = timestamp - ticks / TICKS
        self._ticks = ticks
        return ticks

    def _remove(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _failure(self, error: FFmpegError | OSError) -> OutputError:
        reason = self._file.failure or error
        if isinstance(reason, FileNotFoundError):
            return OutputError(
                f"{self.name} was removed while it was written; "
                "start again with a folder that stays"
            )
        return OutputError(
            f"{self.name} cannot be written: {reason.strerror}; what was written until now plays; "
            "make room there or choose another folder"
        )
