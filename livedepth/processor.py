"""One frame through depth, stabiliser and compositor, failing closed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from livedepth.compositor.compositor import Compositor
from livedepth.compositor.distances import (
    StandIn,
    distances,
    focus_metres,
    needs_metres,
    plane_in_focus,
)
from livedepth.depth.model import DepthModel
from livedepth.depth_thread import DepthThread
from livedepth.distance import Distance
from livedepth.errors import ModelError
from livedepth.estimator import Estimator
from livedepth.frame import Frame, Image, SteadyDepth
from livedepth.mode import Mode, ModeChooser
from livedepth.settings import Settings
from livedepth.stabiliser.propagation import Propagator
from livedepth.stabiliser.subject import ChosenFocus
from livedepth.stats import Stats

_LOG = logging.getLogger("livedepth")

_OLDEST_MAP = 1.0
_RECOVERED = 1.0
# In disparity: as close to a distance in focus as the eye can tell.
_IN_FOCUS = 0.002


class _NoDepthYetError(ModelError):
    """Nothing failed: the first map since a cut is still being made."""


class Processor:
    """Owns the stages between capture and the outputs; used by one thread.

    live: whether frames come at ``rate`` whether or not anyone is ready; only then may a frame
    take the newest depth instead of its own. conceal_failures: where True, a stage that fails is
    reported once and the frame is sent wholly blurred; where False, the error is raised. The raw
    picture is never the fall-back. Raises SettingsError where ``settings`` name a distance and the
    model knows no metres; where they come to do so later, that is reported once and auto is used.
    """

    def __init__(
        self,
        model: DepthModel,
        settings: Settings,
        stats: Stats,
        report: Callable[[str], None],
        *,
        conceal_failures: bool,
        live: bool = False,
        rate: float = 30.0,
    ) -> None:
        check_distances(settings, model)
        self._stats = stats
        self._report = report
        self._conceal_failures = conceal_failures
        self._live = live
        self._estimator = Estimator(model, settings, stats)
        self._compositor = Compositor(settings)
        self._chooser = ModeChooser(1.0 / rate)
        self._propagator = Propagator(max(1, round(_OLDEST_MAP * rate)))
        self._thread: DepthThread | None = None
        self._map_timestamp = 0.0
        self._focus = ChosenFocus()
        self._timestamp = 0.0
        self._steady: SteadyDepth | None = None
        self._failure = ""
        self._failed_at = 0.0
        self._told: tuple[Mode, str] | None = None
        self._stand_in = StandIn(report)

    @property
    def steady(self) -> SteadyDepth | None:
        """The depth that the last picture was composed with; None where it was concealed."""
        return self._steady

    @property
    def cutout(self) -> Image | None:
        """The last picture as BGRA where it has transparent parts; valid until the next call."""
        return self._compositor.cutout

    def process(self, frame: Frame, settings: Settings) -> Image:
        """Compose ``frame``; the picture is valid until the next call."""
        elapsed = frame.timestamp - self._timestamp
        self._timestamp = frame.timestamp
        try:
            picture = self._compose(frame, settings, elapsed)
        except Exception as error:
            if not self._conceal_failures:
                raise
            self._steady = self._stats.focus_metres = None
            if not isinstance(error, _NoDepthYetError):
                self._failed_at = frame.timestamp
                self._report_once(error)
            return self._compositor.conceal(frame.image)
        if self._failure and frame.timestamp - self._failed_at >= _RECOVERED:
            self._failure = ""
            self._report("recovered; the picture is composed again")
        return picture

    def mirrored(self) -> Image:
        """The last picture mirrored, valid until the next call."""
        return self._compositor.mirrored()

    def mirrored_cutout(self) -> Image | None:
        """``cutout`` mirrored, valid until the next call."""
        return self._compositor.mirrored_cutout()

    def disparity_at(self, x: float, y: float) -> float | None:
        """Disparity of the last frame at (x, y), both in 0..1; None before there is a map."""
        if self._steady is None:
            return None
        rows, columns = self._steady.disparity.shape
        row = min(max(int(y * rows), 0), rows - 1)
        column = min(max(int(x * columns), 0), columns - 1)
        return float(self._steady.disparity[row, column])

    def close(self) -> None:
        """End the depth thread and release the compositor's files; safe to call twice."""
        self._stop_thread()
        self._compositor.close()

    def _compose(self, frame: Frame, settings: Settings, elapsed: float) -> Image:
        started = time.perf_counter()
        waited = 0.0
        mode = self._mode(settings)
        if mode == "paired" or elapsed > _OLDEST_MAP:
            # After a gap, as in latest mode at its start, a frame waits for its own depth.
            self._stop_thread()
        if mode == "paired" or self._thread is None:
            steady = self._estimator.estimate(frame, settings)
            waited = time.perf_counter() - started
            self._chooser.estimated(waited)
            if mode == "latest":
                self._start_thread(frame, steady)
        else:
            steady = self._newest(self._thread, frame, settings)
        settings = self._stand_in.update(settings, steady.metric)
        self._compositor.settings = self._easing_to_focus(settings, steady, elapsed)
        picture = self._compositor.compose(frame.image, steady, frame.timestamp)
        self._steady = steady
        self._stats.focus_metres = focus_metres(self._compositor.settings, steady)
        rest = time.perf_counter() - started - waited
        self._stats.record("compose", rest)
        self._chooser.composed(rest)
        return picture

    def _easing_to_focus(self, settings: Settings, steady: SteadyDepth, elapsed: float) -> Settings:
        """The settings with a focus on its way to the chosen one, or back to the subject's."""
        chosen = plane_in_focus(settings.focus, steady.metric)
        focus = self._focus.update(chosen, steady.focus, max(elapsed, 0.0))
        reached = _IN_FOCUS if isinstance(settings.focus, Distance) else 0.0
        if focus is None or (chosen is not None and abs(focus - chosen) <= reached):
            return settings
        return settings.updated({"focus": min(max(focus, 0.0), 1.0)})

    def in_force(self, settings: Settings) -> Settings:
        """``settings`` as the last frame was composed with: auto for distances it cannot have."""
        return self._stand_in.of(settings)

    def _start_thread(self, frame: Frame, steady: SteadyDepth) -> None:
        self._propagator.reset()
        self._propagator.advance(frame.image, frame.index)
        self._propagator.renew(steady, frame.index)
        self._map_timestamp = frame.timestamp
        self._thread = DepthThread(self._estimator)

    def _stop_thread(self) -> None:
        if self._thread is not None:
            thread, self._thread = self._thread, None
            thread.stop()

    def _newest(self, thread: DepthThread, frame: Frame, settings: Settings) -> SteadyDepth:
        """The newest map there is, moved to ``frame``."""
        thread.offer(frame, settings)
        self._propagator.advance(frame.image, frame.index)
        failure = self._renew(thread)
        moved = self._propagator.current()
        if moved is not None and frame.timestamp - self._map_timestamp <= _OLDEST_MAP:
            return moved
        if failure is not None:
            raise failure
        if moved is None:
            raise _NoDepthYetError("no depth has come since the picture changed")
        raise ModelError(f"no depth has come for {_OLDEST_MAP:g} s")

    def _renew(self, thread: DepthThread) -> Exception | None:
        """Take up the newest estimate, or return why there is none: a map may still be held."""
        try:
            estimate = thread.take()
        except Exception as failure:
            return failure
        if estimate is not None:
            self._propagator.renew(estimate.steady, estimate.index)
            self._map_timestamp = estimate.timestamp
            self._chooser.estimated(estimate.seconds)
        return None

    def _mode(self, settings: Settings) -> Mode:
        mode: Mode = "paired"
        if self._live and settings.mode == "auto":
            mode = self._chooser.choose()
        elif self._live and settings.mode == "latest":
            mode = "latest"
        if mode == "latest" and self._chooser.estimate_seconds > _OLDEST_MAP / 2:
            # A map would be too old before the next one comes.
            mode = "paired"
        if self._stats.run.mode != mode:
            self._stats.run = replace(self._stats.run, mode=mode)
        self._tell(mode, settings.mode)
        return mode

    def _tell(self, mode: Mode, wanted: str) -> None:
        """Say once what was chosen, and the delay it costs."""
        if self._told == (mode, wanted) or (self._live and not self._chooser.decided):
            return
        self._told = mode, wanted
        if self._live:
            depth, rest = self._chooser.estimate_seconds * 1e3, self._chooser.rest_seconds * 1e3
            self._report(
                f"mode paired: a frame waits {depth + rest:.0f} ms for its own depth and picture"
                if mode == "paired"
                else f"mode latest: depth takes {depth:.0f} ms, so the newest map is moved along; "
                f"a frame waits {rest:.0f} ms"
            )
        elif wanted == "latest":
            self._report("mode paired: in a source that is not live, every frame has its own depth")

    def _report_once(self, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        if text != self._failure:
            self._failure = text
            _LOG.debug("a stage failed", exc_info=error)
            self._report(f"the picture is blurred wholly, since a stage failed: {text}")


def check_distances(settings: Settings, model: DepthModel) -> None:
    """Refuse a distance that ``model`` cannot know; it is asked only where there is one."""
    if distances(settings) and model.infer(np.zeros((180, 320, 3), np.uint8)).metres is None:
        raise needs_metres(settings)
