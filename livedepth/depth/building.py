"""Builds an engine in a process of its own, so that frames go on meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from livedepth.depth import engines
from livedepth.depth.child import Child, Message, serve
from livedepth.depth.engines import Engine
from livedepth.depth.files import ModelFiles
from livedepth.errors import EngineError

Report = Callable[[str], None]

_HEARTBEAT = 20.0


class Build:
    """One engine being built for one size; ``wait`` blocks until it is, ``cancel`` ends it.

    size: width and height of the network's input. report: is told each step, and now and then
    that it still goes on. Raises EngineError where no process can be started.
    """

    def __init__(self, files: ModelFiles, name: str, size: tuple[int, int], report: Report) -> None:
        self._what = f"engine {name} for {size[0]}x{size[1]}"
        self._report = report
        self._started = time.monotonic()
        self._over = threading.Event()
        self._child = Child(__name__, (files, name, engines.engine_named(name), size))

    def wait(self) -> float:
        """Return the seconds that it took.

        Raises EngineError with the reason where it failed, and where it was cancelled.
        """
        beat = threading.Thread(target=self._beat, name="livedepth build", daemon=True)
        beat.start()
        try:
            self._report(f"building {self._what}; this may take minutes, once")
            for message in self._child.messages():
                self._report(f"{self._what}: {message['step']}")
        except Exception as error:
            raise EngineError(f"{self._what} could not be built: {error}") from error
        finally:
            self._over.set()
            self._child.close()
            beat.join()
        return time.monotonic() - self._started

    def cancel(self) -> None:
        """End it at once; safe from any thread and more than once."""
        self._over.set()
        self._child.kill()

    def _beat(self) -> None:
        while not self._over.wait(_HEARTBEAT):
            seconds = time.monotonic() - self._started
            self._report(f"{self._what}: still building, {seconds:.0f} s")


def _work(
    job: tuple[ModelFiles, str, Engine, tuple[int, int]], tell: Callable[[Message], None]
) -> None:
    files, name, engine, size = job
    engines.TABLE[name] = engine
    engines.build(files, name, size, lambda step: tell({"step": step}))


if __name__ == "__main__":
    serve(_work)
