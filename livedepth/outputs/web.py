"""A page on this machine with the live picture, for a browser source of OBS or a browser."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import socketserver
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from livedepth.errors import OutputError
from livedepth.frame import Frame
from livedepth.outputs.web_latest import Latest
from livedepth.outputs.web_page import PAGE

_LOG = logging.getLogger("livedepth")

_HOST = "127.0.0.1"
_NAMES = ("localhost", _HOST)

# Seconds that a request waits for a frame, and that a client may take to read an answer.
_LONGEST_WAIT = 2.0
_STALLED = 10.0

_MOST_CLIENTS = 16

_PRIVATE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class WebOutput:
    """Serves a page that draws every frame as it comes, with the alpha of frames that have it.

    Only this machine is served. Pages of other sites cannot read the picture: a foreign name in
    the request's Host, or a request that a browser says another site made, is refused, and none
    is permitted to share. Each client asks for the newest frame when it has drawn the last, so a
    slow one skips frames and nobody waits for it; frames are encoded in the clients' threads,
    once each, and not at all while nobody is there.
    """

    def __init__(self, port: int) -> None:
        """Serve at ``port``. Raises OutputError where it is taken or not permitted."""
        self._port = port
        self._latest = Latest()
        try:
            self._server = _Server((_HOST, port), _Handler)
        except OSError as error:
            raise OutputError(_refusal(port, error)) from error
        self._server.latest = self._latest
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="web output", daemon=True
        )
        self._thread.start()

    @property
    def name(self) -> str:
        """What a person would call it, with the page's address."""
        return f"web http://{_HOST}:{self._port}/"

    @property
    def watched(self) -> bool:
        """Whether a page is open somewhere."""
        return self._latest.wanted

    def write(self, frame: Frame) -> None:
        """Offer one frame to the clients there are. Raises OutputError once closed."""
        if self._latest.closed:
            raise OutputError(f"{self.name} is closed; open it again to send frames")
        if self._latest.wanted:
            self._latest.put(frame.image if frame.cutout is None else frame.cutout)

    def close(self) -> None:
        """Send the clients away and free the port; safe to call twice."""
        if self._latest.closed:
            return
        self._latest.close()
        self._server.shutdown()
        self._thread.join()
        self._server.disconnect()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Threads that are joined at the end, and connections that can be cut."""

    daemon_threads = False
    # On Windows this would let a second program take the port.
    allow_reuse_address = os.name == "posix"
    latest: Latest

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind, without the look-up of this machine's name that may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = _HOST, self.server_address[1]

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002
        """Whether there is room for another client."""
        with self._lock:
            return len(self._connections) < _MOST_CLIENTS

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Report what went wrong, which a client that went away in the middle is not."""
        error = sys.exception()
        if isinstance(error, OSError):
            return
        why = " ".join(str(error).split())
        _LOG.warning("the web page got no answer (%s: %s); reload it", type(error).__name__, why)
        _LOG.debug("failed", exc_info=error)

    def disconnect(self) -> None:
        """Cut all connections, so that no thread waits for one."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "livedepth"
    sys_version = ""
    timeout = _STALLED
    server: _Server

    def do_GET(self) -> None:
        if not self._from_here():
            self._answer(HTTPStatus.FORBIDDEN, b"This page is for this machine only.\n")
            return
        target = urlsplit(self.path)
        match target.path:
            case "/":
                self._answer(HTTPStatus.OK, PAGE.encode(), "text/html; charset=utf-8")
            case "/frame":
                self._frame(parse_qs(target.query).get("after", ["0"])[0])
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"There is nothing here.\n")

    def _frame(self, after: str) -> None:
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0
        frame = self.server.latest.after(number, _LONGEST_WAIT)
        if frame is None:
            self.close_connection = self.server.latest.closed
            self._answer(HTTPStatus.NO_CONTENT, b"")
            return
        self._answer(
            HTTPStatus.OK, frame.data(), "application/octet-stream", {"X-Frame": str(frame.number)}
        )

    def _from_here(self) -> bool:
        """Whether the request names this machine and no browser says another site made it.

        A name of an attacker's that resolves to 127.0.0.1 (DNS rebinding) shows in Host.
        """
        port = self.server.server_port
        hosts = {f"{name}:{port}" for name in _NAMES} | (set(_NAMES) if port == 80 else set())
        same_site = self.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")
        return self.headers.get("Host", "").lower() in hosts and same_site

    def _answer(
        self,
        status: HTTPStatus,
        body: bytes,
        content: str = "text/plain; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (_PRIVATE | (headers or {})).items():
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", content)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not reported: there is one for every frame."""


def _refusal(port: int, error: OSError) -> str:
    another = "choose another with --output web:PORT"
    if error.errno == errno.EADDRINUSE:
        return f"web output: port {port} is in use by another program; close that, or {another}"
    return f"web output: port {port} cannot be opened: {error.strerror}; {another}"
