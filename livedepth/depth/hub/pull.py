"""Pulling a model from the hub: pinned, verified, resumed, and never seen half-done."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from livedepth.depth.hub.catalogue import MODELS, HubModel, find, is_non_commercial
from livedepth.depth.hub.fetching import Fetching
from livedepth.depth.hub.folder import WEIGHTS
from livedepth.depth.hub.naming import split_size
from livedepth.depth.hub.remote import Hub, RemoteModel
from livedepth.depth.hub.store import (
    Pulled,
    canonical_name,
    home_of,
    partial_of,
    read_lock,
    require_models_folder,
    verify,
    write_lock,
)
from livedepth.errors import ModelError

BRANCH = "main"

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The model that is here now, and whether anything had to be fetched for it."""

    model: Pulled
    fetched: bool


def pull(
    name: str,
    revision: str | None = None,
    update: bool = False,
    accept: Callable[[str], bool] | None = None,
    report: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Make a model of the hub available under its name.

    name: a short name of the catalogue, or OWNER/NAME on the hub; a size after it is of no matter
    here. revision: a branch, tag or commit; None is the one in use, else the catalogue's, else the
    branch. update: leave the one in use for the newest of the branch. accept: is shown a
    non-commercial licence and says whether it is accepted; nobody accepts without it. report: is
    told in a line what is out of the ordinary. progress: is told bytes done and bytes in all.

    A model that is here, whole, and of the revision wanted costs no network access at all. A
    damaged one is pulled again at its commit. Files are fetched beside and put in use in one step,
    when every one has the size and checksum that the hub declares, and those that the catalogue
    or the lock knows for the commit. Raises ModelError otherwise, in one line.
    """
    name, _ = split_size(name)
    canonical = canonical_name(name)
    if canonical is None:
        near = difflib.get_close_matches(name, MODELS, n=1)
        raise ModelError(
            f"there is no model {name!r} to pull"
            + (f"; did you mean {near[0]}?" if near else "")
            + "; `livedepth models pull` lists them, and OWNER/NAME is any repository"
        )
    known = find(canonical)
    here, whole = _state(canonical, report)
    if here and whole and not update and _is_revision(here, revision):
        return Outcome(here, False)
    if known and not here:
        _agree(canonical, known.licence, accept)
    require_models_folder()
    hub = Hub()
    repository = known.repository if known else canonical
    wanted = revision or _default_revision(known, here, update)
    remote = hub.look_up(repository, wanted)
    if _COMMIT.fullmatch(wanted) and remote.commit != wanted:
        raise ModelError(f"the hub gives {remote.commit[:12]} of {repository} for {wanted[:12]}")
    if here and whole and here.commit == remote.commit:
        return Outcome(here, False)
    licence = known.licence if known else remote.licence
    if not known and (not here or here.licence != licence):
        _agree(canonical, licence, accept)
    with _alone(canonical):
        files = Fetching(hub, remote, canonical, _expected(known, here, remote), progress).run()
        model = Pulled(canonical, repository, wanted, remote.commit, licence, files)
        _put_in_use(model)
    return Outcome(model, True)


def _state(name: str, report: Callable[[str], None] | None) -> tuple[Pulled | None, bool]:
    """The lock of a model, if there is one, and whether its files are whole."""
    here = None
    try:
        here = read_lock(name)
        return (verify(here), True) if here else (None, False)
    except ModelError as error:
        if report:
            report(f"{error}; it is pulled again")
        return here, False


def _is_revision(here: Pulled, revision: str | None) -> bool:
    if revision is None or revision in (here.requested, here.commit):
        return True
    return bool(re.fullmatch(r"[0-9a-f]{7,40}", revision)) and here.commit.startswith(revision)


def _default_revision(known: HubModel | None, here: Pulled | None, update: bool) -> str:
    pinned = known.revision if known else BRANCH
    if update:
        return pinned if known and pinned.startswith("refs/") else BRANCH
    return here.commit if here else pinned


def _agree(name: str, licence: str, accept: Callable[[str], bool] | None) -> None:
    if not is_non_commercial(licence):
        return
    notice = f"{name} is licensed {licence}: not for commercial use"
    if accept is None or not accept(notice):
        raise ModelError(f"{notice}; pull it with --accept-licence if that suits you")


def _expected(known: HubModel | None, here: Pulled | None, remote: RemoteModel) -> dict[str, str]:
    """The checksums that are known beforehand for this very commit, by file."""
    if here and here.commit == remote.commit:
        return {file.name: file.sha256 for file in here.files}
    if known and known.sha256 and known.revision == remote.commit:
        return {WEIGHTS: known.sha256}
    return {}


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Hold a model's folder against a second pull."""
    from filelock import FileLock, Timeout

    home = home_of(name)
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / ".pulling", timeout=0)
        with lock:
            yield
    except Timeout as error:
        raise ModelError(f"{name} is being pulled by another process; wait for it") from error
    except OSError as error:
        raise ModelError(f"{home} cannot be written: {error.strerror or error}") from error


def _put_in_use(model: Pulled) -> None:
    """Make the version that lies in the partial folder the one in use, and drop all others."""
    home, folder = home_of(model.name), model.folder
    if folder.exists():
        shutil.rmtree(folder)
    partial_of(model.name, model.commit).rename(folder)
    write_lock(model)
    for other in home.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other)
