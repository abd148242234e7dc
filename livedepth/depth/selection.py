"""Which engines run a model here, and in what order: by measured speed, kept for later starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from livedepth._version import VERSION
from livedepth.depth import engines, measuring
from livedepth.depth.cache import cache_folder, read_json, save_json
from livedepth.depth.digest import digest
from livedepth.depth.files import ModelFiles
from livedepth.depth.measuring import Standing, of_engine
from livedepth.errors import ModelError

Report = Callable[[str], None]

_ATTEMPTS = 3
"""How often an engine whose measuring is cut off is measured, one start after another."""


def standings(files: ModelFiles, report: Report, *, fresh: bool = False) -> list[Standing]:
    """How every engine does with a model, the fastest first and those that cannot run it last.

    A single engine that may run it is not measured. More are measured once for this model, these
    versions of their libraries and this machine, and remembered; fresh: measured again, as is an
    engine whose measuring was cut off, at a few starts. report: is told before it takes long.
    Raises ModelError for a model's file that cannot be read.
    """
    refused = {name: engines.obstacle(files, name) for name in engines.TABLE}
    able = [name for name, why_not in refused.items() if not why_not]
    absent = [Standing(name, reason=of_engine(name, why)) for name, why in refused.items() if why]
    if len(able) < 2:
        return [*(Standing(name) for name in able), *absent]
    known = [] if fresh else remembered(files)
    if {standing.engine for standing in known} != set(able):
        known = []
    again = [each.engine for each in known if 0 < each.cut_off < _ATTEMPTS]
    if again or not known:
        known = _measured(files, again or able, known, report)
    return [*sorted(known, key=_rank), *absent]


def remembered(files: ModelFiles) -> list[Standing]:
    """What was measured for a model on this machine as it is; empty where nothing was."""
    stored = read_json(_file(files))
    if stored.get("conditions") != _conditions(files):
        return []
    try:
        return [_checked(Standing(**entry)) for entry in stored["standings"]]
    except (KeyError, TypeError, ValueError):
        return []


def refuse(files: ModelFiles, name: str, reason: str) -> None:
    """Remember that an engine cannot run a model, so that later starts do not try.

    Raises ModelError where the cache cannot be written.
    """
    known = [standing for standing in remembered(files) if standing.engine != name]
    if known:
        remember(files, [*known, Standing(name, reason=reason)])


def forget(files: ModelFiles) -> None:
    """Let the next start measure a model's engines again, as when one was built."""
    try:
        _file(files).unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{_file(files)} cannot be removed: {error.strerror}") from error


def _measured(
    files: ModelFiles, names: list[str], known: list[Standing], report: Report
) -> list[Standing]:
    """Measure the engines ``names``, and keep that with what is known of the others."""
    when = "again, as that was cut off" if known else "once on this machine"
    report(f"measuring the engines {', '.join(names)} on model {files.description.name}, {when}")
    before = {standing.engine: standing.cut_off for standing in known}
    found = [standing for standing in known if standing.engine not in names]
    for name in names:
        standing = measuring.measure(files, name)
        if standing.cut_off:
            standing = replace(standing, cut_off=standing.cut_off + before.get(name, 0))
        found.append(standing)
    if any(not standing.reason for standing in found):
        try:
            remember(files, found)
        except ModelError as error:
            report(f"what was measured is not kept: {error}")
    return found


def _rank(standing: Standing) -> tuple[bool, bool, float]:
    return bool(standing.reason), standing.unbuilt, standing.milliseconds


def remember(files: ModelFiles, found: list[Standing]) -> None:
    """Keep figures for later starts; raises ModelError where the cache cannot be written."""
    entries = [asdict(standing) for standing in found]
    save_json(_file(files), {"conditions": _conditions(files), "standings": entries})


def _file(files: ModelFiles) -> Path:
    return cache_folder() / "standings" / f"{digest(files)[:24]}.json"


def _conditions(files: ModelFiles) -> dict[str, Any]:
    """All that decides what measuring would find."""
    able = {name for name in engines.TABLE if not engines.obstacle(files, name)}
    table = json.dumps({name: asdict(engines.TABLE[name]) for name in sorted(able)})
    return {
        "livedepth": VERSION,
        "machine": engines.machine(),
        "libraries": {name: engines.library_versions(name) for name in sorted(able)},
        "engines": hashlib.sha256(table.encode()).hexdigest()[:16],
    }


def _checked(standing: Standing) -> Standing:
    texts = standing.engine, standing.device, standing.precision, standing.reason
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("not a text")
    if not 0.0 <= float(standing.milliseconds) < 1e7:
        raise ValueError("not a time")
    if not isinstance(standing.cut_off, int):
        raise TypeError("not a number")
    return standing
