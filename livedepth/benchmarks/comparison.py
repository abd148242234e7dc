"""Models in engines, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from livedepth.benchmarks.candidates import Candidate, Size, admit, at_size
from livedepth.benchmarks.eager import EAGER, EagerModel, cuda_fault
from livedepth.benchmarks.engines import Effort, Figures, exact_among, figures, measure
from livedepth.depth.engines import (
    TABLE,
    build,
    engine_failures,
    is_built,
    obstacle,
    open_engine,
)
from livedepth.depth.files import ModelFiles
from livedepth.depth.model import DepthModel
from livedepth.depth.reference import MAKERS
from livedepth.errors import EngineError, LivedepthError, UsageError
from livedepth.frame import Image

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Absence:
    """What could not be measured, and why; engine: empty where no engine is to blame."""

    model: str
    engine: str
    reason: str


@dataclass(frozen=True, slots=True)
class Loader:
    """Opens engines for one model at one input size, and leaves them to the stack to close.

    report: is told what is loaded and built.
    """

    files: ModelFiles
    size: Size
    images: Sequence[Image]
    report: Report
    stack: ExitStack

    def prepare(self, engine: str, may_build: bool) -> None:
        """Raise EngineError for an engine that is not built, where it may not be built now."""
        if obstacle(self.files, engine) or is_built(self.files, engine, self.size):
            return
        if not may_build:
            name, (width, height) = self.files.description.name, self.size
            raise EngineError(
                f"engine {engine} is not built for {name} at {width}x{height}; `--build` builds it"
            )
        build(self.files, engine, self.size, self.report)

    def open(self, engine: str) -> Candidate:
        """Load an engine, or the yardstick. Raises LivedepthError."""

        def load() -> DepthModel:
            return EagerModel(self.files) if engine == EAGER else open_engine(self.files, engine)

        if engine == EAGER or not obstacle(self.files, engine):
            width, height = self.size
            self.report(f"loading {self.files.description.name} {width}x{height} in {engine}")
        with engine_failures(engine):
            candidate = admit(load, self.size, self.images)
        self.stack.enter_context(closing(candidate.model))
        return candidate

    def exact(self, excluding: str = "") -> Candidate | None:
        """The most trusted engine whose maps others can be held against, if any runs."""
        for engine in MAKERS:
            if engine == excluding or obstacle(self.files, engine):
                continue
            try:
                candidate = self.open(engine)
            except LivedepthError as error:
                self.report(f"no reference from {engine}: {error}")
                continue
            if exact_among([candidate]):
                return candidate
        return None

    def yardstick(self) -> Candidate | None:
        """Eager torch on the GPU, where there is one and torch has the model's weights."""
        if cuda_fault() or obstacle(self.files, "torch"):
            return None
        try:
            return self.open(EAGER)
        except LivedepthError as error:
            self.report(f"no yardstick: {error}")
            return None


@dataclass(frozen=True, slots=True)
class _Group:
    """A model at one size in the engines that run it, with what they are held against."""

    timed: list[Candidate]
    exact: Candidate | None
    yardstick: Candidate | None

    def figures(self) -> list[Figures]:
        return [
            figures(candidate, self.exact, self.yardstick)
            for candidate in self.timed
            if candidate.seconds
        ]


@dataclass(slots=True)
class Comparison:
    """What was measured so far; an interruption loses nothing of it.

    engines: which to measure. effort: how long. build: whether to build the engines that are not.
    """

    engines: Sequence[str] = tuple(TABLE)
    effort: Effort = field(default_factory=Effort)
    build: bool = False
    results: list[Figures] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)

    def add(
        self,
        jobs: Iterable[tuple[ModelFiles, Size]],
        images: Sequence[Image],
        report: Report,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Measure models, each at a network's input size, in all engines; all take turns.

        All are in memory at once. report: is told what is loaded and built. progress: how many
        turns of how many are over. Engines that do not run a model, and sizes that it does not
        take, become absences.
        """
        with ExitStack() as stack:
            groups: list[_Group] = []
            for files, size in jobs:
                try:
                    groups.append(self._loaded_group(files, size, images, report, stack))
                except UsageError as error:
                    self.absences.append(Absence(files.description.name, "", str(error)))
            try:
                timed = [candidate for group in groups for candidate in group.timed]
                measure(timed, images, self.effort, progress)
            finally:
                self.results += [result for group in groups for result in group.figures()]

    def _loaded_group(
        self,
        files: ModelFiles,
        size: Size,
        images: Sequence[Image],
        report: Report,
        stack: ExitStack,
    ) -> _Group:
        height, width = images[0].shape[:2]
        loader = Loader(at_size(files, size, (width, height)), size, images, report, stack)
        candidates = list(self._loaded(loader))
        if not candidates:
            return _Group([], None, None)
        yardstick = loader.yardstick()
        exact = exact_among(candidates) or loader.exact()
        return _Group([*candidates, *([yardstick] if yardstick else [])], exact, yardstick)

    def _loaded(self, loader: Loader) -> Iterator[Candidate]:
        for engine in self.engines:
            try:
                loader.prepare(engine, self.build)
                yield loader.open(engine)
            except LivedepthError as error:
                name = loader.files.description.name
                self.absences.append(Absence(name, engine, str(error)))
