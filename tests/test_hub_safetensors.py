"""Whether a safetensors file is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.depth.hub.safetensors import check_safetensors, data_length
from livedepth.errors import ModelError


def file_of(header: bytes, data: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header + data


TENSORS = {
    "__metadata__": {"format": "pt"},
    "b": {"dtype": "F32", "shape": [3], "data_offsets": [4, 16]},
    "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
}
WHOLE = file_of(json.dumps(TENSORS).encode(), bytes(16))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as error:
        check_safetensors(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_whole_file_is_taken(weights: Path) -> None:
    weights.write_bytes(WHOLE)
    check_safetensors(weights)
    weights.write_bytes(file_of(b"{}", b""))
    check_safetensors(weights)


def test_a_file_of_any_other_length_is_refused(weights: Path) -> None:
    for length in range(len(WHOLE)):
        weights.write_bytes(WHOLE[:length])
        assert "copy or pull it again" in refusal(weights)
    weights.write_bytes(WHOLE + b"x")
    assert f"has {len(WHOLE) + 1} bytes, and its header tells of {len(WHOLE)}" in refusal(weights)


def test_a_file_that_is_not_there_is_named(weights: Path) -> None:
    assert "cannot be read" in refusal(weights)


@pytest.mark.parametrize(
    "tensors",
    [
        [],
        None,
        {"a": 3},
        {"a": {}},
        {"a": {"data_offsets": [4, 0]}},
        {"a": {"data_offsets": [0, True]}},
    ],
)
def test_a_header_without_places_is_refused(weights: Path, tensors: object) -> None:
    weights.write_bytes(file_of(json.dumps(tensors).encode(), b""))
    assert "its header" in refusal(weights)


def test_a_header_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        data_length(b"[" * 100_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "data_offsets", "__metadata__"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_header_has_a_length_or_is_refused(header: bytes) -> None:
    try:
        length = data_length(header)
    except ValueError as error:
        refused = str(error)
    else:
        refused = "its header"
        assert length >= 0
    assert refused.startswith("its header")
