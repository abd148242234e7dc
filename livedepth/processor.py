"""One frame through depth, stabiliser and compositor, failing closed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from livedepth.compositor.compositor import Compositor
from livedepth.depth.model import DepthModel
from livedepth.frame import Frame, Image, SteadyDepth
from livedepth.settings import Settings
from livedepth.stabiliser.stabiliser import Stabiliser
from livedepth.stats import Stats

_LOG = logging.getLogger("livedepth")


class Processor:
    """Owns the stages between capture and the outputs; used by one thread.

    conceal_failures: where True, a stage that fails is reported once and the frame is sent wholly
    blurred; where False, the error is raised. The raw picture is never the fall-back.
    """

    def __init__(
        self,
        model: DepthModel,
        settings: Settings,
        stats: Stats,
        report: Callable[[str], None],
        *,
        conceal_failures: bool,
    ) -> None:
        self._model = model
        self._stats = stats
        self._report = report
        self._conceal_failures = conceal_failures
        self._stabiliser = Stabiliser(settings.smoothing)
        self._compositor = Compositor(settings)
        self._steady: SteadyDepth | None = None
        self._failure = ""

    def process(self, frame: Frame, settings: Settings) -> Image:
        """Compose ``frame`` with its own depth; the picture is valid until the next call."""
        try:
            picture = self._compose(frame, settings)
        except Exception as error:
            if not self._conceal_failures:
                raise
            self._steady = None
            self._report_once(error)
            return self._compositor.conceal(frame.image)
        if self._failure:
            self._failure = ""
            self._report("recovered; the picture is composed again")
        return picture

    def mirrored(self) -> Image:
        """The last picture mirrored, valid until the next call."""
        return self._compositor.mirrored()

    def disparity_at(self, x: float, y: float) -> float | None:
        """Disparity of the last frame at (x, y), both in 0..1; None before there is a map."""
        if self._steady is None:
            return None
        rows, columns = self._steady.disparity.shape
        row = min(max(int(y * rows), 0), rows - 1)
        column = min(max(int(x * columns), 0), columns - 1)
        return float(self._steady.disparity[row, column])

    def close(self) -> None:
        """Release the compositor's background video, if any; safe to call twice."""
        self._compositor.close()

    def _compose(self, frame: Frame, settings: Settings) -> Image:
        self._stabiliser.smoothing = settings.smoothing
        with self._stats.stage("depth"):
            prediction = self._model.infer(frame.image)
        with self._stats.stage("stabilise"):
            self._steady = self._stabiliser.update(prediction, frame.image, frame.timestamp)
        with self._stats.stage("compose"):
            self._compositor.settings = settings
            return self._compositor.compose(frame.image, self._steady)

    def _report_once(self, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        if text != self._failure:
            self._failure = text
            _LOG.debug("a stage failed", exc_info=error)
            self._report(f"the picture is blurred wholly, since a stage failed: {text}")
