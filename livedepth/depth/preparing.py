"""Makes an engine ready on a thread of its own: built where it has to be, opened and proven."""

from __future__ import annotations

import threading
from collections.abc import Callable

from livedepth.depth.building import Build
from livedepth.depth.engines import is_built, open_engine
from livedepth.depth.files import ModelFiles
from livedepth.depth.model import DepthModel
from livedepth.depth.preprocessing import network_size
from livedepth.depth.reference import self_test
from livedepth.depth.reference_picture import picture_size

Report = Callable[[str], None]


class Preparation:
    """One engine on its way, for frames of one size; starts at once.

    Whoever made it looks at ``ready`` between two frames, and then takes the model or learns
    from ``failure`` that there is none.
    """

    def __init__(
        self, files: ModelFiles, engine: str, frame_size: tuple[int, int], report: Report
    ) -> None:
        self.engine = engine
        self.seconds = 0.0
        self.failure: Exception | None = None
        self._files = files
        self._frame_size = frame_size
        self._report = report
        self._lock = threading.Lock()
        self._build: Build | None = None
        self._model: DepthModel | None = None
        self._cancelled = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="livedepth engine", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether it is over, well or not."""
        return self._ended.is_set()

    def take(self) -> DepthModel | None:
        """The model, once; from then on it is the taker's to close."""
        with self._lock:
            model, self._model = self._model, None
            return model

    def cancel(self) -> None:
        """Give it up, without waiting; what is being built ends, what is opened is closed."""
        with self._lock:
            self._cancelled = True
            build, model = self._build, self._model
            self._build = self._model = None
        if build is not None:
            build.cancel()
        if model is not None:
            model.close()

    def join(self, timeout: float) -> None:
        """Wait until its thread has ended, for at most ``timeout`` seconds."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            model = self._prepared()
        except Exception as error:
            # Whatever it was, it happens on no thread that could show it.
            self.failure = error
        else:
            with self._lock:
                cancelled = self._cancelled
                if not cancelled:
                    self._model = model
            if cancelled and model is not None:
                model.close()
        self._ended.set()

    def _prepared(self) -> DepthModel | None:
        size = network_size(self._files.description, *self._frame_size)
        if not is_built(self._files, self.engine, size):
            build = Build(self._files, self.engine, size, self._tell)
            with self._lock:
                self._build = build
                cancelled = self._cancelled
            if cancelled:
                build.cancel()
            self.seconds = build.wait()
        if self._cancelled:
            return None
        model = open_engine(self._files, self.engine)
        try:
            self_test(model, self._files, picture_size(*self._frame_size))
        except BaseException:
            model.close()
            raise
        return model

    def _tell(self, text: str) -> None:
        if not self._cancelled:
            self._report(text)
