"""Who has a device open, and why it cannot be used."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("reads /proc", allow_module_level=True)

from livedepth.capture import access


def test_who_has_a_file_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert access.holders(str(path)) == []
    child = os.posix_spawn(
        "/bin/sleep",
        ["sleep", "30"],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 5, str(path), os.O_RDONLY, 0)],
    )
    try:
        assert access.holders(str(path)) == [f"sleep (pid {child})"]
    finally:
        os.kill(child, 15)
        os.waitpid(child, 0)


def test_a_refusal_says_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "holders", lambda path: ["zoom (pid 7)"])
    for number, words in (
        (errno.EBUSY, "it is in use by zoom (pid 7); close it there first"),
        (errno.EACCES, "usermod -aG video"),
        (errno.ENODEV, "plug it in"),
        (errno.EINVAL, "invalid argument"),
    ):
        assert words in access.refusal(OSError(number, ""), "/dev/video0")
