"""What the tests of the virtual camera share: its device, readers of it, and its module."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from output_support import frame_of

from livedepth.outputs.output import Output

DEVICE = "/dev/video10"
PATIENCE = 90.0

_PARAMETERS = ("video_nr=10", "exclusive_caps=1", "card_label=camvm")

needs_device = pytest.mark.skipif(
    not Path(DEVICE).exists(), reason=f"there is no {DEVICE} (v4l2loopback)"
)

# What changes the kernel's modules must not run on anybody's machine.
needs_guest = pytest.mark.skipif("CAMVM" not in os.environ, reason="runs in the camera guest only")

# Polls, since a device with exclusive_caps=1 is no camera until frames are written to it.
_OPENCV_READER = """
import sys, time
import cv2
import numpy as np
end = time.monotonic() + 60
while time.monotonic() < end:
    camera = cv2.VideoCapture(sys.argv[1], cv2.CAP_V4L2)
    if camera.isOpened():
        break
    time.sleep(0.1)
for _ in range(5):
    ok, image = camera.read()
    assert ok
camera.release()
np.save(sys.argv[2], image)
"""


def opencv_reader(target: Path, device: str = DEVICE) -> list[str]:
    return [sys.executable, "-c", _OPENCV_READER, device, str(target)]


def ffmpeg_reader(target: Path, device: str = DEVICE, *asking: str) -> list[str]:
    quiet = ["ffmpeg", "-y", "-nostdin", "-loglevel", "error"]
    return [
        *quiet, "-f", "v4l2", *asking, "-i", device, "-frames:v", "1",
        "-pix_fmt", "bgr24", "-f", "rawvideo", str(target),
    ]  # fmt: skip


def raw_reader(target: Path, device: str = DEVICE) -> list[str]:
    """v4l2-ctl, which keeps a frame's bytes as the device gives them."""
    return [
        "v4l2-ctl", "-d", device, "--stream-mmap", "--stream-skip=2", "--stream-count=1",
        f"--stream-to={target}",
    ]  # fmt: skip


def endless_reader(device: str = DEVICE) -> list[str]:
    return ["v4l2-ctl", "-d", device, "--stream-mmap", "--stream-to=/dev/null"]


def write_until(output: Output, image: np.ndarray, done: Callable[[], bool]) -> None:
    """Write ``image`` thirty times a second until ``done`` says so."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        output.write(frame_of(image))
        time.sleep(0.03)


def write_until_read(output: Output, image: np.ndarray, command: list[str]) -> None:
    """Write ``image`` again and again until the reader has had enough."""
    output.write(frame_of(image))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as reader:
        try:
            write_until(output, image, lambda: reader.poll() is not None)
        finally:
            reader.kill()
        assert reader.stderr is not None
        assert reader.returncode == 0, reader.stderr.read()


def assert_alike(read: np.ndarray, written: np.ndarray) -> None:
    """Equal up to what YUV 4:2:0 takes away."""
    assert read.shape == written.shape
    error = np.abs(read.astype(int) - written)
    assert error.mean() < 2.5
    assert np.percentile(error, 99) < 10


def load_module(*parameters: str) -> None:
    subprocess.run(["modprobe", "v4l2loopback", *parameters], check=True)


def unload_module() -> None:
    """Unload the driver, once what used it has let go."""
    end = time.monotonic() + 10
    while Path("/sys/module/v4l2loopback").exists():
        done = subprocess.run(["rmmod", "v4l2loopback"], capture_output=True, check=False)
        assert done.returncode == 0 or time.monotonic() < end, done.stderr
        time.sleep(0.05)


@contextlib.contextmanager
def module(*parameters: str) -> Iterator[None]:
    """Have the driver loaded with ``parameters`` for a while."""
    unload_module()
    try:
        load_module(*parameters)
        yield
    finally:
        unload_module()
        load_module(*_PARAMETERS)


@contextlib.contextmanager
def no_module() -> Iterator[None]:
    """Have the driver unloaded for a while."""
    unload_module()
    try:
        yield
    finally:
        load_module(*_PARAMETERS)
