"""What the text of the source setting means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import media
import pytest

from livedepth.capture import device, network
from livedepth.capture.opening import open_source
from livedepth.capture.pictures import PicturesSource
from livedepth.capture.video import VideoSource
from livedepth.errors import SourceError
from livedepth.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures and a clip."""
    for number in (1, 2):
        cv2.imwrite(str(tmp_path / f"p{number}.png"), media.numbered(number, 8, 6))
    media.write_clip(tmp_path / "clip.mp4", [media.numbered(n, 64, 48) for n in range(3)])
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind", "length"),
    [
        ("clip.mp4", VideoSource, 3),
        ("p1.png", PicturesSource, 1),
        (".", PicturesSource, 2),
        ("p*.png", PicturesSource, 2),
        ("p?.png", PicturesSource, 2),
    ],
)
def test_files(folder: Path, text: str, kind: type, length: int) -> None:
    with open_source(Settings(source=str(folder / text), rate=12)) as source:
        assert isinstance(source, kind)
        assert source.length == length
        assert not source.live
        assert kind is VideoSource or source.rate == 12


def test_settings_reach_the_source(folder: Path) -> None:
    for text in ("clip.mp4", "p1.png"):
        settings = Settings(source=str(folder / text), loop=True, realtime=True)
        with open_source(settings) as source:
            assert source.length is None
            assert source.live


def test_an_existing_name_with_marks_is_no_pattern(folder: Path) -> None:
    (folder / "p1.png").rename(folder / "p[1].png")
    with open_source(Settings(source=str(folder / "p[1].png"))) as source:
        assert source.length == 1


@pytest.mark.parametrize(
    "text", ["auto", "0", "3", "/dev/video7", "logitech", "HD Pro Webcam C920"]
)
def test_cameras(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    asked = []
    monkeypatch.setattr(device, "open_camera", lambda *given: asked.append(given))
    settings = Settings(source=text)
    open_source(settings)
    assert asked == [(text, settings)]


@pytest.mark.parametrize("text", ["rtsp://10.0.0.2/main", "HTTP://x/v.mjpg", "udp://@:1234"])
def test_addresses(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    asked = []
    monkeypatch.setattr(network, "open_stream", lambda url, **options: asked.append((url, options)))
    open_source(Settings(source=text, loop=True))
    assert asked == [(text, {"realtime": False, "loop": True})]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no source is given"),
        ("clip.mp4", "there is no file, folder or device clip.mp4"),
        ("videos/monday", "there is no file, folder or device videos/monday"),
        ("pictures/*.png", "no file matches pictures/"),
        ("ftp://x/y", "ftp:// is not supported; use one of rtsp"),
        ("no such camera", "there is no camera 'no such camera'; cameras here:"),
    ],
)
def test_what_there_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError) as caught:
        open_source(Settings(source=text))
    assert str(caught.value).startswith(reason)


def test_only_what_is_used_is_imported(folder: Path) -> None:
    code = (
        "import sys; from livedepth.settings import Settings;"
        "from livedepth.capture.opening import open_source;"
        "assert not {'cv2', 'av', 'numba'} & set(sys.modules), 'at import';"
        f"open_source(Settings(source={str(folder / 'p1.png')!r}));"
        "assert not {'av', 'numba', 'livedepth.capture.device'} & set(sys.modules), 'pictures'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
