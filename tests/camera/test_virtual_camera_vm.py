"""The virtual camera against the real driver, on a machine with v4l2loopback at /dev/video10."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from output_support import context, frame_of, pattern
from virtual_camera_support import (
    DEVICE,
    assert_alike,
    endless_reader,
    ffmpeg_reader,
    needs_device,
    opencv_reader,
    raw_reader,
    write_until,
    write_until_read,
)

from livedepth.errors import VirtualCameraError
from livedepth.outputs import loopback
from livedepth.outputs.opening import open_output
from livedepth.outputs.output import Output
from livedepth.outputs.virtual_camera import list_virtual_cameras

TESTS = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.camera, needs_device]


@pytest.fixture
def opened() -> Iterator[Callable[..., Output]]:
    """Opens virtual cameras and closes them again."""
    outputs = []

    def opener(
        size: tuple[int, int], spec: str = "virtual-camera", sent_format: str = "auto"
    ) -> Output:
        outputs.append(open_output(spec, context(size, sent_format=sent_format)))
        return outputs[-1]

    yield opener
    for output in outputs:
        output.close()


def test_the_device_is_listed_and_taken_unasked(opened: Callable[..., Output]) -> None:
    assert DEVICE in [item.device for item in list_virtual_cameras()]
    assert all("vivid" not in item.label for item in list_virtual_cameras())
    assert opened((320, 180)).name == f"virtual camera {DEVICE}"


@pytest.mark.parametrize("size", [(640, 480), (641, 361)])
def test_opencv_reads_the_same_pixels(
    tmp_path: Path, opened: Callable[..., Output], size: tuple[int, int]
) -> None:
    image = pattern(size)
    write_until_read(opened(size), image, opencv_reader(tmp_path / "read.npy"))
    width, height = (side - side % 2 for side in size)
    assert_alike(np.load(tmp_path / "read.npy"), image[:height, :width])


def test_ffmpeg_reads_the_same_pixels(tmp_path: Path, opened: Callable[..., Output]) -> None:
    image = pattern((1280, 720), 7)
    write_until_read(opened((1280, 720)), image, ffmpeg_reader(tmp_path / "read.raw"))
    read = np.fromfile(tmp_path / "read.raw", np.uint8).reshape(image.shape)
    assert_alike(read, image)


# sent_format: the code of the format, and FFmpeg's name for it.
FORMATS = {
    "auto": ("YU12", "yuv420p"),
    "i420": ("YU12", "yuv420p"),
    "yuyv": ("YUYV", "yuyv422"),
    "nv12": ("NV12", "nv12"),
}


@pytest.mark.parametrize("sent_format", FORMATS)
@pytest.mark.parametrize("program", ["ffmpeg", "v4l2-ctl", "opencv"])
def test_every_format_is_read_in_the_same_colours(
    tmp_path: Path, opened: Callable[..., Output], sent_format: str, program: str
) -> None:
    size = (640, 360)
    image = pattern(size)
    output = opened(size, sent_format=sent_format)
    target = tmp_path / "read.npy"
    reader = {"ffmpeg": ffmpeg_reader, "v4l2-ctl": raw_reader, "opencv": opencv_reader}[program]
    write_until_read(output, image, reader(target))
    if program == "opencv":
        read = np.load(target)
    elif program == "ffmpeg":
        read = np.fromfile(target, np.uint8).reshape(image.shape)
    else:
        read = decoded(target, FORMATS[sent_format][1], image.shape)
    assert_alike(read, image)
    told = subprocess.run(
        ["v4l2-ctl", "-d", DEVICE, "--get-fmt-video"], capture_output=True, text=True, check=True
    ).stdout
    assert f"'{FORMATS[sent_format][0]}'" in told


def decoded(file: Path, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """BGR of a file of raw pixels in the format that FFmpeg calls ``name``."""
    height, width, _ = shape
    data = subprocess.run(
        [
            "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", name,
            "-s", f"{width}x{height}", "-i", str(file), "-pix_fmt", "bgr24", "-f", "rawvideo", "-",
        ],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    return np.frombuffer(data, np.uint8).reshape(shape)


def test_a_reader_that_asks_for_another_format_and_size_gets_what_is_sent(
    tmp_path: Path, opened: Callable[..., Output]
) -> None:
    image = pattern((640, 360))
    output = opened((640, 360))
    asking = ("-input_format", "yuyv422", "-video_size", "320x240")
    refused = subprocess.Popen(ffmpeg_reader(tmp_path / "odd.raw", DEVICE, *asking))
    write_until(output, image, lambda: refused.poll() is not None)
    write_until_read(output, image, ffmpeg_reader(tmp_path / "read.raw"))
    assert_alike(np.fromfile(tmp_path / "read.raw", np.uint8).reshape(image.shape), image)


def test_readers_that_stall_or_die_never_stop_the_writer(opened: Callable[..., Output]) -> None:
    image = pattern((320, 180))
    output = opened((320, 180))
    output.write(frame_of(image))
    for fate in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM):
        reader = subprocess.Popen(endless_reader(), stderr=subprocess.PIPE)
        try:
            assert reader.stderr is not None
            os.set_blocking(reader.stderr.fileno(), False)
            write_until(output, image, lambda reader=reader: b"<" in (reader.stderr.read() or b""))
            reader.send_signal(fate)
            longest = 0.0
            for _ in range(60):
                started = time.monotonic()
                output.write(frame_of(image))
                longest = max(longest, time.monotonic() - started)
                time.sleep(0.01)
            # A write that waited for a reader would wait for ever.
            assert longest < 1
        finally:
            reader.kill()
            reader.wait()
            reader.stderr.close()


def test_readers_are_told_the_rate(opened: Callable[..., Output]) -> None:
    output = open_output("virtual-camera", context((320, 180), rate=25.0))
    try:
        output.write(frame_of(pattern((320, 180))))
        told = subprocess.run(
            ["v4l2-ctl", "-d", DEVICE, "--get-parm"], capture_output=True, text=True, check=True
        ).stdout
    finally:
        output.close()
    assert "25.000" in told


def test_it_opens_again_and_again_also_with_another_size(
    tmp_path: Path, opened: Callable[..., Output]
) -> None:
    for size in ((320, 180), (640, 360), (320, 180)):
        output = opened(size, f"virtual-camera:{DEVICE}")
        for index in range(3):
            output.write(frame_of(pattern(size, index)))
        output.close()
    image = pattern((640, 360), 3)
    write_until_read(opened((640, 360)), image, ffmpeg_reader(tmp_path / "read.raw"))
    assert_alike(np.fromfile(tmp_path / "read.raw", np.uint8).reshape(image.shape), image)


def test_a_second_writer_is_refused_and_the_first_goes_on(
    tmp_path: Path, opened: Callable[..., Output]
) -> None:
    image = pattern((320, 180))
    first = opened((320, 180))
    first.write(frame_of(image))
    for spec in ("virtual-camera", f"virtual-camera:{DEVICE}"):
        with pytest.raises(VirtualCameraError, match=f"{DEVICE} is in use by another program"):
            opened((320, 180), spec)
    write_until_read(first, image, ffmpeg_reader(tmp_path / "read.raw"))
    assert_alike(np.fromfile(tmp_path / "read.raw", np.uint8).reshape(image.shape), image)


def test_of_two_streams_that_start_together_one_is_refused(
    tmp_path: Path, opened: Callable[..., Output], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready_device, image = loopback.ready_device, pattern((320, 180))
    others: list[Output] = []

    def another_is_quicker(wanted: str | None) -> str:
        device = ready_device(wanted)
        monkeypatch.setattr(loopback, "ready_device", ready_device)
        others.append(opened((320, 180)))
        return device

    monkeypatch.setattr(loopback, "ready_device", another_is_quicker)
    with pytest.raises(VirtualCameraError, match=f"{DEVICE} is in use by another program"):
        opened((320, 180))
    write_until_read(others[0], image, ffmpeg_reader(tmp_path / "read.raw"))
    assert_alike(np.fromfile(tmp_path / "read.raw", np.uint8).reshape(image.shape), image)


def test_what_is_no_virtual_camera_is_refused_with_a_list(opened: Callable[..., Output]) -> None:
    for device, part in (
        ("/dev/video77", "there is no virtual camera /dev/video77; there is /dev/video10"),
        ("/dev/null", "/dev/null is not a virtual camera; there is /dev/video10"),
        ("/dev/video0", "/dev/video0 is not a virtual camera; there is /dev/video10"),
    ):
        if device != "/dev/video0" or Path(device).exists():
            with pytest.raises(VirtualCameraError, match=part):
                opened((320, 180), f"virtual-camera:{device}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_somebody_without_permission_is_told_of_the_group() -> None:
    loopback.ready_device(None)
    mode = Path(DEVICE).stat().st_mode
    Path(DEVICE).chmod(0o600)
    os.seteuid(65534)
    try:
        with pytest.raises(VirtualCameraError) as caught:
            loopback.ready_device(None)
    finally:
        os.seteuid(0)
        Path(DEVICE).chmod(mode & 0o777)
    assert f"{DEVICE} may not be opened by this user" in str(caught.value)
    assert "sudo usermod -aG video $USER" in str(caught.value)


def test_it_keeps_the_contract() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "[virtual"]
    run = subprocess.run(
        [*command, str(TESTS / "test_output_contract.py")],
        env=os.environ | {"OUTPUT_CONTRACT": "virtual-camera"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
