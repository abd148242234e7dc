"""Talking to the hub: what a repository holds at a revision, and its files, resumed.

The library ``huggingface_hub`` knows where the hub is (HF_ENDPOINT), who asks (its token), proxies
and the meaning of refusals. Its own downloads are not used: they start over after an interruption.
"""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from livedepth._version import VERSION
from livedepth.errors import EngineError, ModelError

_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub declares it: bytes, and its SHA-256 or else its git blob's SHA-1."""

    name: str
    size: int
    sha256: str | None
    blob: str | None


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """What a repository holds at one commit; licence: as its card says, "" for none."""

    repository: str
    commit: str
    licence: str
    files: dict[str, RemoteFile]


class Hub:
    """The hub that the environment names.

    Every method raises ModelError, in one line, when the hub cannot be reached or refuses.
    Raises EngineError where the library is not installed, ModelError for an HF_ENDPOINT that is no
    URL.
    """

    def __init__(self) -> None:
        try:
            import huggingface_hub.errors
            import huggingface_hub.utils
        except ImportError as error:
            raise EngineError(
                "pulling models needs huggingface_hub; `pip install 'livedepth[torch]'`"
            ) from error
        self._errors = huggingface_hub.errors
        # Through here the library lends its HTTP client under one name, whichever it is.
        self._utils: Any = huggingface_hub.utils
        self._broken = (self._utils.httpx.HTTPError, self._utils.httpx.InvalidURL, ConnectionError)
        self._url = huggingface_hub.hf_hub_url
        endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/")
        if endpoint and not _is_url(endpoint):
            raise ModelError(
                f"HF_ENDPOINT = {endpoint!r} is not allowed; it takes a hub's URL, as https://HOST"
            )
        self._api = huggingface_hub.HfApi(
            endpoint=endpoint or None, library_name="livedepth", library_version=VERSION
        )
        # Its advice on tokens and the hub's own notices would break into the progress line.
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)

    def look_up(self, repository: str, revision: str) -> RemoteModel:
        """Resolve a revision (branch, tag, reference or commit) and list the files there."""
        with self._refusals(repository, revision):
            info = self._api.model_info(
                repository, revision=revision, files_metadata=True, timeout=_TIMEOUT
            )
            commit = info.sha or ""
            if not re.fullmatch(r"[0-9a-f]{40}", commit):
                raise ValueError("no commit")
            card: Any = info.card_data or {}
            files = {
                file.rfilename: RemoteFile(
                    file.rfilename, file.size, file.lfs.sha256 if file.lfs else None, file.blob_id
                )
                for file in info.siblings or ()
                if isinstance(file.size, int) and file.size >= 0
            }
        return RemoteModel(repository, commit, str(card.get("license") or ""), files)

    def fetch(
        self, model: RemoteModel, file: RemoteFile, part: Path, progress: Callable[[int], None]
    ) -> None:
        """Complete ``part``, going on after the bytes that it already has.

        progress: is told how many bytes there are. A connection that breaks is opened again as
        long as it brings something; what has come stays in ``part`` when it does not.
        """
        with self._refusals(model.repository, model.commit, part):
            part.touch()
            done = part.stat().st_size
            while done < file.size:
                begun = done
                try:
                    self._go_on(model, file, part, progress)
                except self._errors.HfHubHTTPError:
                    raise
                except self._broken:
                    if part.stat().st_size <= begun:
                        raise
                done = part.stat().st_size
                if done <= begun:
                    again = "pull again" + (" and it goes on from there" if done else "")
                    raise ModelError(
                        f"the hub closed the connection after {done} of {file.size} bytes of "
                        f"{file.name}; {again}"
                    )

    def _go_on(
        self, model: RemoteModel, file: RemoteFile, part: Path, progress: Callable[[int], None]
    ) -> None:
        url = self._url(
            model.repository, file.name, revision=model.commit, endpoint=self._api.endpoint
        )
        headers = self._utils.build_hf_headers(library_name="livedepth", library_version=VERSION)
        headers["Accept-Encoding"] = "identity"
        done = part.stat().st_size
        if done:
            headers["Range"] = f"bytes={done}-"
        client = self._utils.get_session()
        with client.stream("GET", url, headers=headers, timeout=_TIMEOUT) as response:
            if response.status_code >= 400:
                response.read()
            self._utils.hf_raise_for_status(response)
            with part.open("ab" if response.status_code == 206 else "wb") as out:
                for piece in response.iter_bytes():
                    if out.tell() + len(piece) > file.size:
                        raise ModelError(f"the hub sends more of {file.name} than it declares")
                    out.write(piece)
                    progress(out.tell())

    @contextmanager
    def _refusals(self, repository: str, revision: str, part: Path | None = None) -> Iterator[None]:
        """Turn whatever the library, the network or the disk raises into one line.

        part: the file that is being fetched, if one is.
        """
        errors = self._errors
        hub, page = self._api.endpoint, f"{self._api.endpoint}/{repository}"
        try:
            yield
        except errors.OfflineModeIsEnabled as error:
            raise ModelError(
                f"cannot pull {repository}: HF_HUB_OFFLINE forbids the network; unset it"
            ) from error
        except errors.GatedRepoError as error:
            raise ModelError(
                f"{repository} is gated: ask for access at {page}, then `hf auth login`"
            ) from error
        except errors.RepositoryNotFoundError as error:
            raise ModelError(
                f"{hub} has no repository {repository}, or it is private: `hf auth login` first"
            ) from error
        except errors.RevisionNotFoundError as error:
            raise ModelError(f"{repository} has no revision {revision!r}; see {page}") from error
        except errors.HfHubHTTPError as error:
            status = error.response.status_code
            way_out = "`hf auth login` first" if status in (401, 403) else "try again later"
            raise ModelError(f"{hub} answered {status} for {repository}; {way_out}") from error
        except self._broken as error:
            why = str(error) or type(error).__name__
            came = part is not None and any(file.stat().st_size for file in part.parent.iterdir())
            way_out = (
                "what came is kept, and pulling again goes on from there"
                if came
                else "see that the network is there, and pull again"
            )
            raise ModelError(f"cannot reach the hub at {hub} ({why}); {way_out}") from error
        except OSError as error:
            why = error.strerror or str(error)
            room = "; make room and pull again" if error.errno == errno.ENOSPC else ""
            raise ModelError(f"cannot write the files of {repository}: {why}{room}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(
                f"what {hub} answered for {repository} is not a hub's answer"
            ) from error


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        # Asking for a port that is no number raises.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
