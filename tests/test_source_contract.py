"""What every source promises, held by each kind that can be opened on this machine."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import media
import numpy as np
import pytest

from livedepth.capture.opening import open_source
from livedepth.capture.source import Source
from livedepth.errors import CameraLostError, SourceError
from livedepth.settings import Settings

Opener = Callable[[], Source]
COUNT = 8


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    images = [media.numbered(n, 64, 48) for n in range(COUNT)]
    return media.write_clip(tmp_path / "clip.mkv", images)


@pytest.fixture(
    params=[
        "video",
        "realtime",
        "looped",
        "pictures",
        "stream",
        "recording",
        "synthetic",
        pytest.param("camera", marks=pytest.mark.camera),
    ]
)
def opener(request: pytest.FixtureRequest, tmp_path: Path, clip: Path) -> Iterator[Opener]:
    """Opens one kind of source, again and again."""
    kind = request.param
    options: dict[str, object] = {"width": 64, "height": 48}
    with contextlib.ExitStack() as stack:
        if kind in ("video", "realtime", "looped"):
            options |= {"realtime": kind == "realtime", "loop": kind == "looped"}
            text = str(clip)
        elif kind == "pictures":
            folder = tmp_path / "pictures"
            folder.mkdir()
            for number in range(COUNT):
                cv2.imwrite(str(folder / f"{number}.png"), media.numbered(number, 64, 48))
            text = str(folder)
        elif kind == "stream":
            done = threading.Event()
            stack.callback(done.set)
            text = stack.enter_context(media.serving(media.motion_jpeg(300, done))) + "/video"
        elif kind == "recording":
            content = clip.read_bytes()
            text = stack.enter_context(media.serving(media.file_response(content))) + "/clip.mkv"
        elif kind == "camera":
            if not Path("/dev/video0").exists():
                pytest.skip("there is no /dev/video0 here; run in the camera VM")
            text, options = "0", {"width": 320, "height": 180}
        else:
            text = kind
        yield lambda: open_source(Settings(source=text, **options))


def handles() -> int:
    """How many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_frames_are_what_the_source_says(opener: Opener) -> None:
    with opener() as source:
        assert source.name
        assert "\n" not in source.name + source.granted
        assert 1 <= source.rate <= 1000
        assert source.length is None or source.length == COUNT
        width, height = source.size
        for _ in range(6):
            image = source.read().image
            assert image.shape == (height, width, 3)
            assert image.dtype == np.uint8
            assert image.flags.c_contiguous
            assert image.flags.aligned


def test_indices_and_times_go_forward(opener: Opener) -> None:
    before = time.monotonic()
    with opener() as source:
        frames = [source.read() for _ in range(6)]
    assert all(a.index < b.index for a, b in itertools.pairwise(frames))
    assert all(a.captured_at <= b.captured_at for a, b in itertools.pairwise(frames))
    assert all(a.timestamp <= b.timestamp for a, b in itertools.pairwise(frames))
    assert frames[0].timestamp >= 0
    assert before - 1 <= frames[0].captured_at <= frames[-1].captured_at <= time.monotonic()
    assert source.live or [frame.index for frame in frames] == list(range(6))


def test_no_image_changes_while_it_is_held(opener: Opener) -> None:
    with opener() as source:
        held = [source.read().image for _ in range(7)]
        copies = [image.copy() for image in held]
        for _ in range(5 if source.length is None else COUNT - 7):
            source.read()
        assert all((image == copy).all() for image, copy in zip(held, copies, strict=True))


def test_no_image_changes_during_three_further_reads(opener: Opener) -> None:
    with opener() as source:
        source.read()
        image = source.read().image
        address, content = image.ctypes.data, image.tobytes()
        hold_nothing = weakref.ref(image)
        del image
        for _ in range(3):
            source.read()
        if hold_nothing() is not None:
            assert ctypes.string_at(address, len(content)) == content


def test_the_end_is_none_for_ever(opener: Opener) -> None:
    with opener() as source:
        if source.length is None:
            for _ in range(3):
                assert source.read() is not None
            source.interrupt()
            deadline = time.monotonic() + 3
            while source.read() is not None:
                assert time.monotonic() < deadline
        else:
            frames = list(iter(source.read, None))
            assert frames[-1].index <= COUNT - 1
            assert source.live or len(frames) == COUNT
        for _ in range(3):
            assert source.read() is None


def test_closing_twice_and_reading_after_it(opener: Opener) -> None:
    source = opener()
    source.read()
    source.close()
    source.close()
    source.interrupt()
    with contextlib.suppress(SourceError):
        assert source.read() is None


def test_an_interrupt_ends_reading(opener: Opener) -> None:
    with opener() as source:
        ended = threading.Event()

        def read_on() -> None:
            with contextlib.suppress(CameraLostError):
                while source.read() is not None:
                    pass
            ended.set()

        thread = threading.Thread(target=read_on)
        thread.start()
        source.interrupt()
        source.interrupt()
        assert ended.wait(3)
        thread.join()
        assert source.read() is None


def test_changed_settings_and_a_release_never_stop_it(opener: Opener) -> None:
    with opener() as source:
        before = source.read()
        source.adjust(Settings(strength=1))
        assert source.read().image.shape == before.image.shape
        if source.live:
            source.release()
            after = source.read()
            assert after.image.shape == before.image.shape
            assert after.index > before.index
            assert after.timestamp >= before.timestamp


@pytest.mark.skipif(sys.platform != "linux", reason="counts handles through /proc")
def test_nothing_stays_open(opener: Opener) -> None:
    opener().close()
    before = handles()
    for _ in range(2):
        with opener() as source:
            source.read()
    with contextlib.suppress(ZeroDivisionError), opener():
        raise ZeroDivisionError
    deadline = time.monotonic() + 6
    while handles() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert handles() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="counts handles through /proc")
def test_a_failed_open_leaves_nothing_open(tmp_path: Path) -> None:
    media.write_sound(tmp_path / "sound.wav")
    (tmp_path / "text.mp4").write_text("no video" * 99)
    (tmp_path / "text.png").write_text("no picture")
    texts = [str(tmp_path / name) for name in ("sound.wav", "text.mp4", "text.png", "absent.mp4")]
    before = handles()
    for text in [*texts, "http://127.0.0.1:9/x", "/dev/null", "/dev/video99"]:
        with pytest.raises(SourceError) as caught:
            open_source(Settings(source=text))
        assert "\n" not in str(caught.value)
    assert handles() == before
