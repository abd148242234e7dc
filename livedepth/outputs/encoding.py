"""The kinds of video file: container, codec and how a frame becomes the codec's picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, Final, Literal, cast

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from livedepth.frame import Image

TICKS: Final = 90_000
TIME_BASE: Final = Fraction(1, TICKS)

_SECONDS_PER_KEYFRAME = 2
_ENCODER_THREADS = 2

# Code points of ITU-T H.273: OpenCV's coefficients, and a camera's primaries and transfer.
_BT709, _BT601, _LIMITED_RANGE = 1, 6, 1

Codec = Literal["libx264", "prores_aw", "libvpx-vp9"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """One kind of video file.

    container, muxer: the container and its options, chosen so that about every second all that
    was encoded gets into the file in a form that plays as it is.
    codec, pixel_format, options: the encoder and its options.
    quality: from a constant rate factor of x264 (0..51, 0 is best) to further options.
    alpha: whether transparency is kept.
    """

    container: str
    muxer: dict[str, str]
    codec: Codec
    pixel_format: str
    options: dict[str, str]
    quality: Callable[[int], dict[str, str]]
    alpha: bool


def _x264_quality(factor: int) -> dict[str, str]:
    return {"crf": str(factor)}


def _vp9_quality(factor: int) -> dict[str, str]:
    # VP9 counts to 63, and is not far from x264 at the same share of the way.
    return {"crf": str(round(factor * 63 / 51)), "b": "0"}


def _prores_quality(factor: int) -> dict[str, str]:  # noqa: ARG001 - one signature for all
    """The profile says it all."""
    return {}


# An mp4 or mov is made of fragments meanwhile; closing turns it into an ordinary one, in which
# every player and editor can seek.
_FRAGMENTED = {
    "movflags": "hybrid_fragmented",
    "frag_duration": "1000000",
    "flush_packets": "1",
}
_CLUSTERED = {"cluster_time_limit": "1000", "flush_packets": "1"}

# Half the bytes of `superfast` for a tenth more work; without B-frames a packet leaves as soon
# as its picture is coded.
_X264 = {"preset": "veryfast", "subq": "1", "bf": "0", "rc-lookahead": "10"}

# Fast enough to keep up live; alternate reference frames and alpha do not go together.
_VP9 = {
    "deadline": "realtime",
    "cpu-used": "8",
    "row-mt": "1",
    "tile-columns": "2",
    "lag-in-frames": "0",
    "auto-alt-ref": "0",
}

# Profile 4 is ProRes 4444. Of the two encoders this is a third as slow, and keeps alpha as well.
_PRORES = {"profile": "4"}

ENCODINGS: dict[str, Encoding] = {
    ".mp4": Encoding("mp4", _FRAGMENTED, "libx264", "yuv420p", _X264, _x264_quality, False),
    ".mkv": Encoding("matroska", _CLUSTERED, "libx264", "yuv420p", _X264, _x264_quality, False),
    ".mov": Encoding(
        "mov", _FRAGMENTED, "prores_aw", "yuva444p10le", _PRORES, _prores_quality, True
    ),
    ".webm": Encoding("webm", _CLUSTERED, "libvpx-vp9", "yuva420p", _VP9, _vp9_quality, True),
}


def encoding_of(path: Path) -> Encoding:
    """Return the encoding that the ending of ``path`` names; its case does not matter."""
    return ENCODINGS[path.suffix.lower()]


def open_encoder(
    encoding: Encoding, file: IO[bytes], size: tuple[int, int], rate: float, quality: int
) -> tuple[OutputContainer, VideoStream]:
    """Open the encoder; ``file`` gets its head with the first packet.

    Raises av.codec.codec.UnknownCodecError where PyAV has no such encoder, or another FFmpegError.
    """
    container = av.open(file, "w", format=encoding.container, container_options=encoding.muxer)
    try:
        stream = container.add_stream(encoding.codec, rate=Fraction(rate).limit_denominator(1001))
        stream.width, stream.height = size
        stream.pix_fmt = encoding.pixel_format
        stream.time_base = TIME_BASE
        stream.options = cast("dict[str, object]", encoding.options | encoding.quality(quality))
        codec = stream.codec_context
        codec.time_base = TIME_BASE
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


@dataclass(slots=True)
class PictureMaker:
    """Makes the codec's pictures of BGR or BGRA images; one buffer serves them all."""

    encoding: Encoding
    size: tuple[int, int]
    _buffer: Image = field(init=False)

    def __post_init__(self) -> None:
        width, height = self.size
        shape = (height, width, 4) if self.encoding.alpha else (height * 3 // 2, width)
        self._buffer = np.empty(shape, np.uint8)

    def picture(self, image: Image) -> av.VideoFrame:
        """Convert ``image``, uint8 (height, width, 3 or 4); one without alpha is opaque."""
        if not self.encoding.alpha:
            cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420, dst=self._buffer)
            return av.VideoFrame.from_ndarray(self._buffer, format="yuv420p")
        if image.shape[2] == 4:
            np.copyto(self._buffer, image)
        else:
            cv2.cvtColor(image, cv2.COLOR_BGR2BGRA, dst=self._buffer)
        packed = av.VideoFrame.from_ndarray(self._buffer, format="bgra")
        return packed.reformat(format=self.encoding.pixel_format, dst_colorspace=Colorspace.ITU601)
