"""The loop from source to outputs: what starts, what stops, and what an error does."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from livedepth.audience import Audience
from livedepth.capture.source import Source
from livedepth.capture.thread import CaptureThread
from livedepth.compositor.placeholder import placeholder
from livedepth.contents import Contents
from livedepth.depth.model import DepthModel
from livedepth.errors import CameraLostError, OutputError
from livedepth.frame import Frame
from livedepth.outputs.opening import open_output, split_content
from livedepth.outputs.output import Content, Output, OutputContext
from livedepth.processor import Processor
from livedepth.settings import SettingsHolder
from livedepth.stats import Run, Stats

_POLL = 0.2
_STALLED = 1.0
_CUT_OFF = 0.9
_LOOK = 0.05
_IDLE_FRAMES = 10
# What strangers in a call see, so it names no device, address or error.
_PLACEHOLDER = ("Camera unavailable", "Looking for it again")
_WAKING = ("One moment", "The camera is starting")
_FAILED = ("One moment", "The picture will be back")
PLACEHOLDERS = (_PLACEHOLDER, _WAKING, _FAILED)
"""The lines of every picture that is sent in place of a frame."""


# It is drawn several times a second while a camera is away, and always alike.
_drawn_placeholder = lru_cache(maxsize=4)(placeholder)


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a run ends by itself: after so many frames sent, or so many seconds."""

    frames: float = math.inf
    seconds: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """spec: where it goes, without its content. content: what it is sent."""

    spec: str
    content: Content
    output: Output


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
        opener: Callable[[str, OutputContext], Output] | None = None,
    ) -> None:
        """opener: opens each output that the settings name; ``open_output`` where not given."""
        self.stats = stats or Stats()
        self.stats.run = Run(source.name, model.name, model.engine, "paired", source.size)
        self._source = source
        self._settings = settings
        self._report = report
        self._open = opener or open_output
        self._stopping = threading.Event()
        self._outputs: list[_Opened] = []
        self._failed: OutputError | None = None
        self._failure = ""
        self._started = 0.0
        self._followed = settings.current
        self._blank = np.zeros((source.size[1], source.size[0], 3), np.uint8)
        self._processor = Processor(
            model,
            settings.current,
            self.stats,
            report,
            conceal_failures=source.live,
            live=source.live,
            rate=source.rate,
        )
        self._contents = Contents(self._processor, report)

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
            stack.callback(self._contents.close)
            stack.callback(self._close_outputs)
            self._open_outputs()
            capture = stack.enter_context(CaptureThread(self._source, self.stats))
            self._loop(capture, limit, progress or _ignore)
        if self._failed is not None:
            raise self._failed

    def _loop(self, capture: CaptureThread, limit: Limit, progress: Callable[[int], None]) -> None:
        self._started = seen = time.monotonic()
        audience = Audience(self._started)
        last: Frame | None = None
        trouble = ""
        while not self._over(limit):
            if self._source.live and self._nobody_watches(audience):
                self._rest(capture, audience, last, limit)
                seen, trouble = time.monotonic(), ""
                continue
            self._follow_settings()
            try:
                frame = capture.next(timeout=_POLL)
            except CameraLostError as error:
                trouble = str(error)
                self._report(trouble)
                continue
            except TimeoutError:
                if self._source.live and (trouble or time.monotonic() - seen > _STALLED):
                    self._send_placeholder(last, _PLACEHOLDER)
                continue
            if frame is None:
                self._tell_if_cut_off()
                return
            if trouble:
                self._report(f"{self._source.name} is back")
                trouble = ""
            last, seen = frame, time.monotonic()
            self._send_or_stand_in(frame)
            progress(self.stats.frames_out)

    def _over(self, limit: Limit) -> bool:
        return (
            self._stopping.is_set()
            or self.stats.frames_out >= limit.frames
            or time.monotonic() - self._started >= limit.seconds
        )

    def _follow_settings(self) -> None:
        settings = self._settings.current
        if settings is not self._followed:
            self._followed = settings
            self._source.adjust(settings)

    def _nobody_watches(self, audience: Audience) -> bool:
        watched = any(opened.output.watched for opened in self._outputs)
        return audience.gone(watched, time.monotonic(), self._settings.current.pause_after)

    def _rest(
        self, capture: CaptureThread, audience: Audience, last: Frame | None, limit: Limit
    ) -> None:
        """Let the camera go until somebody watches; whoever comes sees that it is starting."""
        self._report("nobody is watching; the camera is let go until somebody does")
        capture.pause()
        looks = 0
        while not self._over(limit) and self._nobody_watches(audience):
            if looks % _IDLE_FRAMES == 0:
                self._send_placeholder(last, _WAKING)
            looks += 1
            self._stopping.wait(_LOOK)
        if not self._over(limit):
            self._report("somebody is watching again")
            capture.resume()

    def _tell_if_cut_off(self) -> None:
        expected, came = self._source.length or 0, self.stats.frames_in
        if self._source.live or self._stopping.is_set():
            # What a file played at its own pace drops was never counted.
            return
        if came < _CUT_OFF * expected:
            self._report(
                f"{self._source.name} ended early, after {came} of about {expected} frames; "
                "the file may be cut off"
            )

    def _send_or_stand_in(self, frame: Frame) -> None:
        """Send ``frame``; a live stream outlives even that it cannot be concealed."""
        try:
            self._send(frame)
        except OutputError:
            raise
        except Exception as error:
            if not self._source.live:
                raise
            failure = f"{type(error).__name__}: {error}"
            if failure != self._failure:
                self._report(f"a placeholder is sent, since the picture failed: {failure}")
            self._failure = failure
            self._send_stand_in(frame, _FAILED)
        else:
            self._failure = ""

    def _send(self, frame: Frame) -> None:
        settings = self._settings.current
        self._contents.begin(frame, self._processor.process(frame, settings), settings)
        with self.stats.stage("output"):
            for opened in list(self._outputs):
                previewed = opened.spec == "preview"
                mirrored = settings.mirror_preview if previewed else settings.mirror_output
                self._write(opened, self._contents.show(opened.content, mirrored=mirrored))
        self.stats.sent(frame.captured_at)

    def _send_placeholder(self, last: Frame | None, lines: tuple[str, str]) -> None:
        """Send the picture with ``lines`` in place of frames that may still come."""
        now = time.monotonic()
        # What was captured within a poll would have come, so a later frame is never before this.
        elapsed = max(now - (last.captured_at if last else self._started) - _POLL, 0.0)
        timestamp = (last.timestamp if last else 0.0) + elapsed
        self._send_stand_in(Frame(self._blank, last.index if last else 0, now, timestamp), lines)

    def _send_stand_in(self, place: Frame, lines: tuple[str, str]) -> None:
        """Send the picture with ``lines`` at the place of a frame; depth and matte are black."""
        picture = _drawn_placeholder(self._source.size, lines)
        for opened in list(self._outputs):
            image = picture if opened.content == "picture" else self._blank
            self._write(opened, replace(place, image=image, cutout=None))

    def _write(self, opened: _Opened, frame: Frame) -> None:
        try:
            opened.output.write(frame)
        except OutputError as error:
            self._outputs.remove(opened)
            self._failed = self._failed or error
            opened.output.close()
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
            content, place = split_content(spec)
            output = self._open(spec, context)
            self._outputs.append(_Opened(place, content, output))
            self._report(f"sending to {output.name}" + _as_what(content))

    def _close_outputs(self) -> None:
        with ExitStack() as stack:
            for opened in self._outputs:
                stack.callback(opened.output.close)

    def _focus_at(self, x: float, y: float) -> None:
        disparity = self._processor.disparity_at(x, y)
        if disparity is not None:
            self._settings.change(focus=disparity)


def _as_what(content: Content) -> str:
    return "" if content == "picture" else f" (the {content})"


def _ignore(sent: int) -> None:
    """The progress of a run that nobody watches."""
