"""``livedepth settings``: what can be set, and what is set."""

from __future__ import annotations

import argparse

from livedepth.cli.arguments import add_settings_arguments, settings_from, shown
from livedepth.cli.console import print_json, table
from livedepth.config import preset_summary, presets, user_config_file
from livedepth.settings import KNOBS, Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("list", "show"),
        default="list",
        help="list: every setting and preset; show: the values in force",
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    add_settings_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """List every setting, or show what files, environment and flags amount to."""
    settings = settings_from(arguments)
    if arguments.what == "show":
        values = settings.plain()
        if arguments.json:
            print_json(values)
        else:
            print(table([("setting", "value"), *((key, shown(values[key])) for key in values)]))
        return 0
    if arguments.json:
        print_json(_described())
        return 0
    rows = [("setting", "default", "allowed", "live", "help")]
    for key, knob in KNOBS.items():
        default = shown(getattr(Settings(), key))
        rows.append((key, default, knob.allowed(), "yes" if knob.live else "no", knob.help))
    print(table(rows))
    print()
    named = [(name, preset_summary(path)) for name, path in presets().items()]
    print(table([("preset", "for"), *named]))
    print(f"\nyour settings file: {user_config_file()}")
    return 0


def _described() -> dict[str, object]:
    defaults = Settings().plain()
    knobs = {
        key: {
            "default": defaults[key],
            "allowed": knob.allowed(),
            "live": knob.live,
            "help": knob.help,
        }
        for key, knob in KNOBS.items()
    }
    named = {name: preset_summary(path) for name, path in presets().items()}
    return {"settings": knobs, "presets": named, "file": str(user_config_file())}
