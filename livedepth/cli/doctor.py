"""``livedepth doctor``: what works on this machine, and how to mend what does not."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from livedepth import __version__
from livedepth.cli.console import print_json
from livedepth.errors import LivedepthError

if TYPE_CHECKING:
    from livedepth.outputs.loopback import LoopbackDevice

State = Literal["ok", "missing", "wrong"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: ok; missing, which limits what can be done; or wrong, which must be mended."""

    name: str
    state: State
    finding: str
    remedy: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print every finding; the exit status is 1 if anything is wrong."""
    checks = list(_checks())
    if arguments.json:
        print_json([asdict(check) for check in checks])
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            print(f"{check.state:<8} {check.name:<{width}}  {check.finding}")
            if check.remedy:
                print(f"{'':<8} {'':<{width}}  -> {check.remedy}")
    return int(any(check.state == "wrong" for check in checks))


def _checks() -> Iterator[Check]:
    yield Check(
        "livedepth",
        "ok",
        f"{__version__}, Python {platform.python_version()}, {platform.system()}, "
        f"{os.cpu_count()} cores",
    )
    for check in (_settings, _cameras, _virtual_cameras, _display, _engines, _kernel_cache):
        yield from _guarded(check)


def _guarded(check: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from check()
    except LivedepthError as error:
        yield Check(check.__name__.strip("_").replace("_", " "), "wrong", str(error))


def _settings() -> Iterator[Check]:
    from livedepth.config import load_settings, user_config_file

    load_settings()
    file = user_config_file()
    yield Check("settings", "ok", str(file) if file.exists() else f"defaults; {file} is not there")


def _cameras() -> Iterator[Check]:
    from livedepth.capture.camera import list_cameras

    cameras = [camera for camera in list_cameras() if camera.capture and not camera.virtual]
    if not cameras:
        yield Check(
            "camera",
            "missing",
            "no camera found",
            "plug one in, or use --source FILE or --source demo",
        )
    for camera in cameras:
        state: State = "wrong" if camera.problem else "ok"
        yield Check("camera", state, f"{camera} {camera.problem}".strip())


def _virtual_cameras() -> Iterator[Check]:
    from livedepth.outputs.virtual_camera import list_virtual_cameras, virtual_camera_advice

    cameras = list_virtual_cameras()
    if not cameras:
        yield Check(
            "virtual camera", "missing", "calls cannot see livedepth yet", virtual_camera_advice()
        )
    for camera in cameras:
        yield _virtual_camera(camera)


def _virtual_camera(camera: LoopbackDevice) -> Check:
    """Whether calls can see ``camera``, and whether livedepth may write to it."""
    from livedepth.outputs.loopback import JOIN_GROUP, MODPROBE, UNLOAD, hidden_from_chrome

    finding = f"{camera.label} ({camera.device})"
    if not os.access(camera.device, os.R_OK | os.W_OK):
        return Check("virtual camera", "wrong", f"{finding} may not be written by you", JOIN_GROUP)
    if hidden_from_chrome(camera.device):
        return Check(
            "virtual camera",
            "wrong",
            f"{finding} is hidden from Chrome (exclusive_caps=0)",
            f"{UNLOAD}, then: {MODPROBE}",
        )
    return Check("virtual camera", "ok", finding)


def _display() -> Iterator[Check]:
    from livedepth.outputs.display import why_no_display

    problem = why_no_display()
    if problem:
        yield Check(
            "display", "missing", problem, "start from a desktop session to use --output preview"
        )
    else:
        yield Check("display", "ok", "a preview window can be opened")


def _engines() -> Iterator[Check]:
    from livedepth.depth.registry import verdicts

    results = verdicts()
    for verdict in results:
        if not verdict.reason:
            yield Check("engine", "ok", f"{verdict.engine} {verdict}")
        else:
            finding, _, remedy = verdict.reason.partition("; ")
            yield Check("engine", "missing", finding, remedy)
    if all(verdict.reason for verdict in results):
        yield Check("engine", "wrong", "no engine runs the embedded network",
                    "pip install --force-reinstall opencv-python")  # fmt: skip


def _kernel_cache() -> Iterator[Check]:
    try:
        from livedepth.compositor.kernels import blend
    except RuntimeError as error:
        yield Check("kernel cache", "wrong", f"there is no folder to keep kernels in: {error}",
                    "set NUMBA_CACHE_DIR to a folder of yours")  # fmt: skip
        return
    kernels = [value for value in vars(blend).values() if hasattr(value, "stats")]
    folder = kernels[0].stats.cache_path
    if os.access(folder, os.W_OK):
        yield Check("kernel cache", "ok", str(folder))
    else:
        yield Check("kernel cache", "wrong", f"{folder} cannot be written, every start compiles",
                    "set NUMBA_CACHE_DIR to a folder of yours")  # fmt: skip
