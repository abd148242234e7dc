"""Compiled engines on disk: whole, of this key, or not at all."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.depth import engine_cache
from livedepth.depth.engine_cache import EngineKey, details_of, find, prune, remove, store
from livedepth.errors import ModelError

KEY = EngineKey(
    model="m",
    weights="0" * 64,
    livedepth="1.0",
    torch="2.13.0",
    torch_tensorrt="2.13.0",
    tensorrt="11.0.0",
    gpu="NVIDIA H100",
    capability=(9, 0),
    precision="fp16",
    shape=(1, 3, 518, 518),
)
FIELDS = [field.name for field in dataclasses.fields(EngineKey)]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "engines"


def put(key: EngineKey = KEY, contents: bytes = b"engine") -> Path:
    return store(key, lambda path: path.write_bytes(contents) and None, {"seconds": 1.5})


def numbered(number: int) -> EngineKey:
    return dataclasses.replace(KEY, shape=(1, 3, 14 * number, 14))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_field_s_change_changes_the_key(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FIELDS))
    value = getattr(KEY, name)
    if isinstance(value, str):
        other = data.draw(st.text(max_size=20).filter(lambda text: text != value))
    else:
        size = len(value)
        numbers = st.tuples(*[st.integers(0, 999)] * size)
        other = data.draw(numbers.filter(lambda numbers: numbers != value))
    changed = dataclasses.replace(KEY, **{name: other})
    assert changed.digest() != KEY.digest()
    assert dataclasses.replace(changed, **{name: value}).digest() == KEY.digest()


def test_what_was_stored_is_found_with_its_record() -> None:
    assert find(KEY) is None
    path = put()
    assert find(KEY) == path
    assert path.read_bytes() == b"engine"
    assert path.suffix == ".pt2"
    record = details_of(KEY)
    assert record["seconds"] == 1.5
    assert record["key"]["gpu"] == "NVIDIA H100"


@pytest.mark.parametrize("name", FIELDS)
def test_an_engine_of_another_key_is_not_found(name: str) -> None:
    put()
    value = getattr(KEY, name)
    other = value + "x" if isinstance(value, str) else (value[0] + 1, *value[1:])
    assert find(dataclasses.replace(KEY, **{name: other})) is None


@pytest.mark.parametrize(
    "contents", [b"", b"engin", b"enginX", b"engine and more", b"engine" * 1000]
)
def test_a_damaged_engine_is_removed_and_not_used(own_folder: Path, contents: bytes) -> None:
    path = put()
    path.write_bytes(contents)
    os.utime(path, (1, 1))
    assert find(KEY) is None
    assert list(own_folder.iterdir()) == []
    assert find(KEY) is None
    put()
    assert find(KEY) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": 3}', "null", "\x00"])
def test_a_damaged_sidecar_makes_it_no_entry(own_folder: Path, text: str) -> None:
    path = put()
    path.with_suffix(".json").write_text(text)
    assert find(KEY) is None
    assert list(own_folder.iterdir()) == []


def test_a_sidecar_that_speaks_of_another_key_is_not_believed() -> None:
    path = put()
    sidecar = path.with_suffix(".json")
    record = json.loads(sidecar.read_text())
    record["key"]["tensorrt"] = "10.0.0"
    sidecar.write_text(json.dumps(record))
    assert find(KEY) is None


def test_a_build_that_fails_leaves_nothing(own_folder: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        store(KEY, fail, {})
    assert list(own_folder.iterdir()) == []


def test_storing_again_replaces() -> None:
    put(contents=b"first")
    path = put(contents=b"second")
    assert find(KEY) == path
    assert path.read_bytes() == b"second"


def test_what_another_process_stores_while_it_is_looked_at_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(contents=b"first")
    true_hash = engine_cache.file_hash

    def stored_meanwhile(path: Path) -> str:
        monkeypatch.setattr(engine_cache, "file_hash", true_hash)
        put(contents=b"other")
        return true_hash(path)

    monkeypatch.setattr(engine_cache, "file_hash", stored_meanwhile)
    assert find(KEY) is None
    path = find(KEY)
    assert path is not None
    assert path.read_bytes() == b"other"


def test_storing_again_never_looks_like_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    put(contents=b"first")
    replace, found = Path.replace, []

    def looked_at(path: Path, target: Path) -> Path:
        result = replace(path, target)
        found.append(find(KEY))
        return result

    monkeypatch.setattr(Path, "replace", looked_at)
    path = put(contents=b"other")
    assert found == [None, path]
    assert path.read_bytes() == b"other"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_an_engine_in_a_folder_for_reading_only_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    path = put()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", refuse)
    assert find(KEY) == path


def test_removing_twice_is_harmless(own_folder: Path) -> None:
    put()
    remove(KEY)
    remove(KEY)
    assert list(own_folder.iterdir()) == []


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 7), st.permutations(range(6)))
def test_pruning_keeps_the_last_used_within_the_limit(fits: int, order: list[int]) -> None:
    for number in range(6):
        put(numbered(number), b"x" * 100)
    for age, number in enumerate(order):
        sidecar = engine_cache._paths(numbered(number))[1]
        os.utime(sidecar, (time.time() - age, time.time() - age))
    kept = numbered(order[-1])
    prune(100 * fits, keep=kept)
    left = [number for number in range(6) if find(numbered(number))]
    expected = {order[-1], *order[: max(fits - 1, 0)]}
    assert set(left) == expected


def test_finding_an_engine_counts_as_its_use() -> None:
    for number in (1, 2):
        put(numbered(number), b"x" * 100)
        os.utime(engine_cache._paths(numbered(number))[1], (number, number))
    assert find(numbered(1))
    prune(100)
    assert find(numbered(1))
    assert find(numbered(2)) is None


def test_what_a_killed_build_left_goes_after_a_day(own_folder: Path) -> None:
    put()
    for name, age in (("old.pt2", 90000), ("running.pt2", 60)):
        (own_folder / name).write_bytes(b"half")
        os.utime(own_folder / name, (time.time() - age, time.time() - age))
    prune()
    assert not (own_folder / "old.pt2").exists()
    assert (own_folder / "running.pt2").exists()
    assert find(KEY)


def test_a_folder_that_cannot_be_written_is_named(own_folder: Path) -> None:
    own_folder.parent.parent.mkdir(exist_ok=True)
    own_folder.parent.write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="LIVEDEPTH_CACHE_DIR") as caught:
        put()
    assert "\n" not in str(caught.value)
    assert find(KEY) is None
