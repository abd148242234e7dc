"""The model whose engine may change: the best there is now, another when that fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from livedepth.depth.engines import TABLE, engine_failures, is_built
from livedepth.depth.files import ModelFiles
from livedepth.depth.measuring import of_engine
from livedepth.depth.model import DepthModel
from livedepth.depth.preparing import Preparation
from livedepth.depth.preprocessing import network_size
from livedepth.depth.reference import proven
from livedepth.depth.reference_picture import PICTURE_SIZE, picture_size
from livedepth.depth.selection import forget, refuse
from livedepth.errors import EngineError, LivedepthError, ModelError
from livedepth.frame import Image, Prediction, image_fault

Report = Callable[[str], None]

_LENIENT = 100
_PATIENCE = 10.0


class AutomaticModel:
    """A DepthModel that goes on when its engine does not.

    An engine that fails is closed and the next that passes its self-test infers the same frame.
    One that has to be built for the frames' size is built meanwhile, and takes over between two
    frames. Frames come from one thread at a time; ``close`` may come from another.

    order: engines, the best first. wanted: those of them that have to be built and are worth it.
    report: is told, from any thread, of every change and why. Raises EngineError, with every
    reason, where no engine of ``order`` can serve, ModelError where that is the model's fault.
    """

    def __init__(
        self, files: ModelFiles, order: Sequence[str], wanted: Sequence[str], report: Report
    ) -> None:
        self._files = files
        self._order = tuple(order)
        self._wanted = tuple(wanted)
        self._report = report
        self._lock = threading.Lock()
        self._refused: dict[str, LivedepthError] = {}
        self._frame_size: tuple[int, int] | None = None
        self._size = network_size(files.description, *PICTURE_SIZE)
        self._preparation: Preparation | None = None
        self._leaving: list[threading.Thread] = []
        self._lenient = 0
        self._closed = False
        self._model = self._open_next()
        if self._model is None:
            raise self._nothing_left()
        self._last = self._model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._files.description.name

    @property
    def refusals(self) -> dict[str, LivedepthError]:
        """Why each engine that was given up, or passed over, was."""
        return dict(self._refused)

    @property
    def engine(self) -> str:
        """The engine that serves now."""
        return self._last.engine

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._last.device

    @property
    def precision(self) -> str:
        """What it computes in."""
        return self._last.precision

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel.

        Raises ModelError for what is no picture and for what every engine refuses, EngineError
        with every reason when no engine is left.
        """
        if fault := image_fault(image):
            raise ModelError(f"a picture {fault}")
        with self._lock:
            if self._closed:
                raise EngineError(f"model {self.name} is closed")
            self._adopt()
            height, width = image.shape[:2]
            if (width, height) != self._frame_size:
                self._follow(width, height)
            return self._infer(image)

    def close(self) -> None:
        """Release the engine, and end what is being built; safe to call twice."""
        with self._lock:
            self._closed = True
            preparation, self._preparation = self._preparation, None
            if preparation is not None:
                preparation.cancel()
            if self._model is not None:
                self._let_go(self._model)
                self._model = None
            leaving, self._leaving = self._leaving, []
        if preparation is not None:
            preparation.join(_PATIENCE)
        for thread in leaving:
            thread.join(_PATIENCE)

    def _infer(self, image: Image) -> Prediction:
        while True:
            if self._model is None:
                raise self._nothing_left()
            try:
                with engine_failures(self._model.engine):
                    prediction = self._model.infer(image)
            except EngineError as error:
                self._give_up(self._model, error)
            except ModelError as error:
                return self._again(self._model, image, error)
            else:
                self._lenient = max(0, self._lenient - 1)
                return prediction

    def _again(self, model: DepthModel, image: Image, error: ModelError) -> Prediction:
        """Tell an engine that fails on a good picture from a model that does.

        Once may be a glitch. Twice, and another engine is asked: the one that fails where another
        does not is given up; where none does better it is the model, and the error is raised.
        """
        if self._lenient:
            raise error
        try:
            with engine_failures(model.engine):
                return model.infer(image)
        except EngineError as failure:
            self._give_up(model, failure)
            return self._infer(image)
        except ModelError as second:
            error = second
        self._refused[model.engine] = error
        other = self._open_next()
        try:
            if other is None:
                raise error
            with engine_failures(other.engine):
                prediction = other.infer(image)
        except ModelError:
            del self._refused[model.engine]
            if other is not None:
                self._let_go(other)
            # Not every such frame shall cost another engine's start.
            self._lenient = _LENIENT
            raise error from None
        self._replace(model, other)
        self._report(f"engine {model.engine} failed: {error}; engine {other.engine} takes over")
        return prediction

    def _give_up(self, model: DepthModel, error: LivedepthError) -> None:
        """Close an engine that failed and open the next; raises EngineError where none is left."""
        self._refused[model.engine] = error
        self._model = None
        self._let_go(model)
        other = self._open_next()
        if other is None:
            raise self._nothing_left()
        self._serve(other)
        self._report(f"engine {model.engine} failed: {error}; engine {other.engine} takes over")

    def _open_next(self) -> DepthModel | None:
        """The best engine that is not refused and passes its self-test at once."""
        for engine in self._order:
            if engine in self._refused or not self._at_hand(engine):
                continue
            try:
                return proven(self._files, engine, self._proof_size(engine))
            except LivedepthError as error:
                self._pass_over(engine, error)
        return None

    def _proof_size(self, engine: str) -> tuple[int, int]:
        """The size of the picture that proves an engine: of its own where it is built per size."""
        if not TABLE[engine].built or self._frame_size is None:
            return PICTURE_SIZE
        return picture_size(*self._frame_size)

    def _at_hand(self, engine: str) -> bool:
        """Whether an engine needs not be built before it can take frames of this size."""
        try:
            return is_built(self._files, engine, self._size)
        except LivedepthError as error:
            self._pass_over(engine, error)
            return False

    def _pass_over(self, engine: str, error: LivedepthError) -> None:
        self._refused[engine] = error
        self._report(f"engine passed over: {of_engine(engine, str(error))}")

    def _nothing_left(self) -> LivedepthError:
        reasons = list(self._refused.values())
        if not reasons:
            return EngineError(
                f"no engine runs model {self.name} before one is built; `livedepth models compile`"
            )
        if len({str(reason) for reason in reasons}) == 1 or not isinstance(reasons[0], EngineError):
            return reasons[0]
        told = (of_engine(engine, str(error)) for engine, error in self._refused.items())
        return EngineError("; ".join(told))

    def _follow(self, width: int, height: int) -> None:
        """Take up frames of another size: what is built per size may not be built for this."""
        size = network_size(self._files.description, width, height)
        seen, self._frame_size = self._frame_size, (width, height)
        if seen is not None and size == self._size:
            return
        self._size = size
        if self._preparation is not None:
            self._preparation.cancel()
            self._preparation = None
        model = self._model
        if model is not None and not self._at_hand(model.engine):
            self._stand_in(model)
        for engine in self._wanted:
            if engine not in self._refused and engine != self.engine:
                self._preparation = Preparation(self._files, engine, (width, height), self._report)
                return

    def _stand_in(self, model: DepthModel) -> None:
        """Let an engine that needs not be built serve in place of one that is not built yet."""
        other = self._open_next()
        if other is not None:
            self._replace(model, other)
            self._report(
                f"engine {model.engine} is not built for this size; engine {other.engine} serves "
                "meanwhile"
            )

    def _adopt(self) -> None:
        """Take over what has become ready since the last frame."""
        preparation = self._preparation
        if preparation is None or not preparation.ready:
            return
        self._preparation = None
        ready, failure = preparation.take(), preparation.failure
        if ready is not None:
            before = self._model
            self._replace(before, ready)
            took = f", built in {preparation.seconds:.0f} s" if preparation.seconds else ""
            self._report(f"engine {ready.engine} takes over{took} ({ready.device})")
        elif failure is not None:
            reason = of_engine(preparation.engine, " ".join(str(failure).split()))
            self._refused[preparation.engine] = EngineError(reason)
            self._report(f"{reason}; engine {self.engine} goes on")
        self._remember(preparation, failure)

    def _remember(self, preparation: Preparation, failure: Exception | None) -> None:
        """Let the next start measure what was built, and not try what could not be."""
        try:
            if failure is not None:
                again = f"`livedepth models compile {self.name}` tries again"
                reason = " ".join(str(failure).split())
                refuse(self._files, preparation.engine, f"{reason}; {again}")
            elif preparation.seconds:
                forget(self._files)
        except ModelError as error:
            self._report(str(error))

    def _replace(self, before: DepthModel | None, model: DepthModel) -> None:
        """Let ``model`` serve; closing what served before may take long, so a thread does that."""
        self._serve(model)
        if before is not None:
            thread = threading.Thread(
                target=self._let_go, args=(before,), name="livedepth engine", daemon=True
            )
            self._leaving = [thread, *(each for each in self._leaving if each.is_alive())]
            thread.start()

    def _let_go(self, model: DepthModel) -> None:
        try:
            with engine_failures(model.engine):
                model.close()
        except EngineError as error:
            self._report(f"engine {model.engine} could not be closed: {error}")

    def _serve(self, model: DepthModel) -> None:
        self._model = self._last = model
