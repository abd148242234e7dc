"""Video files: every frame with its time, upright, in BGR; and files that are none."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import cv2
import media
import numpy as np
import pytest

from livedepth.capture.source import Source
from livedepth.capture.video import open_file
from livedepth.errors import SourceError
from livedepth.frame import Frame


def frames_of(source: Source) -> list[Frame]:
    with source:
        return list(iter(source.read, None))


def clip(path: Path, count: int = 12, size: tuple[int, int] = (64, 48), **options: object) -> Path:
    images = [media.numbered(index, *size) for index in range(count)]
    return media.write_clip(path, images, **options)


def test_every_frame_in_order_with_its_time(tmp_path: Path) -> None:
    source = open_file(clip(tmp_path / "a.mp4", rate=25))
    assert (source.name, source.size, source.rate, source.length) == ("a.mp4", (64, 48), 25, 12)
    assert not source.live
    assert source.granted == ""
    frames = frames_of(source)
    assert [media.number_of(frame.image) for frame in frames] == list(range(12))
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.timestamp for frame in frames] == pytest.approx([n / 25 for n in range(12)])


def test_a_variable_rate_is_kept(tmp_path: Path) -> None:
    times = [0.0, 0.02, 0.1, 0.11, 0.5, 0.9]
    path = clip(tmp_path / "a.mkv", len(times), times=times)
    assert [f.timestamp for f in frames_of(open_file(path))] == pytest.approx(times, abs=2e-3)


def test_timestamps_begin_at_zero_wherever_the_file_begins(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mkv", 3, times=[7.0, 7.1, 7.2])
    assert [f.timestamp for f in frames_of(open_file(path))] == pytest.approx([0, 0.1, 0.2])


@pytest.mark.parametrize(
    ("codec", "pixel_format", "size"),
    [
        ("libx264", "yuv420p", (66, 50)),
        ("libx264", "yuv444p10le", (64, 48)),
        ("ffv1", "gray", (64, 48)),
        ("ffv1", "yuv420p", (63, 47)),
        ("ffv1", "gray16le", (33, 21)),
        ("ffv1", "yuva420p", (64, 48)),
        ("png", "rgba", (31, 17)),
        ("mjpeg", "yuvj420p", (65, 49)),
    ],
)
def test_formats_and_odd_sizes(
    tmp_path: Path, codec: str, pixel_format: str, size: tuple[int, int]
) -> None:
    original = media.quadrants(*size)
    path = tmp_path / ("a.mov" if codec == "png" else "a.mkv")
    media.write_clip(path, [original] * 3, codec=codec, pixel_format=pixel_format)
    for frame in frames_of(open_file(path)):
        assert frame.image.shape == original.shape
        assert frame.image.flags.c_contiguous
        expected = original
        if pixel_format.startswith("gray"):
            expected = cv2.cvtColor(cv2.cvtColor(original, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        difference = np.abs(frame.image.astype(int) - expected)
        assert np.median(difference) <= 3
        assert difference.mean() < 16


IDENTITY = b"".join(n.to_bytes(4, "big", signed=True) for n in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0))


def rotated(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Have the track of an MP4 file shown through ``matrix`` (its track header's a, b, c, d)."""
    a, b, c, d = (n << 16 for n in matrix)
    content = path.read_bytes()
    track = content.index(b"tkhd")
    at = content.index(IDENTITY, track)
    turned = b"".join(n.to_bytes(4, "big", signed=True) for n in (a, b, 0, c, d, 0, 0, 0))
    path.write_bytes(content[:at] + turned + content[at + len(turned) :])
    return path


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        ((0, 1, -1, 0), cv2.ROTATE_90_CLOCKWISE),
        ((-1, 0, 0, -1), cv2.ROTATE_180),
        ((0, -1, 1, 0), cv2.ROTATE_90_COUNTERCLOCKWISE),
    ],
)
def test_rotation_of_a_phone_is_honoured(
    tmp_path: Path, matrix: tuple[int, int, int, int], turn: int
) -> None:
    original = media.quadrants(64, 48)
    path = rotated(media.write_clip(tmp_path / "a.mp4", [original] * 2), matrix)
    source = open_file(path)
    expected = cv2.rotate(original, turn)
    assert source.size == (expected.shape[1], expected.shape[0])
    for frame in frames_of(source):
        assert np.median(np.abs(frame.image.astype(int) - expected)) <= 3


