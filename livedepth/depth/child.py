"""A job in a Python process of its own, which a crash of a library ends and nothing else."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Self

from livedepth.errors import EngineError, LivedepthError, ModelError

Message = dict[str, Any]


class Child:
    """Runs ``python -m MODULE`` on a job until its last message; ``kill`` may come at any time.

    job: anything that pickles. The process ends by itself when this one does.
    Raises EngineError where no process can be started.
    """

    def __init__(self, module: str, job: object) -> None:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        }
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed with the process
        self._killed = False
        try:
            # A session of its own, so that Ctrl-C reaches this process alone.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            self._errors.close()
            raise EngineError(f"no process can be started: {error.strerror}") from error
        try:
            self._stdin.write(pickle.dumps(job))
            self._stdin.flush()
        except BrokenPipeError:
            # It ended at once; ``messages`` tells why.
            pass
        except BaseException:
            self.close()
            raise

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def killed(self) -> bool:
        """Whether ``kill`` was called."""
        return self._killed

    @property
    def cut_off(self) -> bool:
        """Whether a signal, which may be the system's for want of memory, or ``kill`` ended it."""
        status = self._process.poll()
        return self._killed or (status is not None and status < 0)

    def messages(self) -> Iterator[Message]:
        """What the job tells, until it is done.

        Raises ModelError or EngineError as the job did; EngineError, with the last it said, where
        its process died.
        """
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message: Message = json.loads(line)
            if "failed" in message:
                kind = EngineError if message["engine"] else ModelError
                raise kind(message["failed"])
            if "done" in message:
                return
            yield message
        raise EngineError(f"its process {self._obituary()}")

    def _obituary(self) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        how = f"ended with status {status}"
        if status < 0:
            try:
                how = f"was ended by {signal.Signals(-status).name}"
            except ValueError:
                how = f"was ended by signal {-status}"
        return f"{how}: {said}" if said else how

    def kill(self) -> None:
        """End the process at once; safe from any thread and more than once."""
        self._killed = True
        self._process.kill()

    def close(self) -> None:
        """End the process, wait for it and release its pipes; safe to call twice."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


def serve(work: Callable[[Any, Callable[[Message], None]], None]) -> None:
    """The child's side: read the job, do it, tell what it tells; end when the parent does."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a library prints must not come between the messages.
    os.dup2(2, 1)

    def tell(message: Message) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    job = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    status = 1
    try:
        work(job, tell)
        tell({"done": True})
        status = 0
    except LivedepthError as error:
        tell({"failed": str(error), "engine": isinstance(error, EngineError)})
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Libraries that hold a GPU may crash, or hang, while the interpreter is taken down.
        os._exit(status)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
