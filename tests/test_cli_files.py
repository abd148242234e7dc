from __future__ import annotations

import json
from pathlib import Path

import pytest

from livedepth.cli.files import require_folder, save, save_json
from livedepth.errors import OutputError, UsageError


def test_json_is_written_indented(tmp_path: Path) -> None:
    save_json(tmp_path / "a.json", {"frames": 3})
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"frames": 3}
    assert text == '{\n  "frames": 3\n}\n'


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written: Is a directory"):
        save(tmp_path, b"")


def test_a_missing_folder_is_named_with_the_flag(tmp_path: Path) -> None:
    require_folder("--json", tmp_path / "a.json")
    with pytest.raises(UsageError, match=r"--json: there is no folder .*gone"):
        require_folder("--json", tmp_path / "gone" / "a.json")
