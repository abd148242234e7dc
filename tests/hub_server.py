"""A small hub on loopback, speaking what pulling asks for, with faults on request."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


def git_blob(content: bytes) -> str:
    """What git calls a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class HubServer(ThreadingHTTPServer):
    """Repositories with branches, and what to do wrong.

    refused: repository -> (status, error code). altered: file -> the content sent instead. cuts:
    file -> how many bytes of the body to send before hanging up, one entry for each request.
    large: endings of files that are kept as LFS objects, declared by SHA-256 and redirected.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.commits: dict[str, dict[str, dict[str, bytes]]] = defaultdict(dict)
        self.branches: dict[str, dict[str, str]] = defaultdict(dict)
        self.licences: dict[str, str] = {}
        self.refused: dict[str, tuple[int, str]] = {}
        self.altered: dict[str, bytes] = {}
        self.cuts: dict[str, list[int]] = defaultdict(list)
        self.declared: dict[str, str] = {}
        self.large = (".safetensors", ".bin")
        self.answer: bytes | None = None
        self.delay = 0.0
        self.requests: list[tuple[str, str]] = []
        self.sent: dict[str, int] = defaultdict(int)

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up in the middle of an answer is part of what is tested."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def publish(self, repository: str, files: dict[str, bytes], branch: str = "main") -> str:
        """Put a commit on a branch; return the commit."""
        names = "".join(
            f"{name}{hashlib.sha256(files[name]).hexdigest()}" for name in sorted(files)
        )
        commit = hashlib.sha1(names.encode()).hexdigest()
        self.commits[repository][commit] = files
        self.branches[repository][branch] = commit
        return commit

    def ranges(self, name: str) -> list[str]:
        """The Range headers with which a file's content was asked for, "" for none."""
        return [asked for path, asked in self.requests if path.endswith(name) and "resolve" in path]


class _Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append((path, self.headers.get("Range", "")))
        parts = path.strip("/").split("/")
        repository = "/".join(parts[2:4] if parts[0] == "api" else parts[:2])
        if self.server.answer is not None:
            self._send(200, self.server.answer, body)
        elif repository in self.server.refused:
            status, code = self.server.refused[repository]
            self._send(status, b"{}", body, {"X-Error-Code": code} if code else {})
        elif parts[0] == "cdn":
            self._file(parts[-1], self._content("/".join(parts[1:3]), parts[3], parts[-1]), body)
        elif repository not in self.server.commits:
            self._send(401, b"{}", body, {"X-Error-Code": "RepoNotFound"})
        elif parts[0] == "api":
            self._info(repository, "/".join(parts[5:]) or "main", body)
        else:
            self._resolve(repository, parts[3], parts[4], body)

    def _commit(self, repository: str, revision: str) -> str | None:
        if revision in self.server.commits[repository]:
            return revision
        return self.server.branches[repository].get(revision)

    def _content(self, repository: str, commit: str, name: str) -> bytes:
        return self.server.altered.get(name, self.server.commits[repository][commit][name])

    def _info(self, repository: str, revision: str, body: bool) -> None:
        commit = self._commit(repository, revision)
        if commit is None:
            self._send(404, b"{}", body, {"X-Error-Code": "RevisionNotFound"})
            return
        siblings = []
        for name, content in self.server.commits[repository][commit].items():
            entry: dict[str, object] = {
                "rfilename": name,
                "size": len(content),
                "blobId": git_blob(content),
            }
            if name.endswith(self.server.large):
                sha256 = self.server.declared.get(name, hashlib.sha256(content).hexdigest())
                entry["lfs"] = {"size": len(content), "sha256": sha256, "pointerSize": 130}
            siblings.append(entry)
        licence = self.server.licences.get(repository)
        answer = {
            "id": repository,
            "sha": commit,
            "siblings": siblings,
            "cardData": {"license": licence} if licence else {},
        }
        notice = {"X-HF-Warning": "pull; this notice of the hub must not be shown"}
        self._send(200, json.dumps(answer).encode(), body, notice)

    def _resolve(self, repository: str, revision: str, name: str, body: bool) -> None:
        commit = self._commit(repository, revision)
        if commit is None or name not in self.server.commits[repository][commit]:
            self._send(404, b"{}", body, {"X-Error-Code": "EntryNotFound"})
        elif name.endswith(self.server.large):
            place = f"{self.server.address}/cdn/{repository}/{commit}/{name}"
            self._send(302, b"", body, {"Location": place, "X-Repo-Commit": commit})
        else:
            self._file(name, self._content(repository, commit, name), body)

    def _file(self, name: str, content: bytes, body: bool) -> None:
        asked = self.headers.get("Range", "")
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"'}
        if asked:
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        cuts = self.server.cuts[name]
        cut = cuts.pop(0) if cuts and body else None
        sent = self._send(206 if asked else 200, content[begin:], body, headers, cut)
        self.server.sent[name] += sent

    def _send(
        self,
        status: int,
        content: bytes,
        body: bool,
        headers: dict[str, str] | None = None,
        cut: int | None = None,
    ) -> int:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        if not body:
            return 0
        part = content if cut is None else content[:cut]
        for begin in range(0, len(part), 1 << 16):
            self.wfile.write(part[begin : begin + (1 << 16)])
            if self.server.delay:
                time.sleep(self.server.delay)
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True
        return len(part)


@contextmanager
def serving() -> Iterator[HubServer]:
    """A hub that answers until the block ends."""
    with HubServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
