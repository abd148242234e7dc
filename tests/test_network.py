"""Streams from a server on this machine: live ones, recordings, losses and refusals."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import media
import pytest

from livedepth.capture import network
from livedepth.capture.network import NetworkSource, open_stream
from livedepth.capture.source import Source
from livedepth.errors import CameraLostError, SourceError
from livedepth.frame import Frame


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "STALL_SECONDS", 0.5)


def read_into(frames: list[Frame], source: Source) -> None:
    """Read on and on, keeping what came."""
    for frame in iter(source.read, None):
        frames.append(frame)


def test_a_web_camera_is_live() -> None:
    done = threading.Event()
    with (
        media.serving(media.motion_jpeg(30, done)) as address,
        open_stream(f"{address}/video") as source,
    ):
        assert (source.live, source.size, source.length) == (True, (64, 48), None)
        assert source.granted == ""
        frames = [source.read() for _ in range(3)]
        for frame in frames:
            assert frame.image.shape == (48, 64, 3)
            assert media.number_of(frame.image) == frame.index % 20
        assert frames[0].index < frames[1].index < frames[2].index
        for frame in frames:
            passed = frame.captured_at - frames[0].captured_at
            assert frame.timestamp - frames[0].timestamp == pytest.approx(passed, abs=0.005)
        done.set()


def test_a_stream_that_ends_is_lost_and_found_again() -> None:
    with media.serving(media.motion_jpeg(20)) as address, open_stream(f"{address}/v") as source:
        last = -1
        for _ in range(2):
            frames: list[Frame] = []
            with pytest.raises(CameraLostError, match=r"has ended|broke off"):
                read_into(frames, source)
            indices = [last, *(frame.index for frame in frames)]
            assert indices == sorted(set(indices))
            last = indices[-1]
        assert source.read().index > last


def test_a_stream_that_stalls_is_lost() -> None:
    forever = threading.Event()
    with (
        media.serving(media.motion_jpeg(20, forever)) as address,
        open_stream(f"{address}/v") as source,
    ):
        with pytest.raises(CameraLostError, match=r"nothing (came within|for) 0\.5 s"):
            read_into([], source)
        forever.set()


def test_an_interrupt_ends_a_read_at_once() -> None:
    forever = threading.Event()
    with media.serving(media.motion_jpeg(20, forever)) as address:
        source = NetworkSource(network._decoder(f"{address}/v", "v", live=True), "v")
        while source.read().index < 10:
            pass
        threading.Timer(0.05, source.interrupt).start()
        while source.read() is not None:
            pass
        assert source.read() is None
        forever.set()
        source.close()
        source._thread.join(5)
        assert not source._thread.is_alive()


def test_a_recording_plays_like_a_file(tmp_path: Path) -> None:
    images = [media.numbered(n, 64, 48) for n in range(9)]
    path = media.write_clip(tmp_path / "a.mp4", images, options={"movflags": "faststart"})
    with (
        media.serving(media.file_response(path.read_bytes())) as address,
        open_stream(f"{address}/a.mp4") as source,
    ):
        assert (source.live, source.length) == (False, 9)
        frames = list(iter(source.read, None))
        assert [media.number_of(frame.image) for frame in frames] == list(range(9))
        assert source.read() is None


def test_a_live_playlist_is_played_at_its_own_pace(tmp_path: Path) -> None:
    images = [media.numbered(n, 64, 48) for n in range(30)]
    segments = {"hls_time": "0.2", "hls_list_size": "0", "g": "5"}
    media.write_clip(tmp_path / "live.m3u8", images, options=segments)

    def respond(request: http.server.BaseHTTPRequestHandler) -> None:
        content = (tmp_path / request.path.strip("/")).read_bytes()
        media.file_response(content.replace(b"#EXT-X-ENDLIST\n", b""))(request)

    with media.serving(respond) as address, open_stream(f"{address}/live.m3u8") as source:
        assert source.live
        frames: list[Frame] = []
        with pytest.raises(CameraLostError):
            read_into(frames, source)
    assert len(frames) > 3
    for frame in frames:
        due = frames[0].captured_at + frame.timestamp - frames[0].timestamp
        assert frame.captured_at >= due - 0.005


@contextmanager
def silent_server() -> Iterator[str]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_an_address_that_refuses() -> None:
    with silent_server() as address:
        pass
    for scheme in ("http", "rtsp", "rtmp"):
        with pytest.raises(SourceError, match="refused") as caught:
            open_stream(f"{scheme}://me:secret@{address}/x")
        assert f"{scheme}://{address}/x" in str(caught.value)
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_address_that_does_not_answer() -> None:
    with silent_server() as address, pytest.raises(SourceError, match=r"within 0\.5 s|timed out"):
        open_stream(f"http://{address}/x")


def test_answers_that_are_no_video() -> None:
    def not_found(request: object) -> None:
        request.send_error(404)

    with (
        media.serving(not_found) as address,
        pytest.raises(SourceError, match=r"404|not found"),
    ):
        open_stream(f"{address}/x")
    with (
        media.serving(media.file_response(b"<html>hello</html>" * 99)) as address,
        pytest.raises(SourceError, match="not a video"),
    ):
        open_stream(f"{address}/x")
