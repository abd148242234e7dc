"""A folder of numbered pictures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from output_support import cutout_of, frame_of, frames, pattern

from livedepth.errors import OutputError
from livedepth.outputs.pictures import PictureFolder


def read(path: Path) -> np.ndarray:
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)


def test_pictures_are_the_frames_in_order(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path / "shots")
    for frame in frames((65, 49), 3):
        folder.write(frame)
    folder.close()
    names = sorted(path.name for path in (tmp_path / "shots").iterdir())
    assert names == ["000001.png", "000002.png", "000003.png"]
    for index, name in enumerate(names):
        np.testing.assert_array_equal(read(tmp_path / "shots" / name), pattern((65, 49), index))


def test_a_cutout_keeps_its_alpha(tmp_path: Path) -> None:
    image = pattern((65, 49))
    cutout = cutout_of(image)
    folder = PictureFolder(tmp_path)
    folder.write(frame_of(image, cutout=cutout))
    folder.write(frame_of(image, 1))
    folder.close()
    np.testing.assert_array_equal(read(tmp_path / "000001.png"), cutout)
    np.testing.assert_array_equal(read(tmp_path / "000002.png"), image)


def test_a_folder_that_vanishes_is_told(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path / "shots")
    folder.write(frame_of(pattern((16, 16))))
    shutil.rmtree(tmp_path / "shots")
    with pytest.raises(OutputError, match=r"000002\.png cannot be written: the folder is gone; "):
        folder.write(frame_of(pattern((16, 16)), 1))
    folder.close()


def test_names_may_be_of_any_script(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path / "Bäume 深度")
    folder.write(frame_of(pattern((16, 16))))
    folder.close()
    assert read(tmp_path / "Bäume 深度" / "000001.png").shape == (16, 16, 3)


def test_numbering_goes_on_after_the_highest(tmp_path: Path) -> None:
    for name in ("000007.png", "12.PNG", "000099.jpg", "note.txt", "x13.png"):
        (tmp_path / name).write_bytes(b"kept")
    folder = PictureFolder(tmp_path)
    folder.write(frame_of(pattern((16, 16))))
    folder.close()
    assert read(tmp_path / "000013.png").shape == (16, 16, 3)
    assert (tmp_path / "12.PNG").read_bytes() == b"kept"


def test_a_picture_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    (tmp_path / "000001.png").write_bytes(b"kept")
    with pytest.raises(OutputError, match=r"000001\.png cannot be written"):
        folder.write(frame_of(pattern((16, 16))))
    assert (tmp_path / "000001.png").read_bytes() == b"kept"


def test_a_missing_parent_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing does not exist"):
        PictureFolder(tmp_path / "missing" / "shots")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "shots").write_text("text")
    with pytest.raises(OutputError, match="shots is not a folder"):
        PictureFolder(tmp_path / "shots")
    with pytest.raises(OutputError, match="is not a folder"):
        PictureFolder(tmp_path / "shots" / "deeper")


def test_a_folder_that_may_not_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=r"shots cannot be used: Permission denied"):
        PictureFolder(tmp_path / "shots")


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of file sizes is POSIX")
def test_a_full_disk_leaves_no_half_picture(tmp_path: Path) -> None:
    code = """
import resource, sys
import numpy as np
from livedepth.errors import OutputError
from livedepth.frame import Frame
from livedepth.outputs.pictures import PictureFolder
from pathlib import Path
folder = PictureFolder(Path(sys.argv[1]))
noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
folder.write(Frame(noise, 0, 0.0, 0.0))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    folder.write(Frame(noise, 1, 0.0, 0.0))
except OutputError as error:
    print(error)
folder.write(Frame(noise[:20, :20], 2, 0.0, 0.0))
folder.close()
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{tmp_path}/000002.png cannot be written" in run.stdout
    assert "make room" in run.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000001.png", "000002.png"]
    assert read(tmp_path / "000002.png").shape == (20, 20, 3)
