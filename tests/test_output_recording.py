"""Video files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from output_support import cutout_of, frame_of, frames, open_files, pattern

from livedepth.errors import OutputError
from livedepth.frame import Frame
from livedepth.outputs import encoding, files
from livedepth.outputs.recording import Recording

REPOSITORY = Path(__file__).parent.parent


def decode(path: Path) -> tuple[list[float], list[np.ndarray]]:
    """Times in seconds and BGR pictures of a file, as far as it can be played."""
    times, images = [], []
    with av.open(str(path)) as container:
        try:
            for picture in container.decode(video=0):
                times.append(float(picture.pts * picture.time_base))
                images.append(picture.to_ndarray(format="bgr24"))
        except av.error.InvalidDataError:
            return times, images
    return times, images


def record(path: Path, size: tuple[int, int], count: int, rate: float = 30.0) -> None:
    output = Recording(path, size, rate, 20)
    for frame in frames(size, count, rate):
        output.write(frame)
    output.close()


def record_at(path: Path, timestamps: Sequence[float]) -> list[float]:
    output = Recording(path, (64, 48), 30.0, 20)
    image = pattern((64, 48))
    for index, timestamp in enumerate(timestamps):
        output.write(Frame(image, index, 0.0, timestamp))
    output.close()
    return decode(path)[0]


@pytest.fixture(params=["clip.mp4", "clip.mkv", "clip.mov", "clip.webm"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / request.param


def test_every_frame_is_there_and_looks_right(path: Path) -> None:
    record(path, (320, 180), 70)
    times, images = decode(path)
    assert len(images) == 70
    np.testing.assert_allclose(times, np.arange(70) / 30, atol=1e-3)
    for index in (0, 35, 69):
        error = np.abs(images[index].astype(int) - pattern((320, 180), index))
        assert error.mean() < 3
        assert np.percentile(error, 99) < 12


def test_an_odd_side_loses_its_last_line(path: Path) -> None:
    record(path, (65, 49), 5)
    _, images = decode(path)
    assert {image.shape for image in images} == {(48, 64, 3)}
    error = np.abs(images[0].astype(int) - pattern((65, 49))[:48, :64])
    assert error.mean() < 4


CODECS = {
    ".mp4": ("h264", "yuv420p"),
    ".mkv": ("h264", "yuv420p"),
    ".mov": ("prores", "yuva444p12le"),
    ".webm": ("vp9", "yuv420p"),
}


def test_colours_and_codec_are_declared(path: Path) -> None:
    record(path, (64, 48), 3)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context
        assert (codec.name, codec.pix_fmt) == CODECS[path.suffix]
        assert (codec.colorspace, codec.color_range, codec.color_primaries) == (6, 1, 1)
        assert stream.guessed_rate == Fraction(30)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov"])
def test_a_closed_mp4_is_an_ordinary_file(tmp_path: Path, name: str) -> None:
    record(tmp_path / name, (64, 48), 150)
    data = (tmp_path / name).read_bytes()
    boxes, position = [], 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4])
        boxes.append(data[position + 4 : position + 8])
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16])
        position += size
    assert boxes.count(b"moov") == 1
    assert b"moof" not in boxes


def test_times_are_those_of_the_frames(path: Path) -> None:
    timestamps = [0.5, 0.54, 0.6, 1.7, 1.71, 3.0]
    np.testing.assert_allclose(
        record_at(path, timestamps), np.subtract(timestamps, 0.5), atol=1.1e-3
    )


def test_a_clock_that_goes_back_or_stands_still_goes_on(path: Path) -> None:
    times = record_at(path, [0.0, 0.1, 0.2, 0.0, 0.1, 0.1, 0.1000001, 0.2])
    third = 1 / 30
    steps = [0.1, 0.1, third, 0.1, third, third, 0.1]
    np.testing.assert_allclose(np.diff(times), steps, atol=1.1e-3)


def test_long_recordings_keep_time() -> None:
    clock = Recording.__new__(Recording)
    clock._ticks, clock._interval = -1, 3000
    rate = 30.0003
    ticks = [clock._presentation_time(index / rate) for index in range(100_000)]
    assert abs(ticks[-1] / 90_000 - 99_999 / rate) < 1e-4


def test_a_lower_quality_is_a_smaller_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    for quality in (10, 40):
        output = Recording(tmp_path / f"{quality}.mp4", (160, 90), 30.0, quality)
        for index in range(10):
            output.write(frame_of(np.roll(noise, index, 1), index))
        output.close()
    assert (tmp_path / "40.mp4").stat().st_size * 3 < (tmp_path / "10.mp4").stat().st_size


@pytest.mark.parametrize("rate", [1.0, 7.5, 29.97, 240.0])
def test_any_rate_will_do(tmp_path: Path, rate: float) -> None:
    record(tmp_path / "clip.mp4", (64, 48), 5, rate)
    times, _ = decode(tmp_path / "clip.mp4")
    np.testing.assert_allclose(times, np.arange(5) / rate, atol=1e-3)


def test_an_existing_file_is_kept_and_another_name_is_told(path: Path) -> None:
    path.write_bytes(b"kept")
    path.with_stem("clip-1").write_bytes(b"kept too")
    output = Recording(path, (64, 48), 30.0, 20)
    assert output.name == f"recording {path.with_stem('clip-2')} ({path.name} exists)"
    output.write(frame_of(pattern((64, 48))))
    output.close()
    assert path.read_bytes() == b"kept"
    assert path.with_stem("clip-1").read_bytes() == b"kept too"
    assert len(decode(path.with_stem("clip-2"))[0]) == 1


def test_a_recording_without_frames_leaves_no_file(path: Path) -> None:
    Recording(path, (64, 48), 30.0, 20).close()
    assert not path.exists()


def test_a_frame_of_another_size_is_refused_and_the_rest_kept(path: Path) -> None:
    output = Recording(path, (64, 48), 30.0, 20)
    output.write(frame_of(pattern((64, 48))))
    with pytest.raises(OutputError, match="64x48 and got 48x64"):
        output.write(frame_of(pattern((48, 64)), 1))
    output.write(frame_of(pattern((64, 48)), 2))
    output.close()
    assert len(decode(path)[0]) == 2


def test_a_frame_that_cannot_be_converted_is_told_and_the_rest_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise av.error.ArgumentError(22, "Invalid argument")

    before = open_files()
    output = Recording(path, (64, 48), 30.0, 20)
    output.write(frame_of(pattern((64, 48))))
    monkeypatch.setattr(encoding.PictureMaker, "picture", fail)
    with pytest.raises(OutputError, match=r"clip\.\w+ cannot convert a frame: Invalid argument; "):
        output.write(frame_of(pattern((64, 48)), 1))
    output.close()
    assert len(decode(path)[0]) == 1
    assert open_files() == before


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"codec": "no-such-codec"}, "needs no-such-codec, which this PyAV was built without"),
        ({"pixel_format": "rgb48be"}, "cannot be encoded"),
    ],
)
def test_a_constructor_that_fails_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], text: str
) -> None:
    before = open_files()
    wrong = replace(encoding.ENCODINGS[path.suffix], **change)
    monkeypatch.setitem(encoding.ENCODINGS, path.suffix, wrong)
    with pytest.raises(OutputError, match=text):
        Recording(path, (64, 48), 30.0, 20)
    assert not path.exists()
    assert open_files() == before


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"there is no folder .*missing; make it first"):
        Recording(tmp_path / "missing" / "clip.mp4", (64, 48), 30.0, 20)


def test_a_folder_that_may_not_be_written_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "WholeWrites", refuse)
    with pytest.raises(OutputError, match=r"clip\.\w+ cannot be made: Permission denied"):
        Recording(path, (64, 48), 30.0, 20)


def read_with_alpha(path: Path) -> np.ndarray:
    """The first picture as BGRA, through FFmpeg's program, which is not what wrote it."""
    if not shutil.which("ffmpeg"):
        pytest.skip("not installed: ffmpeg (Debian: ffmpeg)")
    # Its own VP9 decoder ignores alpha; the players that show it use libvpx.
    decoder = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []
    quiet = ["ffmpeg", "-nostdin", "-loglevel", "error"]
    shot = path.with_suffix(".png")
    subprocess.run(
        [*quiet, *decoder, "-i", str(path), "-frames:v", "1", "-pix_fmt", "rgba", str(shot)],
        check=True,
    )
    return cv2.imdecode(np.fromfile(shot, np.uint8), cv2.IMREAD_UNCHANGED)