def test_a_picture_size_that_changes_keeps_the_size_of_the_first(tmp_path: Path) -> None:
    big, small = clip(tmp_path / "a.h264", 5, (64, 48)), clip(tmp_path / "b.h264", 5, (40, 48))
    path = tmp_path / "both.h264"
    path.write_bytes(big.read_bytes() + small.read_bytes())
    frames = frames_of(open_file(path))
    assert len(frames) == 10
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}


def test_no_buffer_is_allocated_in_the_steady_state(tmp_path: Path) -> None:
    with open_file(clip(tmp_path / "a.mp4", 20)) as source:
        places = {frame.image.ctypes.data for frame in iter(source.read, None)}
    assert len(places) <= 5


def test_loop_goes_on_with_time(tmp_path: Path) -> None:
    with open_file(clip(tmp_path / "a.mp4", 4, rate=20), loop=True) as source:
        assert source.length is None
        frames = [source.read() for _ in range(10)]
    assert [media.number_of(f.image) for f in frames] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert [f.index for f in frames] == list(range(10))
    assert [f.timestamp for f in frames] == pytest.approx([n / 20 for n in range(10)])


def test_realtime_holds_frames_back(tmp_path: Path) -> None:
    with open_file(clip(tmp_path / "a.mp4", 12, rate=60), realtime=True) as source:
        assert source.live
        frames = list(iter(source.read, None))
    began = frames[0].captured_at
    assert all(f.captured_at - began >= f.timestamp - 1e-3 for f in frames)


def test_realtime_drops_what_comes_too_late(tmp_path: Path) -> None:
    with open_file(clip(tmp_path / "a.mp4", 20, rate=50), realtime=True) as source:
        source.read()
        time.sleep(0.15)
        assert source.read().index >= 4


def test_interrupt_ends_a_wait(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mkv", 2, times=[0.0, 60.0])
    with open_file(path, realtime=True) as source:
        source.read()
        threading.Timer(0.05, source.interrupt).start()
        assert source.read() is None
        assert source.read() is None


def test_a_file_cut_off_gives_the_frames_up_to_there(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(30)]
    whole = media.write_clip(tmp_path / "a.mkv", images, options={"g": "5"}).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) // 2])
    frames = frames_of(open_file(cut))
    assert 5 < len(frames) < 25
    assert [frame.index for frame in frames] == list(range(len(frames)))


def test_a_damaged_stretch_is_passed_over(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(30)]
    path = media.write_clip(tmp_path / "a.avi", images, codec="mjpeg", pixel_format="yuvj420p")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 6000] = rng.bytes(6000)
    path.write_bytes(content)
    assert 15 < len(frames_of(open_file(path))) <= 30


def test_what_is_no_video_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is not a video\n" * 50)
    (tmp_path / "head.mp4").write_bytes(clip(tmp_path / "a.mp4").read_bytes()[:200])
    media.write_sound(tmp_path / "sound.wav")
    reasons = {
        "absent.mp4": "there is no file",
        "empty.mp4": "is empty",
        "text.mp4": "not a video, or it is damaged",
        "head.mp4": "not a video, or it is damaged",
        "sound.wav": "has no video stream",
        ".": "is a folder",
    }
    for name, reason in reasons.items():
        path = tmp_path / name
        with pytest.raises(SourceError, match=reason) as caught:
            open_file(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["100%d.mp4", "ä ß 日本.mp4", "a:b.mp4", "-.mp4", "[1].mkv"])
def test_any_file_name_works(tmp_path: Path, name: str) -> None:
    assert len(frames_of(open_file(clip(tmp_path / name, 3)))) == 3


def test_a_real_clip(shared_data: Path) -> None:
    path = next(iter(sorted((shared_data / "clips").glob("*.mkv"))))
    frames = frames_of(open_file(path))
    assert frames[0].image.shape == (480, 640, 3)
    assert 30 < frames[0].image.mean() < 220
    steps = [b.timestamp - a.timestamp for a, b in itertools.pairwise(frames)]
    assert max(steps) < 0.05
    assert min(steps) > 0.02
