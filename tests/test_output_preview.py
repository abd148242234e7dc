"""The preview window, driven like a person would, on an X server without a screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from output_support import x_server

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb is for X11"),
]

# Qt keeps its connection for as long as a process lives, so each scenario is one of its own.
DRIVER = '''
import ctypes, json, subprocess, sys, time
import cv2
import numpy as np
from output_support import context, frame_of
from livedepth.outputs.opening import open_output

seen = {"stops": 0, "focus": []}

def stop():
    seen["stops"] += 1

stream = context((320, 180), stop=stop, focus_at=lambda x, y: seen["focus"].append((x, y)))
image = np.full((180, 320, 3), (40, 160, 90), np.uint8)
image[:90, :160] = (200, 60, 20)
preview = open_output("preview", stream)

def show(frames=4):
    for index in range(frames):
        preview.write(frame_of(image, index))
        time.sleep(0.01)

def xdotool(*words):
    run = subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=True)
    return run.stdout.split()

def press(*keys):
    for key in keys:
        xdotool("key", key)
        show()

def click(x, y, button=1):
    xdotool("mousemove", "--window", window, x, y, "click", button)
    show()

def shot():
    """The screen, as BGR."""
    rectangle = cv2.getWindowImageRect("livedepth")
    raw = subprocess.run(["import", "-window", "root", "png:-"], capture_output=True, check=True)
    screen = cv2.imdecode(np.frombuffer(raw.stdout, np.uint8), cv2.IMREAD_COLOR)
    x, y, width, height = rectangle
    return screen[y : y + height, x : x + width]

def setting(name):
    return getattr(stream.settings.current, name)

def close_by_its_button():
    """Send what a window manager sends when the X button is pressed."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    atoms = [x11.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")]
    event = (ctypes.c_long * 24)()
    event[0] = 33
    event[4] = int(window)
    event[5] = atoms[0]
    event[6] = 32
    event[7] = atoms[1]
    x11.XSendEvent(display, ctypes.c_ulong(int(window)), 0, ctypes.c_long(0), event)
    x11.XCloseDisplay(display)