# VP9 codes alpha with losses, ProRes without.
LEAST_OPAQUE = {"clip.mov": 255, "clip.webm": 252}


@pytest.mark.parametrize("name", ["clip.mov", "clip.webm"])
@pytest.mark.parametrize("transparent", [True, False])
def test_alpha_survives(tmp_path: Path, name: str, transparent: bool) -> None:
    path = tmp_path / name
    image = pattern((320, 180))
    cutout = cutout_of(image) if transparent else None
    output = Recording(path, (320, 180), 30.0, 20)
    for index in range(5):
        output.write(frame_of(image, index, cutout=cutout))
    output.close()
    read = read_with_alpha(path)
    assert read.shape == (180, 320, 4)
    if cutout is None:
        assert read[..., 3].min() >= LEAST_OPAQUE[name]
        assert np.abs(read[..., :3].astype(int) - image).mean() < 3
        return
    error = np.abs(read[..., 3].astype(int) - cutout[..., 3])
    assert error.mean() < 1
    assert error.max() < 24
    weight = cutout[..., 3:] / 255
    assert (np.abs(read[..., :3].astype(int) - cutout[..., :3]) * weight).mean() < 3


@pytest.mark.parametrize("name", ["clip.mov", "clip.webm"])
def test_frames_with_and_without_alpha_mix(tmp_path: Path, name: str) -> None:
    image = pattern((320, 180))
    output = Recording(tmp_path / name, (320, 180), 30.0, 20)
    for index in range(6):
        output.write(frame_of(image, index, cutout=cutout_of(image) if index % 2 else None))
    output.close()
    assert read_with_alpha(tmp_path / name)[..., 3].min() >= LEAST_OPAQUE[name]
    assert len(decode(tmp_path / name)[0]) == 6


