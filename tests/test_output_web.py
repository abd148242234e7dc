"""The page with the live picture: what it serves, whom it refuses, and that nobody waits."""

from __future__ import annotations

import http.client
import logging
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from output_support import chromium, cutout_of, frame_of, free_port, open_files, pattern

from livedepth.errors import OutputError
from livedepth.outputs import web, web_latest
from livedepth.outputs.web import WebOutput
from livedepth.outputs.web_frame import alpha_png, encode
from livedepth.outputs.web_latest import Latest

SIZE = (320, 180)


@pytest.fixture
def output() -> Iterator[WebOutput]:
    with closing(WebOutput(free_port())) as output:
        yield output


def get(
    output: WebOutput, path: str = "/", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", output._port, timeout=10)) as client:
        client.request("GET", path, headers=sent)
        answer = client.getresponse()
        return answer, answer.read()


@contextmanager
def writing(output: WebOutput, *, transparent: bool = False) -> Iterator[None]:
    """Write frames in another thread, as a stream would."""
    ended = threading.Event()
    image = pattern(SIZE)
    cutout = cutout_of(image) if transparent else None

    def run() -> None:
        index = 0
        while not ended.wait(0.01):
            output.write(frame_of(image, index, cutout=cutout))
            index += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def decoded(data: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """Colours and alpha of a frame, as the page takes it apart."""
    (length,) = struct.unpack_from(">I", data)
    colours = cv2.imdecode(np.frombuffer(data[4 : 4 + length], np.uint8), cv2.IMREAD_COLOR)
    rest = np.frombuffer(data[4 + length :], np.uint8)
    return colours, cv2.imdecode(rest, cv2.IMREAD_UNCHANGED)[..., 3] if rest.size else None


def wait_until_forgotten(output: WebOutput) -> None:
    end = time.monotonic() + 20
    while output.watched:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_page_is_whole_and_asks_for_nothing_from_elsewhere(output: WebOutput) -> None:
    answer, body = get(output)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<canvas>" in body
    assert b"://" not in body
    assert output.name == f"web http://127.0.0.1:{output._port}/"


@pytest.mark.parametrize("transparent", [False, True])
def test_a_frame_arrives_with_its_alpha(output: WebOutput, transparent: bool) -> None:
    with writing(output, transparent=transparent):
        answer, data = get(output, "/frame?after=0")
    assert answer.status == 200
    assert int(answer.headers["X-Frame"]) >= 1
    image = pattern(SIZE)
    colours, alpha = decoded(data)
    if not transparent:
        assert alpha is None
        assert np.abs(colours.astype(int) - image).mean() < 1.5
        return
    cutout = cutout_of(image)
    np.testing.assert_array_equal(alpha, cutout[..., 3])
    # As it is seen: over white, where black that bled into the edge would show.
    weight = cutout[..., 3:] / 255
    seen, meant = (c * weight + 255 * (1 - weight) for c in (colours, cutout[..., :3]))
    assert np.abs(seen - meant).mean() < 1
    assert np.percentile(np.abs(seen - meant), 99.9) < 20


def test_frames_come_once_each_and_in_order(output: WebOutput) -> None:
    numbers = [0]
    with writing(output):
        for _ in range(10):
            answer, _ = get(output, f"/frame?after={numbers[-1]}")
            numbers.append(int(answer.headers["X-Frame"]))
    assert numbers == sorted(set(numbers))


def test_one_connection_serves_many_frames(output: WebOutput) -> None:
    with (
        writing(output),
        closing(http.client.HTTPConnection("127.0.0.1", output._port, timeout=10)) as client,
    ):
        for _ in range(5):
            client.request("GET", "/frame?after=x")
            answer = client.getresponse()
            assert answer.status == 200
            assert answer.read()
            assert not answer.will_close


def test_without_frames_there_is_no_content(
    output: WebOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_LONGEST_WAIT", 0.05)
    assert get(output, "/frame?after=0")[0].status == 204


@pytest.mark.parametrize("path", ["/other", "/../etc/passwd", "/frame/"])
def test_there_is_nothing_else(output: WebOutput, path: str) -> None:
    assert get(output, path)[0].status == 404


@pytest.mark.parametrize("path", ["/", "/frame?after=0"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:{port}.evil.example"},
        {"Host": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_other_sites_are_refused(output: WebOutput, path: str, headers: dict[str, str]) -> None:
    named = {name: value.format(port=output._port) for name, value in headers.items()}
    answer, body = get(output, path, **named)
    assert answer.status == 403
    assert b"canvas" not in body
    assert not output.watched


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "LocalHost:{port}"])
def test_this_machine_is_served_under_its_names(output: WebOutput, host: str) -> None:
    answer, _ = get(output, Host=host.format(port=output._port), Sec_Fetch_Site="same-origin")
    assert answer.status == 200


def test_no_site_is_permitted_to_share(output: WebOutput) -> None:
    answer, _ = get(output, Origin="http://evil.example")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_only_this_machine_can_connect(output: WebOutput) -> None:
    assert output._server.server_address[0] == "127.0.0.1"


def test_nothing_is_encoded_or_kept_while_nobody_is_there(
    output: WebOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = []
    monkeypatch.setattr(
        web_latest, "encode", lambda picture: encoded.append(picture) or b"\0\0\0\0"
    )
    assert not output.watched
    with writing(output):
        time.sleep(0.1)
        assert not encoded
        assert output._latest._frame is None
        get(output, "/frame?after=0")
        assert output.watched
    assert len(encoded) == 1
    wait_until_forgotten(output)
    with writing(output):
        time.sleep(0.1)
    assert len(encoded) == 1


def test_a_waiting_page_counts_before_there_is_a_frame(output: WebOutput) -> None:
    thread = threading.Thread(target=get, args=(output, "/frame?after=0"))
    thread.start()
    end = time.monotonic() + 5
    while not output.watched:
        assert time.monotonic() < end
    with writing(output):
        thread.join()


def test_a_frame_is_encoded_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    monkeypatch.setattr(web_latest, "encode", lambda picture: encoded.append(picture) or b"data")
    latest = Latest()
    frames = []
    threads = [
        threading.Thread(target=lambda: frames.append(latest.after(0, 10))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while latest._waiting < 4:
        time.sleep(0.01)
    latest.put(pattern(SIZE))
    for thread in threads:
        thread.join()
    assert [frame.data() for frame in frames] == [b"data"] * 4
    assert len(encoded) == 1


def test_what_an_earlier_visitor_left_is_not_shown(output: WebOutput) -> None:
    with writing(output):
        get(output, "/frame?after=0")
    wait_until_forgotten(output)
    assert output._latest.after(0, 0.01) is None


def test_a_client_that_does_not_read_makes_nobody_wait(output: WebOutput) -> None:
    large = np.random.default_rng(0).integers(0, 255, (1080, 1920, 3), np.uint8)
    with closing(socket.create_connection(("127.0.0.1", output._port))) as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = f"GET /frame?after=0 HTTP/1.1\r\nHost: 127.0.0.1:{output._port}\r\n\r\n"
        stalled.sendall(request.encode())
        while not output._latest._waiting:
            time.sleep(0.01)
        output.write(frame_of(large))
        with writing(output):
            for _ in range(3):
                assert get(output, "/frame?after=0")[0].status == 200
        started = time.monotonic()
        output.close()
        assert time.monotonic() - started < 5


def failing(output: WebOutput, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Ask for a frame that cannot be encoded for that reason."""

    def fail(picture: np.ndarray) -> bytes:
        raise error

    monkeypatch.setattr(web_latest, "encode", fail)
    with writing(output), pytest.raises(http.client.RemoteDisconnected):
        get(output, "/frame?after=0")


def test_what_fails_in_a_clients_thread_is_told_in_one_line(
    output: WebOutput, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "livedepth")
    failing(output, monkeypatch, ValueError("no such\nformat\n"))
    warning, detail = caplog.records
    assert warning.levelno == logging.WARNING
    assert warning.message.endswith("no answer (ValueError: no such format); reload it")
    assert warning.exc_info is None
    assert detail.levelno == logging.DEBUG
    assert detail.exc_info[0] is ValueError


def test_a_client_that_went_away_is_nothing_to_report(
    output: WebOutput,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG, "livedepth")
    failing(output, monkeypatch, BrokenPipeError())
    assert not caplog.records
    assert capsys.readouterr() == ("", "")


def test_there_is_room_for_so_many_clients_only(
    output: WebOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_MOST_CLIENTS", 2)
    clients = [socket.create_connection(("127.0.0.1", output._port)) for _ in range(2)]
    while len(output._server._connections) < 2:
        time.sleep(0.01)
    with pytest.raises((http.client.HTTPException, OSError)):
        get(output)
    for client in clients:
        client.close()
    while output._server._connections:
        time.sleep(0.01)
    assert get(output)[0].status == 200


def test_a_taken_port_is_one_line(output: WebOutput) -> None:
    before = open_files()
    with pytest.raises(OutputError) as caught:
        WebOutput(output._port)
    text = str(caught.value)
    assert f"port {output._port} is in use by another program" in text
    assert text.endswith("choose another with --output web:PORT")
    assert "\n" not in text
    assert open_files() == before


def test_a_port_that_is_not_permitted_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(web, "_Server", refuse)
    with pytest.raises(OutputError, match="port 80 cannot be opened: Permission denied; choose"):
        WebOutput(80)


def test_a_port_is_free_again_after_closing() -> None:
    port = free_port()
    for _ in range(3):
        with closing(WebOutput(port)) as output, writing(output):
            assert get(output, "/frame?after=0")[0].status == 200


def test_closing_sends_waiting_clients_away_and_ends_all_threads() -> None:
    threads, files = threading.active_count(), open_files()
    output = WebOutput(free_port())
    statuses = []
    waiting = threading.Thread(target=lambda: statuses.append(get(output, "/frame")[0].status))
    waiting.start()
    idle = socket.create_connection(("127.0.0.1", output._port))
    while not (output._latest._waiting and len(output._server._connections) == 2):
        time.sleep(0.01)
    output.close()
    waiting.join()
    idle.close()
    assert statuses == [204]
    assert threading.active_count() == threads
    assert open_files() == files


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (320, 180)])
def test_alpha_is_a_picture_of_black_in_many_transparencies(size: tuple[int, int]) -> None:
    alpha = np.random.default_rng(1).integers(0, 256, size[::-1], np.uint8)
    read = cv2.imdecode(np.frombuffer(alpha_png(alpha), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read[..., 3], alpha)
    assert not read[..., :3].any()


def test_an_opaque_frame_has_no_alpha() -> None:
    colours, alpha = decoded(encode(pattern((7, 5))))
    assert colours.shape == (5, 7, 3)
    assert alpha is None


def screenshot(output: WebOutput, folder: Path, ground: str) -> np.ndarray:
    """What a browser shows of the page, over a ground of the colour rrggbb."""
    command = chromium(
        folder / "profile",
        *(f"--window-size={SIZE[0]},{SIZE[1]}", "--hide-scrollbars"),
        *(f"--default-background-color={ground}ff", "--virtual-time-budget=2000"),
        *(f"--screenshot={folder}/shot.png", f"http://127.0.0.1:{output._port}/"),
    )
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return cv2.imdecode(np.fromfile(folder / "shot.png", np.uint8), cv2.IMREAD_COLOR)


def test_a_browser_shows_the_cutout_over_what_lies_behind(
    output: WebOutput, tmp_path: Path
) -> None:
    with writing(output, transparent=True):
        shot = screenshot(output, tmp_path, "00c040")
    cutout = cutout_of(pattern(SIZE))
    weight = cutout[..., 3:] / 255
    meant = cutout[..., :3] * weight + np.array([0x40, 0xC0, 0]) * (1 - weight)
    assert shot.shape == meant.shape
    error = np.abs(shot - meant)
    assert error.mean() < 2
    assert np.percentile(error, 99) < 12
    assert tuple(shot[2, 2]) == (0x40, 0xC0, 0)


def wait_for_a_page(output: WebOutput) -> None:
    end = time.monotonic() + 30
    while not output.watched:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert get(output, "/frame?after=0")[0].status in (200, 204)


def test_a_page_comes_back_by_itself(tmp_path: Path) -> None:
    port = free_port()
    output = WebOutput(port)
    command = chromium(tmp_path, "--remote-debugging-port=0", f"http://127.0.0.1:{port}/")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as browser:
        try:
            wait_for_a_page(output)
            output.close()
            output = WebOutput(port)
            wait_for_a_page(output)
        finally:
            browser.terminate()
            output.close()
