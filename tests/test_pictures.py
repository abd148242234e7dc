"""Pictures as a stream: one, a folder, a glob."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import media
import numpy as np
import pytest

from livedepth.capture.opening import PICTURE_ENDINGS
from livedepth.capture.pictures import (
    PicturesSource,
    pictures_in,
    pictures_like,
    read_picture,
)
from livedepth.errors import SourceError


def save(path: Path, image: np.ndarray) -> Path:
    """Write a picture under any name."""
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return path


def read_all(source: PicturesSource) -> list[np.ndarray]:
    with source:
        return [frame.image for frame in iter(source.read, None)]


def test_a_folder_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 9, 100, 1):
        save(tmp_path / f"frame{number}.png", media.numbered(number % 20, 8, 6))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_text("no picture")
    paths = pictures_in(tmp_path, PICTURE_ENDINGS)
    assert [path.name for path in paths] == [f"frame{n}.png" for n in (1, 9, 10, 100)]
    source = PicturesSource(paths, "folder", 25)
    assert (source.size, source.rate, source.length, source.live) == ((8, 6), 25, 4, False)
    with source:
        frames = list(iter(source.read, None))
    assert [frame.timestamp for frame in frames] == [0, 0.04, 0.08, 0.12]
    assert [media.number_of(frame.image) for frame in frames] == [1, 9, 10, 0]


def test_a_glob(tmp_path: Path) -> None:
    for name in ("a2.png", "a10.png", "b1.png"):
        save(tmp_path / name, media.numbered(0, 8, 6))
    found = pictures_like(str(tmp_path / "a*.png"))
    assert [path.name for path in found] == ["a2.png", "a10.png"]
    with pytest.raises(SourceError, match=r"no file matches .*c\*"):
        pictures_like(str(tmp_path / "c*"))


def test_an_empty_folder_and_an_absent_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no picture in the folder"):
        pictures_in(tmp_path, PICTURE_ENDINGS)
    with pytest.raises(SourceError, match="cannot read the folder"):
        pictures_in(tmp_path / "absent", PICTURE_ENDINGS)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((6, 8), np.uint8),
        ((6, 8), np.uint16),
        ((6, 8, 3), np.uint16),
        ((6, 8, 4), np.uint8),
        ((6, 8, 4), np.uint16),
        ((1, 1, 3), np.uint8),
    ],
)
def test_kinds_of_pictures(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    top = np.iinfo(dtype).max
    raw = np.full(shape, top * 0.8, dtype)
    if raw.ndim == 3 and shape[2] == 4:
        raw[..., 3] = top
    image = read_picture(save(tmp_path / "a.png", raw))
    assert (image.shape, image.dtype) == ((*shape[:2], 3), np.uint8)
    assert image.flags.c_contiguous
    assert np.abs(image.astype(int) - 204).max() <= 1


@pytest.mark.parametrize("ending", [".png", ".jpg", ".bmp", ".webp", ".tiff", ".ppm"])
def test_file_formats(tmp_path: Path, ending: str) -> None:
    image = media.quadrants(64, 48)
    assert np.median(np.abs(read_picture(save(tmp_path / f"a{ending}", image)) - image)) <= 3


def exif(orientation: int) -> bytes:
    """A JPEG segment that says which way up the picture is (TIFF tag 0x0112)."""
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def test_the_way_up_is_honoured(tmp_path: Path) -> None:
    image = media.quadrants(64, 48)
    plain = cv2.imencode(".jpg", image)[1].tobytes()
    path = tmp_path / "phone.jpg"
    path.write_bytes(plain[:2] + exif(6) + plain[2:])
    expected = cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE).astype(int)
    assert np.median(np.abs(read_picture(path) - expected)) <= 3


def test_other_sizes_cover_the_first(tmp_path: Path) -> None:
    paths = [
        save(tmp_path / "1.png", media.numbered(1, 32, 20)),
        save(tmp_path / "2.png", media.numbered(2, 10, 30)),
        save(tmp_path / "3.png", media.numbered(3, 320, 20)),
    ]
    images = read_all(PicturesSource(paths, "mixed", 30))
    assert [image.shape for image in images] == [(20, 32, 3)] * 3
    assert [media.number_of(image) for image in images] == [1, 2, 3]


def test_one_picture_is_one_frame_unless_it_loops(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", media.quadrants(8, 6))
    assert len(read_all(PicturesSource([path], "a", 30))) == 1
    with PicturesSource([path], "a", 30, loop=True) as source:
        assert source.length is None
        frames = [source.read() for _ in range(7)]
    assert [frame.index for frame in frames] == list(range(7))
    assert frames[6].timestamp == pytest.approx(0.2)


def test_realtime_keeps_the_rate(tmp_path: Path) -> None:
    paths = [save(tmp_path / f"{n}.png", media.numbered(n, 8, 6)) for n in range(5)]
    with PicturesSource(paths, "a", 50, realtime=True) as source:
        frames = list(iter(source.read, None))
        assert source.live
    began = frames[0].captured_at
    assert all(f.captured_at - began >= f.timestamp - 1e-3 for f in frames)


@pytest.mark.parametrize("name", ["100%.png", "%03d.png", "ä 日本.png", "a b'c.png"])
def test_any_file_name_works(tmp_path: Path, name: str) -> None:
    assert read_picture(save(tmp_path / name, media.quadrants(8, 6))).shape == (6, 8, 3)


def test_what_is_no_picture_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = save(tmp_path / "1.png", media.quadrants(8, 6))
    contents = {"text.png": b"no picture", "empty.png": b"", "cut.png": good.read_bytes()[:40]}
    for name, content in contents.items():
        bad = tmp_path / name
        bad.write_bytes(content)
        with PicturesSource([good, bad], "a", 30) as source:
            assert source.read() is not None
            with pytest.raises(SourceError, match=f"{name} is not a picture"):
                source.read()
    assert "OpenCV" not in capfd.readouterr().err
    with pytest.raises(SourceError, match=r"cannot read .*absent\.png: No such file"):
        PicturesSource([tmp_path / "absent.png"], "a", 30)
