"""Reads a source on its own thread, so that a slow consumer never sees an old frame."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from livedepth.capture.source import Source
from livedepth.errors import CameraLostError
from livedepth.frame import Frame
from livedepth.mailbox import Mailbox
from livedepth.stats import Stats

_PROMPT = 0.8


class CaptureThread:
    """Owns a source from its start to its end, and closes it.

    A live source leaves its latest frame; frames nobody took in time are counted as dropped. Of
    any other source two frames wait and none is lost.
    """

    def __init__(self, source: Source, stats: Stats) -> None:
        """Start reading ``source`` at once."""
        self._source = source
        self._stats = stats
        self._mailbox: Mailbox[Frame | CameraLostError] = Mailbox(
            1 if source.live else 2, latest=source.live
        )
        self._stopping = False
        self._resumed = threading.Event()
        self._resumed.set()
        self._thread = threading.Thread(target=self._run, name="livedepth capture", daemon=True)
        self._thread.start()

    def next(self, timeout: float | None = None) -> Frame | None:
        """Return the next frame, or None at the end of the source and after ``stop``.

        timeout: seconds to wait. Raises TimeoutError when no frame came in time. Raises
        CameraLostError, once for each loss, when the camera stopped delivering: go on calling,
        the next frame is the first after the gap. Raises any other SourceError, at every call,
        when reading failed for good.
        """
        item = self._mailbox.take(timeout)
        if isinstance(item, CameraLostError):
            raise item
        return item

    def pause(self) -> None:
        """Stop reading and let a camera go, within a second; only for live sources.

        Until ``resume`` no frame comes, none is counted as dropped, and a camera that is unplugged
        meanwhile is no loss. Returns at once; safe to call twice.
        """
        self._resumed.clear()

    def resume(self) -> None:
        """Go on with the first frame that can be had; safe to call at any time."""
        self._resumed.set()

    def _rest(self) -> None:
        self._source.release()
        self._mailbox.clear()
        self._resumed.wait()

    def _run(self) -> None:
        error: BaseException | None = None
        lost = False
        try:
            while not self._stopping:
                if not self._resumed.is_set():
                    self._rest()
                    lost = False
                    continue
                started = time.perf_counter()
                try:
                    frame = self._source.read()
                except CameraLostError as loss:
                    if not self._resumed.is_set():
                        continue
                    if not lost:
                        self._put(loss)
                    lost = True
                    continue
                if frame is None:
                    break
                lost = False
                if not self._resumed.is_set():
                    continue
                self._stats.record("capture", time.perf_counter() - started)
                self._stats.captured()
                self._put(frame)
        except BaseException as failure:
            error = failure
        finally:
            try:
                self._source.close()
            finally:
                self._mailbox.close(None if self._stopping else error)

    def _put(self, item: Frame | CameraLostError) -> None:
        if isinstance(self._mailbox.put(item), Frame):
            self._stats.drop()

    def stop(self) -> None:
        """End reading and let the source go, within a second; safe to call twice.

        A read that hangs in a driver is left behind on its daemon thread, which closes the source
        when the driver lets go.
        """
        self._stopping = True
        self._resumed.set()
        self._source.interrupt()
        self._mailbox.close()
        self._mailbox.clear()
        self._thread.join(_PROMPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
