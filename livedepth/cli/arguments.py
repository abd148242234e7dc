"""Command line flags made from the settings' one definition."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from livedepth.config import load_settings, presets
from livedepth.errors import UsageError
from livedepth.settings import KNOBS, Settings

_DEFAULTS = Settings()


def add_settings_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one flag per setting, and the ways to give many at once."""
    chosen = parser.add_argument_group("where settings come from")
    chosen.add_argument("--preset", metavar="NAME", help=f"one of {', '.join(presets())}")
    chosen.add_argument("--config", metavar="FILE", type=Path, help="a TOML file of settings")
    chosen.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="any setting; repeatable"
    )
    group = parser.add_argument_group("settings (also in TOML, and as LIVEDEPTH_NAME)")
    for key, knob in KNOBS.items():
        flag = "--" + key.replace("_", "-")
        default = shown(getattr(_DEFAULTS, key))
        text = f"{knob.help}: {knob.allowed()} (default {default})".replace("%", "%%")
        if knob.kind == "switch":
            group.add_argument(
                flag, dest=key, action=argparse.BooleanOptionalAction, default=None, help=text
            )
        elif knob.kind == "texts":
            group.add_argument(
                flag, dest=key, action="append", default=None, metavar="TEXT", help=text
            )
        else:
            group.add_argument(flag, dest=key, default=None, metavar="VALUE", help=text)


def shown(value: object) -> str:
    """A setting's value as one would type it."""
    if value is None:
        return "auto"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def settings_from(arguments: argparse.Namespace) -> Settings:
    """Combine every place settings come from, as the parsed command line says."""
    overrides: dict[str, object] = {}
    for pair in arguments.set:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set takes key=value, not {pair!r}")
        overrides[key.strip()] = value.strip()
    for key in KNOBS:
        value = getattr(arguments, key)
        if value is not None:
            overrides[key] = value
    return load_settings(
        config=arguments.config,
        preset=arguments.preset,
        environment=os.environ,
        overrides=overrides,
    )
