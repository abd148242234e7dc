"""``livedepth devices``: the cameras and virtual cameras of this machine."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from livedepth.capture.camera import CameraInfo, Mode, list_cameras
from livedepth.cli.console import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List what there is, with formats, sizes and rates."""
    cameras = list_cameras()
    if arguments.json:
        print_json([asdict(camera) for camera in cameras])
        return 0
    if not cameras:
        print("no camera and no virtual camera here; `livedepth demo` needs neither")
    for camera in cameras:
        print(_headline(camera))
        for mode in camera.modes:
            print(f"    {_mode(mode)}")
    return 0


def _headline(camera: CameraInfo) -> str:
    kind = "virtual camera" if camera.virtual else "camera" if camera.capture else "other device"
    where = f", {camera.bus}" if camera.bus else ""
    problem = f": {camera.problem}" if camera.problem else ""
    return f"{camera.index}  {camera.name} ({kind}, {camera.path}{where}){problem}"


def _mode(mode: Mode) -> str:
    size = "{}x{}".format(*mode.largest)
    if mode.smallest != mode.largest:
        size = "{}x{} to ".format(*mode.smallest) + size
    rates = ", ".join(f"{rate:g}" for rate in mode.rates)
    return f"{mode.pixel_format} {size}" + (f" at {rates} frames a second" if rates else "")
