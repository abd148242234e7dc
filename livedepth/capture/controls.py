"""A camera's own exposure, white balance, focus and flicker filter: set, followed, put back."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from livedepth.settings import Settings


@dataclass(frozen=True, slots=True)
class Span:
    """The values that a control takes; choices are those of a menu."""

    minimum: int
    maximum: int
    step: int = 1
    choices: tuple[int, ...] = ()

    def nearest(self, value: float) -> int:
        """Return the value it takes that is nearest to the one asked for."""
        if self.choices:
            return min(self.choices, key=lambda choice: abs(choice - value))
        step = max(self.step, 1)
        steps = round((min(max(value, self.minimum), self.maximum) - self.minimum) / step)
        return min(self.minimum + steps * step, self.maximum)


class Panel(Protocol):
    """The controls of a driver by their V4L2 identifiers; ``get`` and ``set`` raise OSError."""

    def span(self, identifier: int) -> Span | None:
        """Return what the control takes, or None where there is no such control."""
        ...

    def get(self, identifier: int) -> int:
        """Return its value."""
        ...

    def set(self, identifier: int, value: int) -> None:
        """Change its value."""
        ...


@dataclass(frozen=True, slots=True)
class Adjustment:
    """How a setting reaches a camera.

    value: the control it sets, in ``unit`` of the setting's own unit; share: over its range
    instead. automatic: the control that lets the camera see to it, ``manual`` when it does not,
    ``automatics`` when it does, the best first. words: the setting's texts and their values.
    """

    key: str
    value: int
    automatic: int = 0
    manual: int = 0
    automatics: tuple[int, ...] = (1,)
    unit: float = 1.0
    share: bool = False
    words: tuple[tuple[str, int], ...] = ()


ADJUSTMENTS = (
    # UVC cameras measure exposure in 0.1 ms and call their automatic one "aperture priority".
    Adjustment("exposure", 0x009A0902, 0x009A0901, 1, (3, 0, 2), unit=0.1),
    Adjustment("white_balance", 0x0098091A, 0x0098090C),
    Adjustment("lens_focus", 0x009A090A, 0x009A090C, share=True),
    Adjustment("power_line", 0x00980918, words=(("off", 0), ("50", 1), ("60", 2), ("auto", 3))),
)


class CameraControls:
    """Makes a camera follow the settings, and leaves it as it was found."""

    def __init__(self, panel: Panel, name: str, tell: Callable[[str], None]) -> None:
        """``name``: how messages call the camera. tell: takes one line on what it lacks."""
        self._panel = panel
        self._name = name
        self._tell = tell
        self._wishes: dict[str, object] = {}
        self._found: dict[Adjustment, tuple[int | None, int | None]] = {}

    def apply(self, settings: Settings) -> None:
        """Set what differs from the settings applied last; what cannot be set is told.

        ``keep`` puts back what was found. Raises nothing when the camera refuses or is gone.
        """
        refused = []
        for adjustment in ADJUSTMENTS:
            wish = getattr(settings, adjustment.key)
            if wish == self._wishes.get(adjustment.key, "keep"):
                continue
            self._wishes[adjustment.key] = wish
            if wish == "keep":
                self._put_back(adjustment)
                continue
            try:
                if not self._adjust(adjustment, wish):
                    refused.append(_shown(adjustment, wish))
            except OSError as error:
                self._put_back(adjustment)
                if error.errno not in (errno.ENODEV, errno.ENXIO):
                    refused.append(_shown(adjustment, wish))
        if refused:
            self._tell(
                f"the camera {self._name} cannot follow {', '.join(refused)}; it stays as it is "
                "(`livedepth devices` lists its controls)"
            )

    def _adjust(self, adjustment: Adjustment, wish: float | str) -> bool:
        """Whether the camera has what it takes; raises OSError when it refuses."""
        words = dict(adjustment.words)
        if wish == "auto" and not words:
            return self._leave_to_camera(adjustment)
        span = self._panel.span(adjustment.value)
        if span is None:
            return False
        if words:
            value = words[str(wish)]
            if value not in (span.choices or range(span.minimum, span.maximum + 1)):
                return False
        else:
            value = self._scaled(adjustment, span, float(wish))
        self._remember(adjustment)
        if self._has_automatic(adjustment):
            self._panel.set(adjustment.automatic, adjustment.manual)
        self._panel.set(adjustment.value, value)
        return True

    def _leave_to_camera(self, adjustment: Adjustment) -> bool:
        span = self._panel.span(adjustment.automatic)
        offered = span.choices or range(span.minimum, span.maximum + 1) if span else ()
        modes = [mode for mode in adjustment.automatics if mode in offered]
        if modes:
            self._remember(adjustment)
            self._panel.set(adjustment.automatic, modes[0])
        return bool(modes)

    def _scaled(self, adjustment: Adjustment, span: Span, wish: float) -> int:
        if adjustment.share:
            return span.nearest(span.minimum + wish * (span.maximum - span.minimum))
        asked = wish / adjustment.unit
        value = span.nearest(asked)
        if not span.minimum <= asked <= span.maximum:
            low, high = span.minimum * adjustment.unit, span.maximum * adjustment.unit
            self._tell(
                f"the camera {self._name} takes {adjustment.key} from {low:g} to {high:g}; "
                f"it is set to {value * adjustment.unit:g}"
            )
        return value

    def _has_automatic(self, adjustment: Adjustment) -> bool:
        return bool(adjustment.automatic) and self._panel.span(adjustment.automatic) is not None

    def _remember(self, adjustment: Adjustment) -> None:
        """Keep what the camera was set to before it was first touched."""
        if adjustment in self._found:
            return
        automatic = (
            self._panel.get(adjustment.automatic) if self._has_automatic(adjustment) else None
        )
        has_value = self._panel.span(adjustment.value) is not None
        value = self._panel.get(adjustment.value) if has_value else None
        self._found[adjustment] = (automatic, value)

    def _put_back(self, adjustment: Adjustment) -> None:
        """Set what was found: the value by hand, then the automatic one."""
        if adjustment not in self._found:
            return
        automatic, value = self._found.pop(adjustment)
        steps = [(adjustment.value, value), (adjustment.automatic, automatic)]
        if automatic is not None:
            steps.insert(0, (adjustment.automatic, adjustment.manual))
        for identifier, found in steps:
            if found is not None:
                with contextlib.suppress(OSError):
                    self._panel.set(identifier, found)

    def restore(self) -> None:
        """Leave the camera as it was found; what a camera that is gone cannot take is let be."""
        for adjustment in list(self._found):
            self._put_back(adjustment)
        self._wishes.clear()


def _shown(adjustment: Adjustment, wish: float | str) -> str:
    """Numbers are left out, so that a slider that is drawn does not tell each of them."""
    return f"{adjustment.key} = {wish}" if isinstance(wish, str) else adjustment.key
