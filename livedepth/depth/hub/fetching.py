"""Fetching one version of a model into a folder beside, every file verified."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from livedepth.depth.digest import sha256_of
from livedepth.depth.hub.folder import (
    CONFIG,
    INDEX,
    PICKLES,
    WEIGHTS,
    describe,
    no_safetensors,
    read_json,
    shards,
)
from livedepth.depth.hub.preprocessor import PREPROCESSOR
from livedepth.depth.hub.remote import Hub, RemoteFile, RemoteModel
from livedepth.depth.hub.store import LockedFile, partial_of
from livedepth.errors import ModelError

_LARGEST_JSON = 16_000_000


class Fetching:
    """One version on its way: its files, in the order in which they can be refused cheaply.

    expected: SHA-256 of files, as far as they are known beforehand.
    """

    def __init__(
        self,
        hub: Hub,
        remote: RemoteModel,
        name: str,
        expected: dict[str, str],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._hub = hub
        self._remote = remote
        self._name = name
        self._expected = expected
        self._progress = progress
        self._folder = partial_of(name, remote.commit)
        self._done = self._total = 0

    def run(self) -> tuple[LockedFile, ...]:
        """Fetch what the model consists of into its partial folder, every file verified."""
        repository, names = self._remote.repository, self._remote.files
        self._folder.mkdir(parents=True, exist_ok=True)
        sharded = WEIGHTS not in names and INDEX in names
        if not sharded and WEIGHTS not in names:
            raise no_safetensors(repository, sorted(n for n in names if n.endswith(PICKLES)))
        small = [self._file(name) for name in (CONFIG, PREPROCESSOR, *([INDEX] if sharded else []))]
        fetched = []
        for file in small:
            if file.size > _LARGEST_JSON:
                raise ModelError(f"{file.name} of {repository} is far too large: {file.size} bytes")
            fetched.append(self._fetch(file))
        config, preprocessor = (read_json(self._folder / n) for n in (CONFIG, PREPROCESSOR))
        describe(repository, self._name, config, preprocessor)
        weights = shards(repository, read_json(self._folder / INDEX)) if sharded else [WEIGHTS]
        large = [self._file(name) for name in weights]
        self._total = self._done + sum(file.size for file in large)
        self._check_room(large)
        fetched.extend(self._fetch(file) for file in large)
        return tuple(fetched)

    def _file(self, name: str) -> RemoteFile:
        file = self._remote.files.get(name)
        if file is None:
            raise ModelError(
                f"{self._remote.repository} has no {name}: it is no model livedepth runs"
            )
        known = self._expected.get(name)
        if known and file.sha256 and known != file.sha256:
            raise ModelError(
                f"the hub declares another checksum for {name} of {self._remote.repository} than "
                f"the one known for {self._remote.commit[:12]}; it is refused"
            )
        return replace(file, sha256=known or file.sha256)

    def _check_room(self, files: list[RemoteFile]) -> None:
        begun = sum(part.stat().st_size for part in self._folder.glob("*.safetensors*"))
        needed = sum(file.size for file in files) - begun
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise ModelError(
                f"{self._folder.parent} has room for {free / 1e6:.0f} MB, and {self._name} needs "
                f"{needed / 1e6:.0f} MB; make room, or name another place in LIVEDEPTH_MODELS_DIR"
            )

    def _fetch(self, file: RemoteFile) -> LockedFile:
        whole, part = self._folder / file.name, self._folder / f"{file.name}.part"
        if whole.exists():
            whole.replace(part)
        if part.exists() and part.stat().st_size > file.size:
            part.unlink()
        self._hub.fetch(self._remote, file, part, self._show)
        sha256 = self._verify(file, part)
        part.replace(whole)
        self._done += file.size
        self._show(0)
        status = whole.stat()
        return LockedFile(file.name, status.st_size, sha256, status.st_mtime_ns)

    def _show(self, more: int) -> None:
        if self._progress and self._total:
            self._progress(self._done + more, self._total)

    def _verify(self, file: RemoteFile, part: Path) -> str:
        """The SHA-256 of a fetched file, which is thrown away if it is another's."""
        sha256 = sha256_of(part)
        got = sha256 if file.sha256 else _git_blob(part.read_bytes())
        declared = file.sha256 or file.blob
        if got != declared:
            part.unlink()
            raise ModelError(
                f"{file.name} of {self._remote.repository} is not what it should be: its checksum "
                f"is {got[:12]}, not {str(declared)[:12]}; it was thrown away"
            )
        return sha256


def _git_blob(content: bytes) -> str:
    """The name that git gives a file's content: SHA-1 over a header and the content."""
    header = b"blob %d\0" % len(content)
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
