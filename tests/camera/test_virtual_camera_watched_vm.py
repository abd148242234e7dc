"""Whether somebody reads the virtual camera, asked of the real driver.

Version 0.12 has no event and its open descriptors are counted; from 0.13 on there is the event.
Both are tested where the driver has both; the machine's own driver decides otherwise.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from output_support import context, frame_of, open_files, pattern
from virtual_camera_support import DEVICE, endless_reader, needs_device

from livedepth.outputs import readers
from livedepth.outputs.opening import open_output
from livedepth.outputs.output import Output
from livedepth.outputs.readers import ClientUsage, OpenDescriptors

pytestmark = [pytest.mark.camera, needs_device]

SIZE = (320, 180)
IMAGE = pattern(SIZE)

# Opens the device and asks what it is for a twentieth of a second, again and again.
PROBE = f"""
import fcntl, os, time
while True:
    node = os.open("{DEVICE}", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(node, 0x80685600, bytearray(104))
    time.sleep(0.05)
    os.close(node)
    time.sleep(0.4)
"""

# A reader as a caller's program is one, for whichever user; it tells when it streams.
READER = """
import os, sys, time
import cv2
os.setuid(int(sys.argv[2]))
camera = cv2.VideoCapture(sys.argv[1], cv2.CAP_V4L2)
print(time.monotonic(), flush=True)
assert camera.read()[0]
time.sleep(60)
"""


def has_event() -> bool:
    """Whether this machine's driver tells of readers; a writer must hold the device for it."""
    output = open_output("virtual-camera", context(SIZE))
    try:
        return isinstance(output._readers, ClientUsage)
    finally:
        output.close()


@pytest.fixture(params=["event", "descriptors"])
def output(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Output]:
    """A virtual camera that knows its readers by the one way or the other."""
    if request.param == "event" and not has_event():
        pytest.skip("this driver has no event for its readers (v4l2loopback before 0.13)")
    if request.param == "descriptors":
        monkeypatch.setattr(readers, "_CLIENT_USAGE", 0x08000000 + 0x123)
    output = open_output(f"virtual-camera:{DEVICE}", context(SIZE))
    kind = ClientUsage if request.param == "event" else OpenDescriptors
    assert isinstance(output._readers, kind)
    output.write(frame_of(IMAGE))
    yield output
    output.close()


def seconds_until(output: Output, watched: bool, patience: float = 30.0) -> float:
    """Look five times a second, writing as a stream does, and say how long it took."""
    started = time.monotonic()
    while output.watched is not watched:
        assert time.monotonic() - started < patience
        output.write(frame_of(IMAGE))
        time.sleep(0.05)
    return time.monotonic() - started


@contextlib.contextmanager
def program(*command: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_nobody_is_there_at_first(output: Output) -> None:
    for _ in range(10):
        output.write(frame_of(IMAGE))
        assert not output.watched
        time.sleep(0.1)


@pytest.mark.parametrize("user", ["0", "65534"])
def test_a_reader_is_seen_to_come_and_go(output: Output, user: str) -> None:
    os.chmod(DEVICE, 0o666)  # noqa: PTH101 - a device node
    with program(sys.executable, "-c", READER, DEVICE, user) as reader:
        seconds_until(output, watched=True)
        assert reader.stdout is not None
        opened = float(reader.stdout.readline())
        # While the reader's own start goes on it may have been seen already.
        assert time.monotonic() - opened < 0.5
        for _ in range(20):
            output.write(frame_of(IMAGE))
            time.sleep(0.1)
            assert output.watched
    assert seconds_until(output, watched=False) < 3


def test_two_looks_apart_are_enough(output: Output) -> None:
    assert not output.watched
    with program(*endless_reader()):
        time.sleep(3)
        seen = []
        for _ in range(3):
            seen.append(output.watched)
            time.sleep(0.2)
    assert seen[1:] == [True, True]


def test_a_program_that_only_asks_does_not_count(output: Output) -> None:
    with program(sys.executable, "-c", PROBE):
        seen = []
        for _ in range(80):
            output.write(frame_of(IMAGE))
            seen.append(output.watched)
            time.sleep(0.1)
    assert not any(seen)


def test_a_reader_that_waited_for_the_writer_counts(output: Output) -> None:
    with program(*endless_reader()):
        seconds_until(output, watched=True)
        output.close()
        again = open_output(f"virtual-camera:{DEVICE}", context(SIZE))
        try:
            seconds_until(again, watched=True, patience=5)
        finally:
            again.close()


def test_looking_leaves_nothing_open_and_is_cheap(output: Output) -> None:
    before = open_files()
    started, looks = time.monotonic(), 0
    while time.monotonic() - started < 2:
        output.watched  # noqa: B018 - the look is what is measured
        looks += 1
        time.sleep(0.02)
    assert looks > 40
    assert open_files() == before
