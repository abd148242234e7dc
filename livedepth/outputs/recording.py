"""An H.264 video file that plays even when the process was killed while it was written."""

from __future__ import annotations

import contextlib
import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import cv2
import numpy as np
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from livedepth.errors import OutputError
from livedepth.frame import Frame
from livedepth.outputs.even import EvenCrop

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_TICKS = 90_000
_TIME_BASE = Fraction(1, _TICKS)

# Matroska counts in milliseconds: frames nearer than that would fall together.
_SHORTEST_STEP = _TICKS // 1000

_SECONDS_PER_KEYFRAME = 2

# About every second all that was encoded gets into the file, in a form that plays as it is. An
# mp4 is made of fragments meanwhile; closing turns it into an ordinary one, in which every player
# and editor can seek.
_MP4_MUXER = {
    "movflags": "hybrid_fragmented",
    "frag_duration": "1000000",
    "flush_packets": "1",
}
_MKV_MUXER = {"cluster_time_limit": "1000", "flush_packets": "1"}

_CODEC: Final = "libx264"

# Half the bytes of `superfast` for a tenth more work; without B-frames a packet leaves as soon
# as its picture is coded.
_ENCODER: dict[str, object] = {"preset": "veryfast", "subq": "1", "bf": "0", "rc-lookahead": "10"}
_ENCODER_THREADS = 2

# Code points of ITU-T H.273: OpenCV's coefficients, and a camera's primaries and transfer.
_BT709, _BT601, _LIMITED_RANGE = 1, 6, 1


class Recording:
    """Writes frames into an .mp4 or .mkv file at the times they were taken.

    The frame rate varies as the source's does: a frame is shown from its ``timestamp`` on. A
    clock that stands still or goes back (a looped file) goes on one nominal interval later.
    An odd side loses its last row or column, since 4:2:0 has none. An existing file is never
    overwritten: of clip.mp4, clip-1.mp4, clip-2.mp4, ... the first that is free is taken, and
    ``name`` tells which. A killed process loses the last two seconds or so.
    """

    def __init__(self, path: Path, size: tuple[int, int], rate: float, quality: int) -> None:
        """Create the file for frames of ``size`` (width, height) at about ``rate`` a second.

        quality is the constant rate factor of x264, 0..51, 0 = lossless. Raises OutputError.
        """
        check_path(path)
        self._even = EvenCrop(size, f"recording {path}")
        width, height = self._even.size
        self._planes = np.empty((height * 3 // 2, width), np.uint8)
        self._interval = max(round(_TICKS / rate), _SHORTEST_STEP)
        self._origin = 0.0
        self._ticks = -1
        self._closed = False
        self._file = _create(path)
        self._path = Path(self._file.name)
        self._note = "" if self._path == path else f" ({path.name} exists)"
        try:
            self._container, self._stream = _encode_into(self._file, (width, height), rate, quality)
        except UnknownCodecError as error:
            self._remove()
            raise OutputError(
                f"{self.name} needs x264, which this PyAV was built without; "
                "install the wheel: pip install --force-reinstall --only-binary av av"
            ) from error
        except FFmpegError as error:
            self._remove()
            raise OutputError(f"{self.name} cannot be encoded: {error.strerror}") from error

    @property
    def name(self) -> str:
        """What a person would call it, with the file that is really written."""
        return f"recording {self._path}{self._note}"

    def write(self, frame: Frame) -> None:
        """Encode one frame.

        Raises OutputError when the file cannot be written; what was written until then plays.
        """
        if self._closed:
            raise OutputError(f"{self.name} is closed; open another to write")
        even = self._even.crop(frame.image)
        cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420, dst=self._planes)
        picture = av.VideoFrame.from_ndarray(self._planes, format="yuv420p")
        picture.pts = self._presentation_time(frame.timestamp)
        picture.time_base = _TIME_BASE
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
        ticks = round((timestamp - self._origin) * _TICKS)
        if self._ticks >= 0 and ticks < self._ticks + _SHORTEST_STEP:
            ticks = self._ticks + self._interval
            self._origin = timestamp - ticks / _TICKS
        self._ticks = ticks
        return ticks

    def _remove(self) -> None:
        self._file.close()
        self._path.unlink()

    def _failure(self, error: FFmpegError | OSError) -> OutputError:
        reason = (self._file.failure or error).strerror
        return OutputError(
            f"{self.name} cannot be written: {reason}; what was written until now plays; "
            "make room there or choose another folder"
        )


class _WholeWrites(io.FileIO):
    """A file that writes all it is given, or raises: a full disk first takes a part.

    failure: why the last write failed, which the muxer does not always pass on.
    """

    failure: OSError | None = None

    def write(self, data: Buffer) -> int:
        left = memoryview(data)
        length = len(left)
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self.failure = error
            raise
        return length


def check_path(path: Path) -> None:
    """Raise OutputError when the folder that ``path`` lies in does not exist."""
    if not path.parent.is_dir():
        raise OutputError(
            f"recording {path} cannot be made: there is no folder {path.parent}; make it first"
        )


def _create(path: Path) -> _WholeWrites:
    """Create the file at ``path``, or at the first free numbered name beside it."""
    number = 0
    while True:
        free = path.with_stem(f"{path.stem}-{number}") if number else path
        try:
            return _WholeWrites(free, "x")
        except FileExistsError:
            number += 1
        except OSError as error:
            raise OutputError(
                f"recording {free} cannot be made: {error.strerror}; choose another folder"
            ) from error


def _encode_into(
    file: _WholeWrites, size: tuple[int, int], rate: float, quality: int
) -> tuple[OutputContainer, VideoStream]:
    """Open the encoder; the file gets its head with the first packet.

    Raises UnknownCodecError or another FFmpegError.
    """
    mp4 = Path(file.name).suffix.lower() == ".mp4"
    container = av.open(
        file,
        "w",
        format="mp4" if mp4 else "matroska",
        container_options=_MP4_MUXER if mp4 else _MKV_MUXER,
    )
    try:
        stream = container.add_stream(_CODEC, rate=Fraction(rate).limit_denominator(1001))
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = _TIME_BASE
        stream.options = _ENCODER | {"crf": str(quality)}
        codec = stream.codec_context
        codec.time_base = _TIME_BASE
        codec.gop_size = max(1, round(_SECONDS_PER_KEYFRAME * rate))
        codec.thread_count = _ENCODER_THREADS
        codec.color_primaries = codec.color_trc = _BT709
        codec.colorspace = _BT601
        codec.color_range = _LIMITED_RANGE
        codec.open()
    except BaseException:
        container.close()
        raise
    return container, stream
