"""A frame in, steady depth out: the model and the stabiliser behind it, as one."""

from __future__ import annotations

from dataclasses import replace

from livedepth.depth.model import DepthModel
from livedepth.frame import Frame, SteadyDepth
from livedepth.settings import Settings
from livedepth.stabiliser.stabiliser import Stabiliser
from livedepth.stats import Stats


class Estimator:
    """Owns the stabiliser, uses a model of the caller's; for one thread at a time."""

    def __init__(self, model: DepthModel, settings: Settings, stats: Stats) -> None:
        self._model = model
        self._stats = stats
        self._stabiliser = Stabiliser(settings.smoothing)

    def estimate(self, frame: Frame, settings: Settings) -> SteadyDepth:
        """Steady depth of ``frame``; frames come in the order of their timestamps.

        Raises ModelError when inference fails, LivedepthError for a picture of the wrong shape.
        """
        self._stabiliser.smoothing = settings.smoothing
        with self._stats.stage("depth"):
            prediction = self._model.infer(frame.image)
        if self._stats.run.engine != self._model.engine:
            # Another thread may change the mode at this moment; what is lost, the next frame mends.
            self._stats.run = replace(self._stats.run, engine=self._model.engine)
        with self._stats.stage("stabilise"):
            return self._stabiliser.update(prediction, frame.image, frame.timestamp)