def test_h264_shows_the_composed_picture(tmp_path: Path) -> None:
    image = pattern((320, 180))
    output = Recording(tmp_path / "clip.mp4", (320, 180), 30.0, 20)
    output.write(frame_of(image, cutout=cutout_of(image)))
    output.close()
    assert np.abs(decode(tmp_path / "clip.mp4")[1][0].astype(int) - image).mean() < 3


def write_to_the_end(output: Recording) -> None:
    for index in range(1, 200):
        output.write(frame_of(pattern((64, 48), index), index))
    output.close()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file stays there on Windows")
def test_a_folder_that_vanishes_is_told(path: Path) -> None:
    before = open_files()
    folder = path.parent / "folder"
    folder.mkdir()
    output = Recording(folder / path.name, (64, 48), 30.0, 20)
    output.write(frame_of(pattern((64, 48))))
    shutil.rmtree(folder)
    with pytest.raises(OutputError, match="was removed while it was written; start") as caught:
        write_to_the_end(output)
    assert "\n" not in str(caught.value)
    output.close()
    assert open_files() == before


CHILD = """
import os, resource, signal, sys
from pathlib import Path
import numpy as np
from livedepth.errors import OutputError
from livedepth.frame import Frame
from livedepth.outputs.recording import Recording
path, limit, count, ending = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
random = np.random.default_rng(0)
noise = random.integers(0, 255, (96, 128, 3), np.uint8)
output = Recording(path, (128, 96), 30.0, 20)
try:
    for index in range(count):
        output.write(Frame(np.roll(noise, index, 1), index, 0.0, index / 10))
    if ending == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    output.close()
except OutputError as error:
    print(error)
    print("cause", type(error.__cause__).__name__)
try:
    output.write(Frame(noise, index, 0.0, 0.0))
except OutputError as error:
    assert "closed" in str(error), error
output.close()
left = [entry.readlink() for entry in Path("/proc/self/fd").glob("*") if entry.exists()]
print("open", path in left)
"""


def in_child(path: Path, limit: int, count: int, ending: str = "close") -> str:
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(limit), str(count), ending],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == (-9 if ending == "kill" else 0), run.stderr
    return run.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
def test_what_a_killed_process_wrote_plays(path: Path) -> None:
    in_child(path, 0, 90, "kill")
    times, _ = decode(path)
    assert len(times) >= 90 - 25
    np.testing.assert_allclose(times, np.arange(len(times)) / 10, atol=1e-3)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
@pytest.mark.parametrize("limit", [0.5, 0.9, -100])
def test_what_a_full_disk_took_plays(path: Path, limit: float) -> None:
    in_child(path, 0, 60)
    size = path.stat().st_size
    path.unlink()
    text = in_child(path, int(size + limit if limit < 0 else size * limit), 60)
    assert f"recording {path} cannot be written: File too large" in text
    assert "make room there or choose another folder" in text
    assert "open False" in text
    times, _ = decode(path)
    assert len(times) >= (20 if limit == 0.5 else 40)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
@pytest.mark.parametrize("limit", [1, 60, 700])
def test_a_disk_without_room_for_a_head_is_told(path: Path, limit: int) -> None:
    text = in_child(path, limit, 30)
    assert "cannot be written" in text
    assert "open False" in text
