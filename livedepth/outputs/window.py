"""One OpenCV window: what is shown in it, and the keys and clicks that come back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from livedepth.errors import DisplayError
from livedepth.frame import Image
from livedepth.outputs.display import prefer_shipped_plugin, require_display

ESCAPE = "escape"

# Fits the usable area of nearly every screen, title bar and task bar included.
_FIRST_SIZE = (1280, 720)

_FLAGS = cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL


@dataclass(frozen=True, slots=True)
class Click:
    """A mouse button pressed at (x, y), in pixels of the picture that was shown.

    dragged: the left button was pressed before, and is held while the mouse moves.
    """

    x: int
    y: int
    right: bool
    dragged: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies in a window, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def position(self, x: int, y: int) -> tuple[float, float] | None:
        """Return the pixel (x, y) of the window in 0..1 of the picture, None if beside it."""
        across, down = (x - self.left + 0.5) / self.width, (y - self.top + 0.5) / self.height
        return (across, down) if 0 <= across <= 1 and 0 <= down <= 1 else None


def fit(picture: tuple[int, int], window: tuple[int, int]) -> Place:
    """Place a picture of size (width, height) as large as it fits, in the middle of a window."""
    scale = min(window[0] / picture[0], window[1] / picture[1])
    width = min(max(1, round(picture[0] * scale)), window[0])
    height = min(max(1, round(picture[1] * scale)), window[1])
    return Place((window[0] - width) // 2, (window[1] - height) // 2, width, height)


class Window:
    """A resizable window on the screen."""

    def __init__(self, title: str, picture: tuple[int, int]) -> None:
        """Open a window called ``title`` in the shape of a ``picture`` (width, height).

        Raises DisplayError where no window can be opened.
        """
        require_display()
        prefer_shipped_plugin()
        self._title = title
        self._clicks: list[Click] = []
        self._full_screen = False
        place = fit(picture, _FIRST_SIZE)
        self._size = (place.width, place.height)
        try:
            cv2.namedWindow(title, _FLAGS)
        except cv2.error as error:
            raise DisplayError(
                "this OpenCV was built without windows; "
                "pip uninstall opencv-python-headless, then pip install opencv-python"
            ) from error
        self._open = True
        cv2.resizeWindow(title, *self._size)
        cv2.setMouseCallback(title, self._on_mouse)

    @property
    def open(self) -> bool:
        """Whether the window is there: the person in front of it may have closed it."""
        return self._open

    @property
    def full_screen(self) -> bool:
        """Whether the window covers the screen."""
        return self._full_screen

    @full_screen.setter
    def full_screen(self, wanted: bool) -> None:
        self._full_screen = wanted
        mode = cv2.WINDOW_FULLSCREEN if wanted else cv2.WINDOW_NORMAL
        cv2.setWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN, mode)

    def size(self) -> tuple[int, int]:
        """Return (width, height) of the area to draw on, in pixels."""
        _, _, width, height = cv2.getWindowImageRect(self._title)
        if width > 0 and height > 0:
            self._size = (width, height)
        return self._size

    def show(self, picture: Image) -> None:
        """Show ``picture``, BGR uint8 of the window's size; it is copied."""
        cv2.imshow(self._title, picture)

    def poll(self) -> tuple[str, list[Click]]:
        """Let the window system work; return the key and the clicks since the last call.

        The key is a lower-case character, ESCAPE or empty.
        """
        code = cv2.pollKey()
        try:
            self._open = cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:
            # Qt is gone with its last window, and the question is an error then.
            self._open = False
        clicks, self._clicks = self._clicks, []
        return key_name(code), clicks

    def close(self) -> None:
        """Close the window; safe to call twice and when it was closed from outside."""
        if self._open:
            self._open = False
            cv2.destroyWindow(self._title)
            cv2.pollKey()

    def _on_mouse(self, event: int, x: int, y: int, flags: int, *_: object) -> None:
        if event in (cv2.EVENT_LBUTTONDOWN, cv2.EVENT_RBUTTONDOWN):
            self._clicks.append(Click(x, y, event == cv2.EVENT_RBUTTONDOWN))
        elif event == cv2.EVENT_MOUSEMOVE and flags & cv2.EVENT_FLAG_LBUTTON:
            self._clicks.append(Click(x, y, right=False, dragged=True))


def key_name(code: int) -> str:
    """Name a key code of OpenCV: a lower-case character, ESCAPE, or empty for other keys.

    Back ends differ: some add bits for modifiers above the low 16, some return X key symbols,
    whose special keys are 0xff00 and up and must not be taken for letters.
    """
    code &= 0xFFFF
    if code in (0x1B, 0xFF1B):
        return ESCAPE
    return chr(code).lower() if 0x20 <= code < 0x7F else ""
