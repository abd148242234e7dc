"""What the tests of outputs share: a stream's context, frames, open files and an X server."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from livedepth.frame import Frame
from livedepth.outputs.output import OutputContext
from livedepth.settings import Settings, SettingsHolder
from livedepth.stats import Stats


def context(
    size: tuple[int, int] = (64, 48),
    rate: float = 30.0,
    stop: Callable[[], None] = lambda: None,
    focus_at: Callable[[float, float], None] = lambda x, y: None,
    **settings: object,
) -> OutputContext:
    """A stream's context as the pipeline would make it."""
    holder = SettingsHolder(Settings(**settings))
    return OutputContext(size, rate, holder, Stats(), stop, focus_at)


def pattern(size: tuple[int, int], shift: int = 0) -> np.ndarray:
    """Smooth colours that survive 4:2:0, different in every corner, moving with ``shift``."""
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [
        columns * 200 / width + 20,
        rows * 200 / height + 20,
        128 + 80 * np.sin((rows + columns + 4 * shift) / 40),
    ]
    return np.ascontiguousarray(np.stack(planes, axis=-1).astype(np.uint8))


def frame_of(
    image: np.ndarray, index: int = 0, rate: float = 30.0, cutout: np.ndarray | None = None
) -> Frame:
    """A frame at its nominal time."""
    return Frame(image, index, 1000 + index / rate, index / rate, cutout)


def cutout_of(image: np.ndarray, shift: int = 0) -> np.ndarray:
    """``image`` seen through a soft disc, which moves with ``shift``: BGRA, straight alpha."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot(rows - height / 2, columns - width / 2 - shift) / (0.35 * min(width, height))
    alpha = (np.clip((1.3 - away) * 2, 0, 1) * 255).astype(np.uint8)
    colours = np.where(alpha[..., None] > 0, image, 0)
    return np.ascontiguousarray(np.dstack([colours, alpha]))


def frames(size: tuple[int, int], count: int, rate: float = 30.0) -> Iterator[Frame]:
    """``count`` frames of ``size`` in one buffer, as a stage that reuses its buffers gives them."""
    buffer = np.empty((size[1], size[0], 3), np.uint8)
    for index in range(count):
        buffer[:] = pattern(size, index)
        yield frame_of(buffer, index, rate)


def open_files() -> list[str]:
    """What the file descriptors of this process lead to, sorted."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("open files are counted through /proc")
    found = []
    for entry in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(entry.readlink()))
    return sorted(found)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def chromium(profile: Path, *arguments: str) -> list[str]:
    """The command that runs a browser without a screen; skips the test where there is none."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("not installed: chromium (Debian: chromium)")
    return [
        program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={profile}", *arguments,
    ]  # fmt: skip


@contextlib.contextmanager
def x_server(*tools: str) -> Iterator[str]:
    """Run an X server without a screen; gives the value for DISPLAY.

    Skips the test where it, or one of the ``tools`` that the test runs, is not installed.
    """
    missing = [tool for tool in ("Xvfb", *tools) if not shutil.which(tool)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (Debian: xvfb, xdotool, imagemagick)")
    reading, writing = os.pipe()
    # Without -noreset it starts over when its last client leaves, such as the one that asks whether
    # there is a display, and refuses who comes meanwhile.
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp", "-noreset"], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    try:
        os.close(writing)
        ready, _, _ = select.select([reading], [], [], 20)
        number = os.read(reading, 16).decode().strip() if ready else ""
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        os.close(reading)
        server.terminate()
        server.wait(20)
