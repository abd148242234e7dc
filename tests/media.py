"""Small clips and servers that the tests of sources make for themselves."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

BARS = [(0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)]


def quadrants(width: int, height: int) -> np.ndarray:
    """Red, green, blue and white quarters, in reading order; BGR."""
    image = np.zeros((height, width, 3), np.uint8)
    middle, centre = height // 2, width // 2
    image[:middle, :centre], image[:middle, centre:] = BARS[0], BARS[1]
    image[middle:, :centre], image[middle:, centre:] = BARS[2], BARS[3]
    return image


def numbered(index: int, width: int, height: int) -> np.ndarray:
    """A grey picture that tells its index by its brightness; BGR."""
    return np.full((height, width, 3), 20 + 10 * (index % 20), np.uint8)


def number_of(image: np.ndarray) -> int:
    """The index that ``numbered`` wrote."""
    return round((float(image.mean()) - 20) / 10)


def write_clip(
    path: Path,
    images: Sequence[np.ndarray],
    *,
    rate: int = 30,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    times: Sequence[float] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode BGR images; ``times`` are seconds, evenly spaced where not given."""
    options = options or {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = Fraction(1, 1000)
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.time_base = Fraction(1, 1000)
            frame.pts = round(1000 * (index / rate if times is None else times[index]))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """A file with a tenth of a second of silence and no pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    return path


@contextmanager
def serving(respond: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server on this machine whose answers ``respond`` writes; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                respond(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def motion_jpeg(
    count: int, then: threading.Event | None = None, size: tuple[int, int] = (64, 48)
) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Answer with ``count`` numbered JPEG parts at 100 a second, then wait for the event."""

    def respond(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        request.end_headers()
        for index in range(count):
            picture = cv2.imencode(".jpg", numbered(index, *size))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            request.wfile.write(head.encode() + picture + b"\r\n")
            time.sleep(0.01)
        if then is not None:
            then.wait(30)

    return respond


def file_response(content: bytes) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Answer with a whole file."""

    def respond(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return respond
