"""Files that are never written over, and whose every failure is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from livedepth.errors import OutputError
from livedepth.outputs.files import check_path, create


def test_names_are_counted_up_until_one_is_free(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    for expected in ("clip.mp4", "clip-1.mp4", "clip-2.mp4"):
        with create(path) as file:
            assert Path(file.name).name == expected


def test_all_that_is_given_is_written(tmp_path: Path) -> None:
    with create(tmp_path / "clip.mkv") as file:
        assert file.write(b"abc") == 3
        assert file.write(memoryview(bytes(100_000))) == 100_000
    assert (tmp_path / "clip.mkv").stat().st_size == 100_003
    assert file.failure is None


@pytest.mark.skipif(sys.platform == "win32", reason="an open file stays there on Windows")
def test_a_file_that_was_removed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with create(path) as file:
        file.write(b"abc")
        path.unlink()
        with pytest.raises(FileNotFoundError):
            file.write(b"def")
        assert isinstance(file.failure, FileNotFoundError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told() -> None:
    from livedepth.outputs.files import WholeWrites

    with WholeWrites("/dev/full", "w") as file:
        with pytest.raises(OSError, match="No space left"):
            file.write(b"abc")
        assert file.failure is not None


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    check_path(tmp_path / "clip.mp4")
    with pytest.raises(OutputError, match="there is no folder"):
        check_path(tmp_path / "missing" / "clip.mp4")
    with pytest.raises(OutputError, match="cannot be made"):
        create(tmp_path / "missing" / "clip.mp4")
