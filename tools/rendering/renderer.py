"""One Blender process that renders many jobs in turn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

SCRIPTS = Path(__file__).parent / "blender"
REPLY = "livedepth-render:"
INSTALL = "apt install --no-install-recommends blender python3-numpy sweethome3d-furniture"


class RenderError(Exception):
    """Blender is absent or failed; the message is one line."""


def find_blender() -> str:
    """The path of Blender. Raises RenderError where it is absent."""
    found = shutil.which("blender")
    if found is None:
        raise RenderError(f"Blender is absent: {INSTALL}")
    return found


def build_library(listing: Path, output: Path) -> None:
    """Make the furniture library from a list of extracted models, whole or not at all."""
    partial = listing.with_name(output.name)
    script = SCRIPTS / "furniture_library.py"
    command = [find_blender(), "--background", "--factory-startup", "--python-exit-code", "1"]
    command += ["--python", str(script), "--", str(listing), str(partial.resolve())]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode != 0 or not partial.exists():
        raise RenderError(f"Blender could not build the furniture: {last_error(done.stderr)}")
    partial.replace(output)


def last_error(text: str) -> str:
    """The last line of a log that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


class Renderer:
    """Blender, kept running; a context manager. After ``lifetime`` jobs a fresh one is started."""

    def __init__(self, nice: int = 0, lifetime: int = 40) -> None:
        self.nice, self.lifetime = nice, lifetime
        self.jobs = 0
        self.process: subprocess.Popen[str] | None = None
        self.log = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.log.close()

    def start(self) -> subprocess.Popen[str]:
        """Start Blender if none runs."""
        if self.process is not None and self.process.poll() is None:
            return self.process
        command = [find_blender(), "--background", "--factory-startup"]
        command += ["--python", str(SCRIPTS / "render_scene.py")]
        if self.nice:
            command = ["nice", "-n", str(self.nice), *command]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            errors="replace",
            env=environment,
            start_new_session=True,
        )
        self.jobs = 0
        return self.process

    def render(
        self, job: dict, folder: Path, progress: Callable[[int], None] | None = None
    ) -> None:
        """Render a job into its output folder. Raises RenderError when Blender fails at it."""
        if self.jobs >= self.lifetime:
            self.stop()
        process = self.start()
        self.jobs += 1
        path = folder / "job.json"
        path.write_text(json.dumps(job))
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise RenderError(f"Blender ended: {self.tail()}") from error
        for line in process.stdout:
            if not line.startswith(REPLY):
                continue
            words = line[len(REPLY) :].split()
            if words[0] == "done":
                return
            if words[0] == "failed":
                raise RenderError(f"Blender failed: {' '.join(words[1:])} ({self.tail()})")
            if words[0] == "frame" and progress is not None:
                progress(int(words[1]))
        self.stop()
        raise RenderError(f"Blender ended: {self.tail()}")

    def tail(self) -> str:
        """The last line that Blender complained with."""
        self.log.seek(0)
        return last_error(self.log.read())

    def stop(self) -> None:
        """End Blender."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
