"""The layouts of V4L2's structures, and nodes that are no cameras."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from livedepth.capture import v4l2


def test_requests_are_those_of_the_kernel_header() -> None:
    assert v4l2._VIDIOC_QUERYCAP == 0x80685600
    assert v4l2._VIDIOC_ENUM_FMT == 0xC0405602
    assert v4l2._VIDIOC_REQBUFS == 0xC0145608
    assert v4l2._VIDIOC_ENUM_FRAMESIZES == 0xC02C564A
    assert v4l2._VIDIOC_ENUM_FRAMEINTERVALS == 0xC034564B


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/dev/video98", "no such file or directory"),
        ("/dev/null", "it is not a video device"),
    ],
)
def test_what_is_no_camera(path: str, problem: str) -> None:
    camera = v4l2.describe(path)
    assert camera.problem == problem
    assert camera.path == path


def test_a_device_that_is_not_permitted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(v4l2.os, "open", refuse)
    camera = v4l2.describe("/dev/video3")
    assert (camera.index, camera.name) == (3, "video3")
    assert "usermod -aG video" in camera.problem


def test_who_has_a_file_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert v4l2.holders(str(path)) == []
    child = os.posix_spawn(
        "/bin/sleep",
        ["sleep", "30"],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 5, str(path), os.O_RDONLY, 0)],
    )
    try:
        assert v4l2.holders(str(path)) == [f"sleep (pid {child})"]
    finally:
        os.kill(child, 15)
        os.waitpid(child, 0)


def test_describing_leaves_nothing_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    v4l2.list_devices()
    v4l2.describe("/dev/null")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
