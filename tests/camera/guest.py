"""Plugs the camera of the guest in and out, and has another program use it.

/dev/video0 is vivid, /dev/video10 is v4l2loopback, and we are root.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livedepth.capture import v4l2
from livedepth.capture.opening import open_source
from livedepth.capture.source import Source
from livedepth.errors import CameraLostError
from livedepth.frame import Frame
from livedepth.settings import Settings

CAMERA = "/dev/video0"
ABSENT = f"there is no vivid camera at {CAMERA}; run in the camera guest"

_DRIVER = Path("/sys/bus/platform/drivers/vivid")
_ONE_WEBCAM = ("n_devs=1", "node_types=1", "num_inputs=1", "input_types=0")


def present() -> bool:
    """Whether this machine is the guest, or one like it."""
    return Path(CAMERA).exists() and _DRIVER.exists()


def opened(text: str = "0", **settings: object) -> Source:
    return open_source(Settings(source=text, **{"width": 640, "height": 480, **settings}))


def control(setting: str, device: str = CAMERA) -> None:
    subprocess.run(["v4l2-ctl", "-d", device, "-c", setting], check=True)


def value(name: str, device: str = CAMERA) -> int:
    """What v4l2-ctl says that a control is set to."""
    command = ["v4l2-ctl", "-d", device, "-C", name]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(answer.split(":")[1].split()[0])


def unplug() -> None:
    (_DRIVER / "unbind").write_text("vivid.0")


def plug_in() -> None:
    (_DRIVER / "bind").write_text("vivid.0")


def tidy() -> None:
    """Plug the camera in again, with nothing wrong with it."""
    if not Path(CAMERA).exists():
        if (_DRIVER / "vivid.0").exists():
            unplug()
        plug_in()
    control("percentage_of_dropped_buffers=0")


@contextmanager
def vivid(*parameters: str) -> Iterator[None]:
    """Other cameras instead of the one: the driver loaded with ``parameters``."""
    _reload("vivid", *parameters)
    try:
        yield
    finally:
        _reload("vivid", *_ONE_WEBCAM)


@contextmanager
def loopback(*parameters: str) -> Iterator[None]:
    """Other virtual cameras instead of the one."""
    _reload("v4l2loopback", *parameters)
    try:
        yield
    finally:
        _reload("v4l2loopback", "video_nr=10", "exclusive_caps=1", "card_label=camvm")


def _reload(module: str, *parameters: str) -> None:
    subprocess.run(["modprobe", "-r", module], check=True)
    subprocess.run(["modprobe", module, *parameters], check=True)


@contextmanager
def another_program() -> Iterator[int]:
    """Another program that uses the camera; its process id."""
    reader = subprocess.Popen(
        ["v4l2-ctl", "-d", CAMERA, "--stream-mmap", "--stream-count=1000"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 5
        while not v4l2.describe(CAMERA, details=False).problem and time.monotonic() < deadline:
            time.sleep(0.05)
        yield reader.pid
    finally:
        reader.kill()
        reader.wait()


def read_until_lost(source: Source) -> tuple[float, CameraLostError]:
    """Seconds from the last frame to the error, and the error."""
    last = time.monotonic()
    while True:
        try:
            source.read()
        except CameraLostError as error:
            return time.monotonic() - last, error
        last = time.monotonic()


def read_until_back(source: Source, seconds: float) -> Frame:
    """The first frame after a loss."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            frame = source.read()
        except CameraLostError:
            assert time.monotonic() < deadline
        else:
            assert frame is not None
            return frame


def held(path: str) -> bool:
    """Whether this process has ``path`` open."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(link.readlink()))
        except OSError:
            continue
    return path in links
