"""``livedepth devices``: the cameras and virtual cameras of this machine."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from livedepth.capture.camera import CameraInfo, Control, list_cameras
from livedepth.capture.modes import Mode
from livedepth.cli.console import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List what there is, with identities, formats, sizes, rates and controls."""
    cameras = list_cameras()
    if arguments.json:
        print_json([asdict(camera) for camera in cameras])
        return 0
    if not cameras:
        print("no camera and no virtual camera here; `livedepth demo` needs neither")
    for camera in cameras:
        print(_headline(camera))
        if camera.identity:
            print(f"    identity  {camera.identity}")
        for line in _modes(camera.modes):
            print(f"    {line}")
        for control in camera.controls:
            print(f"    {_control(control)}")
    return 0


def _headline(camera: CameraInfo) -> str:
    kind = "virtual camera" if camera.virtual else "camera" if camera.capture else "other device"
    where = f", {camera.bus}" if camera.bus else ""
    problem = f": {camera.problem}" if camera.problem else ""
    return f"{camera.index}  {camera.name} ({kind}, {camera.path}{where}){problem}"


def _modes(modes: Sequence[Mode]) -> Iterator[str]:
    """One line for the sizes that a pixel format has at the same rates."""
    groups: dict[tuple[str, tuple[float, ...]], list[str]] = {}
    for mode in modes:
        size = "{}x{}".format(*mode.largest)
        if mode.smallest != mode.largest:
            size = "{}x{} to ".format(*mode.smallest) + size
        groups.setdefault((mode.pixel_format, mode.rates), []).append(size)
    for (pixel_format, rates), sizes in groups.items():
        shown = ", ".join(f"{rate:g}" for rate in rates)
        at = f" at {shown} frames a second" if rates else ""
        yield f"{pixel_format:<8}  {', '.join(sizes)}{at}"


def _control(control: Control) -> str:
    if control.choices:
        span = "; ".join(control.choices)
    elif control.kind == "switch":
        span = "0 or 1"
    else:
        span = f"{control.minimum} to {control.maximum}"
    state = " (read only)" if control.read_only else "" if control.active else " (automatic now)"
    return f"control   {control.name} {control.value}{state}, default {control.default}, of {span}"
