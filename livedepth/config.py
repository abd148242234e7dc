"""Where settings come from: defaults, the user's file, a preset, the environment, the command line.

Each later one overrides the earlier. Every error names the place the value came from.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from livedepth.errors import LivedepthError, SettingsError, UsageError
from livedepth.settings import Settings

ENVIRONMENT_PREFIX = "LIVEDEPTH_"
FOLDERS = ("LIVEDEPTH_CACHE_DIR", "LIVEDEPTH_MODELS_DIR")
"""Variables that name a folder of the installation, and are no settings."""

_PACKAGE = Path(__file__).parent


def preset_folder() -> Path:
    """Where the presets are: inside the installed package, or beside it in a checkout."""
    installed = _PACKAGE / "configs"
    return installed if installed.is_dir() else _PACKAGE.parent / "configs"


def presets() -> dict[str, Path]:
    """The presets by name."""
    return {path.stem: path for path in sorted(preset_folder().glob("*.toml"))}


def preset_summary(path: Path) -> str:
    """The first comment of a preset's file: what it is for."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return first.removeprefix("#").strip()


def user_config_file() -> Path:
    """The file that is read whenever no other is given."""
    import platformdirs

    return Path(platformdirs.user_config_dir("livedepth", appauthor=False)) / "config.toml"


def load_settings(
    *,
    config: Path | None = None,
    preset: str | None = None,
    environment: Mapping[str, str] = os.environ,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Combine every place settings come from.

    config: a TOML file instead of the user's own. overrides: from the command line.
    Raises SettingsError or UsageError naming the place, the key, the value and what is allowed.
    """
    settings = Settings()
    file = config or user_config_file()
    if config is not None or file.exists():
        settings = _apply(settings, str(file), _read(file))
    if preset is not None:
        known = presets()
        if preset not in known:
            raise UsageError(f"there is no preset {preset!r}; known: {', '.join(known)}")
        settings = _apply(settings, f"preset {preset}", _read(known[preset]))
    settings = _apply(settings, "the environment", _from_environment(environment))
    return _apply(settings, "the command line", overrides or {})


def _read(path: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        # What cannot be written down, as an integer of thousands of digits, is refused here.
        repr(values)
    except OSError as error:
        raise UsageError(f"settings file {path} cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise UsageError(f"settings file {path} is not valid TOML: nested too deeply") from error
    except ValueError as error:
        raise UsageError(f"settings file {path} is not valid TOML: {error}") from error
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name not in FOLDERS
    }


def _apply(settings: Settings, place: str, values: Mapping[str, object]) -> Settings:
    try:
        return settings.updated(values)
    except LivedepthError as error:
        raise SettingsError(f"{place}: {error}") from error
