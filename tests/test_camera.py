"""Which camera a text means, and which one is the same again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from livedepth.capture.camera import CameraInfo, find_again, find_camera, list_cameras
from livedepth.errors import CameraLostError, SourceError

REAL = CameraInfo("HD Pro Webcam", "/dev/video2", 2, "usb-1")
TWIN = CameraInfo("HD Pro Webcam", "/dev/video6", 6, "usb-2")
BROKEN = CameraInfo("Infrared", "/dev/video0", 0, problem="it is in use by zoom (pid 7)")
VIRTUAL = CameraInfo("OBS", "/dev/video1", 1, virtual=True)
SINK = CameraInfo("Sink", "/dev/video9", 9, virtual=True, capture=False, problem="no writer")


def test_auto_takes_the_first_real_camera_that_works() -> None:
    assert find_camera("auto", [BROKEN, VIRTUAL, REAL, TWIN, SINK]) is REAL
    assert find_camera("auto", [BROKEN, VIRTUAL]) is BROKEN
    assert find_camera("auto", [BROKEN]) is BROKEN
    with pytest.raises(SourceError, match=r"or name a virtual one \(OBS\)"):
        find_camera("auto", [VIRTUAL])
    for none in ([], [SINK]):
        with pytest.raises(SourceError, match="no camera found; plug one in"):
            find_camera("auto", none)


@pytest.mark.parametrize(
    ("text", "camera"),
    [("2", REAL), ("/dev/video6", TWIN), ("obs", VIRTUAL), ("INFRA", BROKEN), ("9", SINK)],
)
def test_by_number_path_and_name(text: str, camera: CameraInfo) -> None:
    assert find_camera(text, [BROKEN, VIRTUAL, REAL, TWIN, SINK]) is camera


def test_an_unknown_name_lists_the_cameras() -> None:
    with pytest.raises(SourceError, match="there is no camera 'logi'; cameras here: 2 HD Pro"):
        find_camera("logi", [REAL, TWIN, VIRTUAL])
    with pytest.raises(SourceError, match="there is no camera '7'; cameras here: none"):
        find_camera("7", [])


@pytest.mark.parametrize("text", ["webcam", "HD Pro Webcam"])
def test_two_of_one_name_are_told_apart_by_number_or_identity(text: str) -> None:
    link = "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam-video-index0"
    linked = replace(REAL, identity=link)
    twin = replace(TWIN, identity="usb-2 HD Pro Webcam")
    cameras = [linked, twin, VIRTUAL]
    with pytest.raises(SourceError, match=f"more than one camera fits '{text}'") as caught:
        find_camera(text, cameras)
    assert str(caught.value).endswith(f"2 = {link}; 6 = usb-2 HD Pro Webcam")
    assert find_camera(link, cameras) is linked
    assert find_camera("usb-2 HD Pro Webcam", cameras) is twin


def test_of_one_device_with_several_nodes_the_first_is_meant() -> None:
    infrared = CameraInfo("BRIO", "/dev/video4", 4, "usb-1", node=2)
    colour = CameraInfo("BRIO", "/dev/video2", 2, "usb-1")
    assert find_camera("brio", [colour, infrared]) is colour


def test_a_link_to_a_node_means_the_node(tmp_path: Path) -> None:
    node = tmp_path / "video2"
    node.touch()
    (tmp_path / "link").symlink_to(node)
    camera = CameraInfo("Webcam", str(node), 2)
    assert find_camera(str(tmp_path / "link"), [camera]) is camera


def test_a_camera_is_found_again_by_identity_then_place_then_name() -> None:
    moved = CameraInfo("HD Pro Webcam", "/dev/video4", 4, "usb-2")
    assert find_again(TWIN, [REAL, moved]) is moved
    assert find_again(CameraInfo("HD Pro Webcam", "/dev/video3", 3, "usb-9"), [REAL]) is REAL
    known = replace(TWIN, identity="by-id/twin")
    elsewhere = replace(known, path="/dev/video9", index=9, bus="usb-7")
    assert find_again(known, [REAL, elsewhere]) is elsewhere
    infrared = replace(TWIN, node=2)
    assert find_again(TWIN, [infrared, moved]) is moved
    with pytest.raises(CameraLostError, match="HD Pro Webcam is not connected"):
        find_again(REAL, [VIRTUAL])
    with pytest.raises(CameraLostError, match="HD Pro Webcam is not connected"):
        find_again(TWIN, [infrared])
    idle = replace(SINK, capture=False)
    with pytest.raises(CameraLostError, match="Sink: no writer"):
        find_again(replace(SINK, capture=True), [idle, REAL])


def test_this_machine_can_be_asked() -> None:
    assert all(camera.index >= 0 and camera.name for camera in list_cameras())
