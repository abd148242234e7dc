"""A stream from the network as a source: an IP camera, a web camera page, a live playlist."""

from __future__ import annotations

import threading
import time

import av.error

from livedepth.capture.decoding import Decoder, without_password
from livedepth.capture.pacing import Pacer
from livedepth.capture.reconnecting import ReconnectingSource
from livedepth.capture.source import Source
from livedepth.capture.video import VideoSource
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame
from livedepth.mailbox import Mailbox

STALL_SECONDS = 5.0

_PROMPT = 0.5
_OPTIONS = {"analyzeduration": "1000000"}


class NetworkSource(Source):
    """The newest frames of a live stream; older ones are dropped while nobody reads.

    The stream is decoded on a thread of its own, so that a stalled connection can be noticed and
    a read interrupted at any moment. ``read`` raises CameraLostError when the stream ends, fails,
    or sends nothing for five seconds. Frames are given as they come, except those that come by
    the segment (HLS, DASH), which are played at their own pace.
    """

    def __init__(self, decoder: Decoder, name: str) -> None:
        """Take over ``decoder``, open with a timeout, and start decoding."""
        self.name, self.live = name, True
        self._decoder = decoder
        self.size, self.rate = decoder.size, decoder.rate
        self._mailbox: Mailbox[Frame] = Mailbox(latest=True)
        self._interrupted = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._run, name="livedepth stream", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        error: Exception | None = None
        try:
            index, first = -1, None
            pacer = Pacer(1 / self.rate, self._interrupted) if self._decoder.bursts else None
            while not self._interrupted.is_set():
                decoded = self._decoder.next()
                if decoded is None:
                    break
                index += 1
                seconds = time.monotonic() if decoded[1] is None else decoded[1]
                first = seconds if first is None else first
                timestamp = max(seconds - first, 0.0)
                if pacer is None or pacer.on_time(timestamp):
                    image = self._decoder.image(decoded[0])
                    self._mailbox.put(Frame(image, index, time.monotonic(), timestamp))
        except (av.error.FFmpegError, OSError) as failure:
            error = failure
        finally:
            self._decoder.close()
            self._mailbox.close(error)

    def read(self) -> Frame | None:
        if self._lost:
            raise SourceError(f"{self.name} was lost; open it again")
        try:
            frame = self._mailbox.take(STALL_SECONDS)
        except TimeoutError as error:
            raise self._loss(f"sent nothing for {STALL_SECONDS:g} s") from error
        except (av.error.FFmpegError, OSError) as error:
            raise self._loss(f"broke off: {self._decoder.explain(error)}") from error
        if self._interrupted.is_set():
            return None
        if frame is None:
            raise self._loss("has ended")
        return frame

    def _loss(self, what: str) -> CameraLostError:
        self._lost = True
        return CameraLostError(f"{self.name} {what}")

    def interrupt(self) -> None:
        self._interrupted.set()
        self._mailbox.close()

    def close(self) -> None:
        """Release everything; a connection that hangs is let go of when its timeout passes."""
        self.interrupt()
        self._mailbox.clear()
        self._thread.join(_PROMPT)


def open_stream(url: str, *, realtime: bool = False, loop: bool = False) -> Source:
    """Open a URL: a recording plays like a file, anything else is live and reconnects.

    realtime and loop apply to a recording. Raises SourceError in one line for an address that
    refuses, does not answer within five seconds, or sends no video.
    """
    name = without_password(url)
    decoder = _decoder(url, name, live=True)
    if decoder.duration is None:
        return ReconnectingSource(
            lambda: NetworkSource(_decoder(url, name, live=True), name),
            NetworkSource(decoder, name),
        )
    return VideoSource(
        lambda: _decoder(url, name, live=False),
        name,
        realtime=realtime,
        loop=loop,
        decoder=decoder,
    )


def _decoder(url: str, name: str, *, live: bool) -> Decoder:
    options = dict(_OPTIONS)
    if url.lower().startswith("rtsp"):
        options["rtsp_transport"] = "tcp"
    return Decoder(url, name, live=live, timeout=STALL_SECONDS, options=options)