show()
window = xdotool("search", "--name", "^livedepth$")[-1]
xdotool("mousemove", "--window", window, 20, 20)
xdotool("windowsize", "--sync", window, 960, 540)
show()
'''


def drive(scenario: str, tmp_path: Path) -> dict[str, Any]:
    """Run ``scenario`` after the driver; return what it left in ``seen``."""
    tests = Path(__file__).parent
    script = DRIVER + scenario + "\nprint(json.dumps(seen))\n"
    with x_server("xdotool", "import") as display:
        run = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env=os.environ
            | {
                "DISPLAY": display,
                "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}",
                "QT_QPA_PLATFORM": "wayland",
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return json.loads(run.stdout)


def test_keys_change_settings(tmp_path: Path) -> None:
    seen = drive(
        """
seen["effects"] = []
for key in "12345677":
    press(key)
    seen["effects"].append(setting("effect"))
press("8", "Left", "F5", "Return")
press("bracketright", "bracketright", "bracketleft", "plus")
seen["strength"] = setting("strength")
stream.settings.change(strength=0.02)
press("bracketleft")
seen["weakest"] = setting("strength")
colourmaps = []
for _ in range(3):
    press("c")
    colourmaps.append(setting("colourmap"))
seen["colourmaps"] = colourmaps
press("m", "t")
seen["switches"] = [setting("mirror_preview"), setting("show_stats")]
stream.settings.change(focus=0.3)
press("period", "period", "comma")
seen["pulled"] = setting("focus")
stream.settings.change(focus="1 m")
press("comma", "comma", "period")
seen["pulled distance"] = str(setting("focus"))
press("a")
seen["auto"] = setting("focus")
press("b", "p")
seen["next"] = [setting("bokeh"), setting("mode")]
assert seen["stops"] == 0
press("q")
preview.close()
""",
        tmp_path,
    )
    hidden_first = ["blur", "replace", "spotlight", "fog", "depth", "overlay"]
    assert seen["effects"] == [*hidden_first, "overlay", "none"]
    assert seen["pulled"] == 0.34
    assert seen["pulled distance"] == "1.1 m"
    assert seen["next"] == ["hexagon", "paired"]
    assert seen["strength"] == 0.6
    assert seen["weakest"] == 0
    assert seen["colourmaps"] == ["inferno", "grey", "turbo"]
    assert seen["switches"] == [False, True]
    assert seen["auto"] is None
    assert seen["stops"] == 1


def test_the_plain_picture_takes_two_presses_one_after_the_other(tmp_path: Path) -> None:
    seen = drive(
        """
press("2", "7", "1", "7")
seen["with another between"] = setting("effect")
time.sleep(2.6)
press("7")
seen["too late"] = setting("effect")
press("7")
seen["at once"] = setting("effect")
preview.close()
""",
        tmp_path,
    )
    assert seen["with another between"] == "blur"
    assert seen["too late"] == "blur"
    assert seen["at once"] == "none"


def test_clicks_set_the_focus_in_the_unmirrored_frame(tmp_path: Path) -> None:
    seen = drive(
        """
click(240, 135)
stream.settings.change(mirror_preview=False)
click(240, 135)
xdotool("windowsize", "--sync", window, 800, 800)
show()
click(200, 400)
click(200, 100)
click(200, 790)
stream.settings.change(focus=0.3)
click(400, 400, button=3)
seen["auto"] = setting("focus")
preview.close()
""",
        tmp_path,
    )
    np.testing.assert_allclose(seen["focus"], [(0.75, 0.25), (0.25, 0.25), (0.25, 0.5)], atol=3e-3)
    assert seen["auto"] is None


def test_the_picture_keeps_its_shape_and_the_frame_its_pixels(tmp_path: Path) -> None:
    seen = drive(
        """
kept = image.copy()
press("h", "t")
time.sleep(0.3)
show()
cv2.imwrite("help.png", shot())
press("h", "t")
time.sleep(2.6)
show()
cv2.imwrite("wide.png", shot())
xdotool("windowsize", "--sync", window, 600, 700)
show(10)
cv2.imwrite("tall.png", shot())
assert (image == kept).all()
preview.close()
""",
        tmp_path,
    )
    assert seen["stops"] == 0
    wide, tall, helping = (
        cv2.imread(str(tmp_path / name)) for name in ("wide.png", "tall.png", "help.png")
    )
    assert wide.shape == (540, 960, 3)
    np.testing.assert_array_equal(wide[100, 100], (200, 60, 20))
    np.testing.assert_array_equal(wide[500, 900], (40, 160, 90))
    assert tall.shape == (700, 600, 3)
    assert (tall[:175] == 0).all()
    assert (tall[-175:] == 0).all()
    np.testing.assert_array_equal(tall[185, 10], (200, 60, 20))
    np.testing.assert_array_equal(tall[515, 590], (40, 160, 90))
    assert (helping != wide).any(axis=2).mean() > 0.2


def test_a_snapshot_is_what_was_shown_without_the_overlay(tmp_path: Path) -> None:
    drive(
        """
press("h", "t", "s")
cv2.imwrite("frame.bmp", image)
preview.close()
""",
        tmp_path,
    )
    (snapshot,) = tmp_path.glob("livedepth-*.png")
    expected = cv2.imread(str(tmp_path / "frame.bmp"))
    np.testing.assert_array_equal(cv2.imread(str(snapshot)), expected)


def test_a_full_disk_leaves_no_half_snapshot(tmp_path: Path) -> None:
    code = """
import resource
import numpy as np
from livedepth.outputs.preview import _save_snapshot
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
print(_save_snapshot(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)))
"""
    (tmp_path / "Pictures").mkdir()
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("No snapshot: ")
    assert "cannot be written: File too large" in run.stdout
    assert not list(tmp_path.rglob("*.png"))


def test_closing_the_window_stops_the_stream_once(tmp_path: Path) -> None:
    seen = drive(
        """
close_by_its_button()
show(20)
preview.close()
preview.close()
""",
        tmp_path,
    )
    assert seen["stops"] == 1


def test_escape_leaves_full_screen_first(tmp_path: Path) -> None:
    seen = drive(
        """
press("f")
press("Escape")
seen["after one"] = seen["stops"]
press("Escape")
preview.close()
again = open_output("preview", stream)
again.write(frame_of(image))
again.close()
""",
        tmp_path,
    )
    assert seen["after one"] == 0
    assert seen["stops"] == 1


def test_sliders_follow_the_mouse(tmp_path: Path) -> None:
    seen = drive(
        """
from livedepth.outputs.panel import text_size
from livedepth.outputs.sliders import KEYS, lay_out

layout = lay_out((960, 540), text_size((960, 540)))

def at(key, share):
    row = layout.baseline(KEYS.index(key)) - layout.size // 3
    return layout.track[0] + round(share * layout.track[1]), row

press("g")
click(*at("strength", 1.0))
seen["strength"] = setting("strength")
click(*at("focus", 0.5))
seen["chosen"] = setting("focus")
xdotool("mousedown", 1)
xdotool("mousemove", "--window", window, *at("focus", 0.75))
show()
xdotool("mouseup", 1)
show()
seen["dragged"] = setting("focus")
cv2.imwrite("sliders.png", shot())
click(*at("focus", 0.5), button=3)
seen["reset"] = setting("focus")
press("g")
click(*at("focus", 0.5))
preview.close()
""",
        tmp_path,
    )
    assert seen["strength"] == 1.0
    assert abs(seen["chosen"] - 0.5) < 0.02
    assert abs(seen["dragged"] - 0.75) < 0.02
    assert seen["reset"] is None
    assert len(seen["focus"]) == 1
