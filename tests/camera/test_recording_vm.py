"""Recordings onto a disk that fills up, in a guest that can have a small one; others go on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest
from output_support import context, frame_of, pattern
from virtual_camera_support import needs_guest

from livedepth.errors import OutputError
from livedepth.outputs.opening import open_output
from livedepth.outputs.output import Output

pytestmark = [pytest.mark.camera, needs_guest]

SIZE = (160, 96)
ROOM = 400_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def write_until_full(output: Output, other: Output) -> int:
    """Write noise until ``output`` fails, and always to ``other``; return how much that got."""
    noise = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
    for index in range(2000):
        frame = frame_of(np.roll(noise, index, 1), index, rate=10)
        other.write(frame)
        try:
            output.write(frame)
        except OutputError as error:
            text = str(error)
            assert "cannot be written: No space left on device" in text
            assert "make room there or choose another folder" in text
            assert "\n" not in text
            return index + 1
    raise AssertionError("the disk has not filled up")


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "webm"])
def test_a_full_disk_keeps_what_was_written_and_the_others_go_on(
    disk: Path, tmp_path: Path, ending: str
) -> None:
    with (
        closing(open_output(f"{disk}/clip.{ending}", context(SIZE, rate=10))) as output,
        closing(open_output(f"{tmp_path}/other.mkv", context(SIZE, rate=10))) as other,
    ):
        count = write_until_full(output, other)
    played = frames_of(disk / f"clip.{ending}")
    # About two seconds were still on their way.
    assert max(count - 30, 1) <= played <= count
    assert frames_of(tmp_path / "other.mkv") == count


def test_a_full_disk_leaves_no_half_picture(disk: Path, tmp_path: Path) -> None:
    with (
        closing(open_output(f"{disk}/shots/", context(SIZE))) as output,
        closing(open_output("null", context(SIZE))) as other,
    ):
        count = write_until_full(output, other)
    shots = sorted((disk / "shots").iterdir())
    assert len(shots) == count - 1
    assert frames_of(shots[-1]) == 1


def test_a_disk_that_is_taken_away_is_one_line(disk: Path) -> None:
    output = open_output(f"{disk}/shots/", context(SIZE))
    output.write(frame_of(pattern(SIZE)))
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], check=True)
    with pytest.raises(OutputError, match="the folder is gone; start again"):
        output.write(frame_of(pattern(SIZE), 1))
    output.close()


def frames_of(path: Path) -> int:
    """How many frames of a file play."""
    count = 0
    with av.open(str(path)) as container:
        try:
            for _ in container.decode(video=0):
                count += 1
        except av.error.InvalidDataError:
            return count
    return count
