"""Every exception livedepth raises on purpose.

    LivedepthError                   exit status 1
    ├── UsageError                   exit status 2: the request itself is wrong
    │   └── SettingsError            an unknown key or a value not allowed (a ValueError too)
    ├── SourceError                  a camera, file or stream that cannot be opened or read
    │   └── CameraLostError          a camera that delivered frames and stopped
    ├── ModelError                   a model file that is missing, no model, or of the wrong shape
    │   └── EngineError              an engine that is absent or failed its self-test
    └── OutputError                  an output that cannot be opened or written
        ├── DisplayError             a window was asked for and there is no display
        └── VirtualCameraError       no virtual camera, or one that refuses

A message is one line: it names the thing and the way out. The cause travels as ``__cause__``.
"""

from __future__ import annotations


class LivedepthError(Exception):
    """Base of all errors that livedepth raises on purpose."""

    exit_status = 1


class UsageError(LivedepthError):
    """The request itself is wrong: a command line, a setting, an argument."""

    exit_status = 2


class SettingsError(UsageError, ValueError):
    """A setting with an unknown key, or a value outside what is allowed."""


class SourceError(LivedepthError):
    """A source that cannot be opened or read."""


class CameraLostError(SourceError):
    """A camera that delivered frames and stopped."""


class ModelError(LivedepthError):
    """A depth model that is missing, is not a model, or has the wrong shape."""


class EngineError(ModelError):
    """An inference engine that is absent or failed its self-test."""


class OutputError(LivedepthError):
    """An output that cannot be opened or written."""


class DisplayError(OutputError):
    """A window was asked for on a machine without a display."""


class VirtualCameraError(OutputError):
    """No virtual camera device, or one that refuses the frames."""
