from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livedepth.depth.description import EXAMPLE, read_description, sidecar_of
from livedepth.errors import ModelError


def described(folder: Path, text: str) -> Path:
    path = folder / "model.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_printed_example_is_valid(tmp_path: Path) -> None:
    description = read_description(described(tmp_path, EXAMPLE))
    assert (description.width, description.height, description.multiple) == (320, 192, 0)
    assert description.disparity == ""
    assert description.metres is None
    assert description.name == "model"


def test_the_sidecar_lies_beside_the_model() -> None:
    assert sidecar_of(Path("a/b.onnx")) == Path("a/b.toml")


@pytest.mark.parametrize(
    ("line", "replacement", "complaint"),
    [
        ("width = 320", "width = 0", r"width = 0 is not allowed"),
        ("width = 320", 'width = "wide"', r"width = 'wide' is not allowed"),
        ("width = 320", "", r"width = None is not allowed"),
        ("multiple = 0", "multiple = 50", r"must be multiples of 50"),
        ("scale = 1.0", 'scale = "x"', r"scale = \['x'\] is not allowed"),
        ("scale = 1.0", "scale = nan", r"takes finite numbers"),
        ("std = [1.0, 1.0, 1.0]", "std = [1.0, 0.0, 1.0]", r"no value may be 0"),
        ("mean = [0.0, 0.0, 0.0]", "mean = [0.0]", r"takes three numbers"),
        ('colour = "rgb"', 'colour = "hsv"', r"takes rgb or bgr"),
        ('disparity = ""', "", r"either disparity or metres"),
        ('disparity = ""', 'disparity = ""\nmetres = "m"', r"either disparity or metres"),
        ('disparity = ""', "disparity = 1", r"takes a text"),
        ("[output]", "[outputs]", r"no table \[outputs\]"),
        ("scale = 1.0", "scales = 1.0", r"\[input\] has no key 'scales'"),
        ("[input]", "[input", r"not valid TOML"),
    ],
)
def test_a_fault_is_named_with_the_file(
    tmp_path: Path, line: str, replacement: str, complaint: str
) -> None:
    path = described(tmp_path, EXAMPLE.replace(line, replacement, 1))
    with pytest.raises(ModelError, match=complaint) as caught:
        read_description(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_a_missing_sidecar_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="livedepth models example"):
        read_description(tmp_path / "none.toml")


@given(st.binary(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_bytes_are_a_description_or_an_error_of_ours(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "fuzz.toml"
    path.write_bytes(contents)
    with pytest.raises(ModelError):
        read_description(path)
