"""The loop from source to outputs: what starts, what stops, and what an error does."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from livedepth.capture.source import Source
from livedepth.capture.thread import CaptureThread
from livedepth.compositor.placeholder import placeholder
from livedepth.depth.model import DepthModel
from livedepth.errors import CameraLostError, OutputError
from livedepth.frame import Frame, Image
from livedepth.outputs.opening import open_output
from livedepth.outputs.output import Output, OutputContext
from livedepth.processor import Processor
from livedepth.settings import Settings, SettingsHolder
from livedepth.stats import Run, Stats

_POLL = 0.2
_STALLED = 1.0
_CUT_OFF = 0.9
# What strangers in a call see, so it names no device, address or error.
_PLACEHOLDER = ("Camera unavailable", "Looking for it again")


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a run ends by itself: after so many frames sent, or so many seconds."""

    frames: float = math.inf
    seconds: float = math.inf


class Pipeline:
    """One source through one model to any number of outputs.

    The source and the model are opened by the caller and closed by it; the outputs belong to the
    pipeline. ``run`` blocks; ``stop`` may be called from anywhere, a signal handler too.
    """

    def __init__(
        self,
        source: Source,
        model: DepthModel,
        settings: SettingsHolder,
        report: Callable[[str], None],
        stats: Stats | None = None,
    ) -> None:
        self.stats = stats or Stats()
        self.stats.run = Run(source.name, model.name, model.engine, "paired", source.size)
        self._source = source
        self._settings = settings
        self._report = report
        self._stopping = threading.Event()
        self._outputs: list[tuple[str, Output]] = []
        self._failed: OutputError | None = None
        self._started = 0.0
        self._processor = Processor(
            model, settings.current, self.stats, report, conceal_failures=source.live
        )

    def stop(self) -> None:
        """End the run after the frame in hand."""
        self._stopping.set()

    def run(
        self, limit: Limit | None = None, progress: Callable[[int], None] | None = None
    ) -> None:
        """Send frames until the source ends, ``stop`` is called or the limit is reached.

        progress: called after each frame with the number sent. Raises SourceError when the source
        fails for good. An output that fails is closed and reported, and the others go on; the
        error is raised at the end, or at once when no output is left.
        """
        limit = limit or Limit()
        with ExitStack() as stack:
            stack.callback(self.stats.finish)
            stack.callback(self._processor.close)
            stack.callback(self._close_outputs)
            self._open_outputs()
            capture = stack.enter_context(CaptureThread(self._source, self.stats))
            self._loop(capture, limit, progress or _ignore)
        if self._failed is not None:
            raise self._failed

    def _loop(self, capture: CaptureThread, limit: Limit, progress: Callable[[int], None]) -> None:
        self._started = seen = time.monotonic()
        last: Frame | None = None
        trouble = ""
        while not self._stopping.is_set():
            if (
                self.stats.frames_out >= limit.frames
                or time.monotonic() - self._started >= limit.seconds
            ):
                return
            try:
                frame = capture.next(timeout=_POLL)
            except CameraLostError as error:
                trouble = str(error)
                self._report(trouble)
                continue
            except TimeoutError:
                if self._source.live and (trouble or time.monotonic() - seen > _STALLED):
                    self._send_placeholder(last)
                continue
            if frame is None:
                self._tell_if_cut_off()
                return
            if trouble:
                self._report(f"{self._source.name} is back")
                trouble = ""
            last, seen = frame, time.monotonic()
            settings = self._settings.current
            picture = self._processor.process(frame, settings)
            self._send(frame, picture, settings)
            progress(self.stats.frames_out)

    def _tell_if_cut_off(self) -> None:
        expected, came = self._source.length or 0, self.stats.frames_in
        if not self._stopping.is_set() and came < _CUT_OFF * expected:
            self._report(
                f"{self._source.name} ended early, after {came} of about {expected} frames; "
                "the file may be cut off"
            )

    def _send(self, frame: Frame, picture: Image, settings: Settings) -> None:
        pictures = {False: picture}
        with self.stats.stage("output"):
            for spec, output in list(self._outputs):
                mirror = settings.mirror_preview if spec == "preview" else settings.mirror_output
                if mirror and True not in pictures:
                    pictures[True] = self._processor.mirrored()
                self._write(spec, output, _with_image(frame, pictures[mirror]))
        self.stats.sent(frame.captured_at)

    def _send_placeholder(self, last: Frame | None) -> None:
        now = time.monotonic()
        picture = placeholder(self._source.size, _PLACEHOLDER)
        elapsed = now - (last.captured_at if last else self._started)
        timestamp = (last.timestamp if last else 0.0) + elapsed
        for spec, output in list(self._outputs):
            self._write(spec, output, Frame(picture, last.index if last else 0, now, timestamp))

    def _write(self, spec: str, output: Output, frame: Frame) -> None:
        try:
            output.write(frame)
        except OutputError as error:
            self._outputs.remove((spec, output))
            self._failed = self._failed or error
            output.close()
            if not self._outputs:
                raise
            self._report(f"{error}; the other outputs go on")

    def _open_outputs(self) -> None:
        context = OutputContext(
            size=self._source.size,
            rate=self._source.rate,
            settings=self._settings,
            stats=self.stats,
            stop=self.stop,
            focus_at=self._focus_at,
        )
        for spec in self._settings.current.output:
            output = open_output(spec, context)
            self._outputs.append((spec, output))
            self._report(f"sending to {output.name}")

    def _close_outputs(self) -> None:
        with ExitStack() as stack:
            for _, output in self._outputs:
                stack.callback(output.close)

    def _focus_at(self, x: float, y: float) -> None:
        disparity = self._processor.disparity_at(x, y)
        if disparity is not None:
            self._settings.change(focus=disparity)


def _with_image(frame: Frame, image: Image) -> Frame:
    return Frame(image, frame.index, frame.captured_at, frame.timestamp)


def _ignore(sent: int) -> None:
    """The progress of a run that nobody watches."""
