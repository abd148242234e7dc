"""What the system is asked of video devices, and nodes that are no cameras."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("V4L2 is Linux's", allow_module_level=True)

from livedepth.capture import v4l2


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/dev/video98", "it is not there; plug it in, or see `livedepth devices`"),
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


def test_describing_leaves_nothing_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    v4l2.list_devices()
    v4l2.describe("/dev/null")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_links_of_udev_are_identities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "video3"
    node.touch()
    by_id, by_path = tmp_path / "by-id", tmp_path / "by-path"
    monkeypatch.setattr(v4l2, "_LINKS", (by_id, by_path))
    assert v4l2.describe(str(node)).identity == ""
    by_path.mkdir()
    (by_path / "pci-0000:00-usb-0:1:1.0-video-index0").symlink_to(node)
    assert v4l2._link(str(node)).endswith("by-path/pci-0000:00-usb-0:1:1.0-video-index0")
    by_id.mkdir()
    (by_id / "usb-046d_C920-video-index0").symlink_to("../video3")
    assert v4l2._link(str(node)).endswith("by-id/usb-046d_C920-video-index0")
