"""Whether a window can be opened, found out before Qt is asked, which would end the process."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from livedepth.errors import DisplayError


def display_available() -> bool:
    """Whether this process can open a window."""
    return why_no_display() is None


def require_display() -> None:
    """Raise DisplayError, with the reason, unless a window can be opened."""
    reason = why_no_display()
    if reason:
        raise DisplayError(
            f"the preview cannot open a window: {reason}; or choose another output, "
            "such as virtual-camera or clip.mp4"
        )


def why_no_display() -> str | None:
    """Say why no window can be opened and what to do about it, or None where one can.

    macOS and Windows are taken to have a display. Elsewhere OpenCV draws through X11: the
    server is asked, with the user's credentials, and the libraries that Qt needs are loaded.
    """
    if not sys.platform.startswith("linux"):
        return None
    display = os.environ.get("DISPLAY")
    if not display:
        if os.environ.get("WAYLAND_DISPLAY"):
            return "OpenCV draws through X11 and DISPLAY is not set; start XWayland"
        return "DISPLAY is not set; run this in a desktop session, or with ssh -X"
    plugins = _shipped_plugins()
    try:
        server_answers = _server_answers()
        for plugin in plugins:
            ctypes.CDLL(str(plugin))
    except OSError as error:
        library = str(error).partition(":")[0]
        return f"the library {library} cannot be loaded; install its package"
    if not server_answers:
        return f"the X server at DISPLAY={display} refuses or is not running; check DISPLAY"
    return None


def prefer_shipped_plugin() -> None:
    """Make Qt use a platform plugin that OpenCV ships, where it ships any.

    The desktop may ask for one that is not there (wayland): Qt would warn, or end the process.
    """
    shipped = {plugin.stem.removeprefix("libq") for plugin in _shipped_plugins()}
    if shipped and os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] not in shipped:
        os.environ["QT_QPA_PLATFORM"] = min(shipped)


def _shipped_plugins() -> list[Path]:
    package = importlib.util.find_spec("cv2")
    if package is None or package.origin is None:
        return []
    return sorted(Path(package.origin).parent.glob("qt/plugins/platforms/libq*.so"))


def _server_answers() -> bool:
    """Connect to the X server named by DISPLAY and leave again. Raises OSError without libxcb."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    try:
        return int(xcb.xcb_connection_has_error(connection)) == 0
    finally:
        xcb.xcb_disconnect(connection)
