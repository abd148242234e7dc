"""The virtual camera against the real driver, on a machine with v4l2loopback at /dev/video10."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from output_support import context, frame_of, pattern

from livedepth.errors import VirtualCameraError
from livedepth.outputs import loopback
from livedepth.outputs.opening import open_output
from livedepth.outputs.output import Output
from livedepth.outputs.virtual_camera import list_virtual_cameras

DEVICE = "/dev/video10"
TESTS = Path(__file__).resolve().parent.parent

pytestmark = [
    pytest.mark.camera,
    pytest.mark.skipif(not Path(DEVICE).exists(), reason=f"there is no {DEVICE} (v4l2loopback)"),
]

# Polls, since a device with exclusive_caps=1 is no camera until frames are written to it.
OPENCV_READER = """
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


def opencv_reader(target: Path) -> list[str]:
    return [sys.executable, "-c", OPENCV_READER, DEVICE, str(target)]


def ffmpeg_reader(target: Path) -> list[str]:
    quiet = ["ffmpeg", "-y", "-nostdin", "-loglevel", "error"]
    return [
        *quiet, "-f", "v4l2", "-i", DEVICE, "-frames:v", "1",
        "-pix_fmt", "bgr24", "-f", "rawvideo", str(target),
    ]  # fmt: skip


@pytest.fixture
def opened() -> Iterator[Callable[..., Output]]:
    """Opens virtual cameras and closes them again."""
    outputs = []

    def opener(size: tuple[int, int], spec: str = "virtual-camera") -> Output:
        outputs.append(open_output(spec, context(size)))
        return outputs[-1]

    yield opener
    for output in outputs:
        output.close()


def write_until_read(output: Output, image: np.ndarray, command: list[str]) -> None:
    """Write ``image`` again and again until the reader has had enough."""
    output.write(frame_of(image))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as reader:
        end = time.monotonic() + 90
        while reader.poll() is None and time.monotonic() < end:
            output.write(frame_of(image))
            time.sleep(0.03)
        reader.kill()
        assert reader.stderr is not None
        assert reader.returncode == 0, reader.stderr.read()


def assert_alike(read: np.ndarray, written: np.ndarray) -> None:
    """Equal up to what YUV 4:2:0 takes away."""
    assert read.shape == written.shape
    error = np.abs(read.astype(int) - written)
    assert error.mean() < 2.5
    assert np.percentile(error, 99) < 10


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
