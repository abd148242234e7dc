"""Whatever a settings file or a sidecar holds, it is read or refused in one line."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livedepth.config import load_settings, presets
from livedepth.depth.description import EXAMPLE, ModelDescription, read_description
from livedepth.errors import LivedepthError, ModelError, SettingsError
from livedepth.settings import KNOBS, Settings

fuzzed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

KEYS = st.one_of(st.sampled_from(sorted(KNOBS)), st.text(max_size=12))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**400, max_value=10**401),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["auto", "keep", "nan", "1e999", "#12345g", "", "0x10", "١٢"]),
    st.binary(max_size=4),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


def check(error: Exception, named: object = "") -> None:
    """The error is one line that names the thing."""
    text = str(error)
    assert text
    assert len(text.splitlines()) == 1
    assert str(named) in text


def read(path: Path, content: bytes) -> Settings | None:
    """The settings of a file with ``content``; None where it is refused in a line."""
    path.write_bytes(content)
    try:
        return load_settings(config=path, environment={})
    except LivedepthError as error:
        check(error, path)
        return None


def in_range(value: Settings) -> bool:
    return all(
        not isinstance(getattr(value, key), float) or math.isfinite(getattr(value, key))
        for key in KNOBS
    )


@fuzzed
@given(content=st.binary(max_size=200))
def test_random_bytes(tmp_path: Path, content: bytes) -> None:
    read(tmp_path / "config.toml", content)


@fuzzed
@given(data=st.data())
def test_presets_with_bytes_changed(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(sorted(presets().values()))).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read(tmp_path / "config.toml", bytes(content))


@fuzzed
@given(key=KEYS, value=VALUES)
def test_any_value_for_any_key(key: str, value: object) -> None:
    try:
        changed = Settings().updated({key: value})
    except SettingsError as error:
        check(error)
    else:
        assert in_range(changed)


@fuzzed
@given(values=st.dictionaries(KEYS, st.text(max_size=20), max_size=4))
def test_any_environment(tmp_path: Path, values: dict[str, str]) -> None:
    environment = {f"LIVEDEPTH_{key.upper()}": value for key, value in values.items()}
    empty = tmp_path / "config.toml"
    empty.touch()
    try:
        assert in_range(load_settings(config=empty, environment=environment))
    except LivedepthError as error:
        check(error)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfeffect = 'blur'",
        b"\xff\xfee\x00",
        b"effect = 'blur'\x00",
        b"strength = " + b"9" * 5000,
        b"strength = 0x" + b"f" * 5000,
        b"output = [0x" + b"f" * 5000 + b"]",
        b"strength = 1" + b"0" * 400,
        b"width = 1" + b"0" * 400,
        b"strength = nan",
        b"strength = -inf",
        b"a = " + b"[" * 5000,
        b"a = " + b"{a = " * 2000,
        b"effect = 1979-05-27T07:32:00Z",
        b"[strength]\nvalue = 1",
        b"effect = 'blur'\neffect = 'fog'",
        b"output = [[], 1]",
    ],
)
def test_files_made_to_break_the_reader(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path / "config.toml", content) is None


def describe(path: Path, content: bytes) -> ModelDescription | None:
    path.write_bytes(content)
    try:
        return read_description(path)
    except ModelError as error:
        check(error, path)
        return None


@fuzzed
@given(content=st.binary(max_size=200))
def test_random_bytes_as_a_sidecar(tmp_path: Path, content: bytes) -> None:
    assert describe(tmp_path / "model.toml", content) is None


@fuzzed
@given(data=st.data())
def test_a_sidecar_with_bytes_changed(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(EXAMPLE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    description = describe(tmp_path / "model.toml", bytes(content))
    if description is not None:
        numbers = (description.scale, *description.mean, *description.std)
        assert all(math.isfinite(number) for number in numbers)
        assert all(description.std)


_LINES = [line for line in EXAMPLE.splitlines() if "=" in line]
_VALUES = [
    "nan", "inf", "-1", "0", "true", "''", "[]", "{}", "9" * 400, "1e308", "[nan, 1, 1]",
    "[1, 1]", "['a', 'b', 'c']", "1979-05-27", "[true, true, true]",
]  # fmt: skip


@pytest.mark.parametrize("value", _VALUES)
@pytest.mark.parametrize("line", _LINES, ids=lambda line: line.split()[0])
def test_any_value_in_a_sidecar(tmp_path: Path, line: str, value: str) -> None:
    content = EXAMPLE.replace(line, f"{line.split()[0]} = {value}")
    tomllib.loads(content)
    description = describe(tmp_path / "model.toml", content.encode())
    if description is not None:
        numbers = (description.scale, *description.mean, *description.std)
        assert all(math.isfinite(number) for number in numbers)
        assert all(description.std)


@pytest.mark.parametrize(
    "content",
    [
        b"a = " + b"[" * 5000,
        b"\xff\xfe",
        b"input = 1",
        b"[input]\nwidth = 1" + b"0" * 5000,
        b"[output]\ndisparity = ''\n[input]\nheight = 192\nwidth = 0x" + b"f" * 5000,
    ],
)
def test_sidecars_made_to_break_the_reader(tmp_path: Path, content: bytes) -> None:
    assert describe(tmp_path / "model.toml", content) is None
