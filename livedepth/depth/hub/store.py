"""Where pulled models are kept, and what makes one whole.

    MODELS/NAME/lock.json        which version is in use, with the checksum of every file
    MODELS/NAME/COMMIT/...       the files of that version
    MODELS/NAME/COMMIT.partial/  a version that is still being pulled

MODELS is ``models`` in the user's data folder, or what the environment's LIVEDEPTH_MODELS_DIR
names. The lock is written last and in one step, so a version is either whole or not seen at all.
A load compares every file's size and time with the lock, and hashes what was touched since.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from livedepth.depth.digest import sha256_of
from livedepth.depth.files import ModelFiles
from livedepth.depth.hub.catalogue import find
from livedepth.depth.hub.folder import read_folder, read_json
from livedepth.errors import ModelError

LOCK = "lock.json"

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file as it was pulled: bytes, SHA-256 and the time of last change in nanoseconds."""

    name: str
    size: int
    sha256: str
    changed: int


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model that is here. requested: the revision asked for, which led to ``commit``."""

    name: str
    repository: str
    requested: str
    commit: str
    licence: str
    files: tuple[LockedFile, ...]

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return home_of(self.name) / self.commit

    @property
    def megabytes(self) -> float:
        """What its files take, in 1e6 bytes."""
        return sum(file.size for file in self.files) / 1e6


def models_folder() -> Path:
    """The folder of all pulled models; it need not exist."""
    given = os.environ.get("LIVEDEPTH_MODELS_DIR")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("livedepth", appauthor=False)) / "models"


def require_models_folder() -> None:
    """Make the folder of all pulled models; raises ModelError where it cannot be written."""
    folder = models_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written: {error.strerror or error}; name another place in "
            "LIVEDEPTH_MODELS_DIR"
        ) from error


def canonical_name(name: str) -> str | None:
    """The name under which a model is kept: its short name, or OWNER/NAME; None for neither."""
    known = find(name)
    if known:
        return known.name
    return name if _REPOSITORY.fullmatch(name) and ".." not in name else None


def home_of(name: str) -> Path:
    """The folder of one model, by its canonical name."""
    return models_folder() / name.replace("/", "--")


def partial_of(name: str, commit: str) -> Path:
    """The folder of a version that is being pulled."""
    return home_of(name) / f"{commit}.partial"


def read_lock(name: str) -> Pulled | None:
    """What the lock of a model says, by its canonical name; None if it was never pulled.

    Raises ModelError for a lock that cannot be read.
    """
    path = home_of(name) / LOCK
    if not path.exists():
        return None
    values = read_json(path)
    try:
        files = tuple(LockedFile(**file) for file in values.pop("files"))
        lock = Pulled(files=files, **values)
        sound = all(
            type(file.size) is int
            and type(file.changed) is int
            and Path(file.name).name == file.name
            for file in files
        )
        sound = sound and bool(re.fullmatch(r"[0-9a-f]{7,64}", lock.commit)) and lock.name == name
    except (KeyError, TypeError, AttributeError) as error:
        raise _broken(path) from error
    if not sound or not files:
        raise _broken(path)
    return lock


def _broken(path: Path) -> ModelError:
    return ModelError(f"{path} is broken; remove {path.parent} and pull the model again")


def write_lock(lock: Pulled) -> None:
    """Put a version in use, in one step."""
    path = home_of(lock.name) / LOCK
    beside = path.with_suffix(".partial")
    beside.write_text(json.dumps(asdict(lock), indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def verify(lock: Pulled) -> Pulled:
    """Check that every file is the one that was pulled; return the lock with the times of now.

    Only files whose time of change differs from the lock's are hashed. Raises ModelError for a
    file that is missing, shorter, longer or altered.
    """
    files = []
    for file in lock.files:
        path = lock.folder / file.name
        try:
            status = path.stat()
            if status.st_size != file.size:
                raise _damaged(lock, file.name, f"it has {status.st_size} bytes, not {file.size}")
            if status.st_mtime_ns != file.changed and sha256_of(path) != file.sha256:
                raise _damaged(lock, file.name, "its checksum differs")
        except OSError as error:
            raise _damaged(lock, file.name, error.strerror or type(error).__name__) from error
        files.append(replace(file, changed=status.st_mtime_ns))
    return replace(lock, files=tuple(files))


def _damaged(lock: Pulled, name: str, how: str) -> ModelError:
    return ModelError(
        f"model {lock.name} is damaged: {name} is not what was pulled ({how}); "
        f"`livedepth models pull {lock.name}` mends it"
    )


def find_pulled(name: str) -> ModelFiles | None:
    """A pulled model, verified, by its short name or its repository; None if it is not here.

    Raises ModelError for one that is damaged.
    """
    canonical = canonical_name(name)
    lock = read_lock(canonical) if canonical else None
    if lock is None:
        return None
    verified = verify(lock)
    if verified != lock:
        # A store that cannot be written costs a hash at every load, and nothing else.
        with contextlib.suppress(OSError):
            write_lock(verified)
    files = read_folder(lock.folder)
    return replace(
        files, description=replace(files.description, name=lock.name, licence=lock.licence)
    )


def pulled() -> list[Pulled]:
    """Every model whose lock can be read, by name; nothing is verified."""
    found = []
    for path in sorted(models_folder().glob(f"*/{LOCK}")):
        name = path.parent.name.replace("--", "/", 1)
        try:
            lock = read_lock(name)
        except ModelError:
            continue
        if lock:
            found.append(lock)
    return found


def remove(name: str) -> bool:
    """Remove a pulled model and whatever was begun of it; whether there was anything.

    Raises ModelError when the files cannot be removed.
    """
    canonical = canonical_name(name)
    home = home_of(canonical) if canonical else None
    if home is None or not home.is_dir():
        return False
    try:
        (home / LOCK).unlink(missing_ok=True)
        shutil.rmtree(home)
    except OSError as error:
        raise ModelError(f"{home} cannot be removed: {error.strerror}") from error
    return True
