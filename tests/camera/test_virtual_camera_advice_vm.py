"""What is said when the virtual camera cannot be had, and that what is said helps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from output_support import context, frame_of, pattern
from virtual_camera_support import (
    DEVICE,
    assert_alike,
    ffmpeg_reader,
    module,
    needs_guest,
    no_module,
)

from livedepth.errors import VirtualCameraError
from livedepth.outputs import loopback
from livedepth.outputs.opening import open_output

pytestmark = [pytest.mark.camera, needs_guest]

SIZE = (320, 180)


def refusal(spec: str = "virtual-camera") -> str:
    with pytest.raises(VirtualCameraError) as caught:
        open_output(spec, context(SIZE)).close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


DOCTOR = """
import json, os, sys
from dataclasses import asdict
from livedepth.cli import doctor
from livedepth.outputs import virtual_camera
os.setuid(int(sys.argv[1]))
print(json.dumps([asdict(check) for check in doctor._virtual_cameras()]))
"""


def doctor(user: int = 0) -> list[dict[str, str]]:
    """What ``livedepth doctor`` finds about virtual cameras, which is the quick part of it."""
    run = subprocess.run(
        [sys.executable, "-c", DOCTOR, str(user)], capture_output=True, text=True, check=True
    )
    return list(json.loads(run.stdout))


def obey(line: str) -> None:
    """Do what was said; there is no sudo in the guest, and no need of one."""
    subprocess.run(["bash", "-ec", line.replace("sudo ", "")], check=True)


def opens() -> bool:
    with closing(open_output("virtual-camera", context(SIZE))) as output:
        output.write(frame_of(pattern(SIZE)))
    return True


def test_without_the_module_the_line_that_is_said_loads_it() -> None:
    with module():
        pass
    with no_module():
        text = refusal()
        assert text == f"there is no virtual camera; {loopback.MODPROBE}"
        (check,) = doctor()
        assert (check["state"], check["remedy"]) == ("missing", loopback.MODPROBE)
        obey(loopback.MODPROBE)
        assert opens()
        assert not loopback.hidden_from_chrome(DEVICE)
        obey(loopback.UNLOAD)


def test_a_module_without_a_device_is_loaded_again() -> None:
    with module("devices=0"):
        text = refusal()
        assert "v4l2loopback is loaded without a device" in text
        (check,) = doctor()
        assert check["remedy"] == f"{text.partition('; ')[2]}"
        obey(f"{loopback.UNLOAD}; {loopback.MODPROBE}")
        assert opens()


def test_without_exclusive_caps_it_works_and_chrome_is_told_of() -> None:
    with module("video_nr=10", "exclusive_caps=0"):
        with closing(open_output("virtual-camera", context(SIZE))) as output:
            assert "hidden from Chrome" in output.name
        (check,) = doctor()
        assert check["state"] == "wrong"
        assert "exclusive_caps=0" in check["finding"]
        obey(check["remedy"].replace(", then: ", "; "))
        assert opens()
        assert doctor()[0]["state"] == "ok"


def test_a_device_in_use_is_told_with_the_way_to_two() -> None:
    with closing(open_output("virtual-camera", context(SIZE))):
        text = refusal()
    assert f"{DEVICE} is in use by another program" in text
    assert text.endswith(f"{loopback.UNLOAD}, then: {loopback.MODPROBE_TWO}")


def test_too_many_programs_are_told() -> None:
    loopback.ready_device(None)
    nodes = [os.open(DEVICE, os.O_RDWR | os.O_NONBLOCK) for _ in range(10)]
    try:
        assert "is in use by too many programs; close one" in refusal()
    finally:
        for node in nodes:
            os.close(node)


def test_doctor_names_the_group_to_somebody_without_permission() -> None:
    Path(DEVICE).chmod(0o600)
    (check,) = doctor(65534)
    assert (check["state"], check["remedy"]) == ("wrong", loopback.JOIN_GROUP)


def test_colour_and_depth_go_to_two_cameras_at_once(tmp_path: Path) -> None:
    colour, depth = pattern(SIZE), pattern(SIZE)[::-1].copy()
    with module(*loopback.MODPROBE_TWO.split()[3:]):
        outputs = [
            open_output(spec, context(SIZE))
            for spec in ("virtual-camera:/dev/video10", "depth:virtual-camera:/dev/video11")
        ]
        assert [output.name.split()[-1] for output in outputs] == ["/dev/video10", "/dev/video11"]
        targets = [tmp_path / "colour.raw", tmp_path / "depth.raw"]
        for output, image in zip(outputs, (colour, depth), strict=True):
            output.write(frame_of(image))
        readers = [
            subprocess.Popen(ffmpeg_reader(target, f"/dev/video{number}"))
            for target, number in zip(targets, (10, 11), strict=True)
        ]
        end = time.monotonic() + 60
        while any(reader.poll() is None for reader in readers) and time.monotonic() < end:
            for output, image in zip(outputs, (colour, depth), strict=True):
                output.write(frame_of(image))
            time.sleep(0.03)
        for output in outputs:
            output.close()
        assert [reader.wait(1) for reader in readers] == [0, 0]
        for target, image in zip(targets, (colour, depth), strict=True):
            assert_alike(np.fromfile(target, np.uint8).reshape(image.shape), image)
