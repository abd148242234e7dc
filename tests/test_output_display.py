"""Whether a window can be opened."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from output_support import context, open_files, x_server

from livedepth.errors import DisplayError
from livedepth.outputs import display

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is asked on Linux")


@pytest.fixture(autouse=True)
def _no_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@linux
def test_without_a_desktop_the_reason_is_one_line_with_a_way_out() -> None:
    assert not display.display_available()
    with pytest.raises(DisplayError) as caught:
        display.require_display()
    text = str(caught.value)
    assert "DISPLAY is not set" in text
    assert "choose another output" in text
    assert "\n" not in text


@linux
def test_wayland_alone_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "XWayland" in str(display.why_no_display())


@linux
@pytest.mark.parametrize("name", [":4711", "localhost:4711", "nonsense"])
def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DISPLAY", name)
    before = open_files()
    assert f"DISPLAY={name} refuses or is not running" in str(display.why_no_display())
    assert open_files() == before


@linux
def test_a_server_that_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A socket that hangs up, as a server does that does not know the user."""
    number = next(n for n in range(600, 700) if not Path(f"/tmp/.X11-unix/X{n}").exists())
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0/tmp/.X11-unix/X{number}")
        listener.listen()
        code = (
            "from livedepth.outputs.display import why_no_display as why; print(why(), flush=True)"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent.parent,
            env=os.environ | {"DISPLAY": f":{number}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        listener.settimeout(20)
        listener.accept()[0].close()
        assert "refuses or is not running" in child.communicate(timeout=20)[0]


@linux
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file: No such file or directory")

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(display.ctypes, "CDLL", refuse)
    reason = display.why_no_display()
    assert reason == "the library libxcb.so.1 cannot be loaded; install its package"


def test_elsewhere_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for platform in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        assert display.display_available()


@linux
def test_a_plugin_is_chosen_that_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(display, "_shipped_plugins", lambda: [tmp_path / "libqxcb.so"])
    for wanted in ("", "wayland", "wayland;xcb", "xcb", "xcb:option"):
        monkeypatch.setenv("QT_QPA_PLATFORM", wanted)
        display.prefer_shipped_plugin()
        assert os.environ["QT_QPA_PLATFORM"].startswith("xcb")
    monkeypatch.setattr(display, "_shipped_plugins", list)
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland")
    display.prefer_shipped_plugin()
    assert os.environ["QT_QPA_PLATFORM"] == "wayland"


@linux
def test_the_preview_says_so_and_the_process_lives() -> None:
    from livedepth.outputs.opening import open_output

    before = open_files()
    with pytest.raises(DisplayError, match="the preview cannot open a window"):
        open_output("preview", context())
    assert open_files() == before


@linux
@pytest.mark.display
def test_with_a_server_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    with x_server() as name:
        monkeypatch.setenv("DISPLAY", name)
        assert display.why_no_display() is None
