"""The @ suffix of a model's name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.depth.description import ModelDescription
from livedepth.depth.hub.naming import nearest_size, split_size, with_size
from livedepth.errors import ModelError

ON_GRID = ModelDescription("tiny", 518, 518, multiple=14)


@pytest.mark.parametrize(
    ("given_name", "name", "size"),
    [
        ("depth-anything-v2-small", "depth-anything-v2-small", None),
        ("depth-anything-v2-small@448x252", "depth-anything-v2-small", (448, 252)),
        ("someone/model@448X252", "someone/model", (448, 252)),
        ("/home/me@work/model", "/home/me@work/model", None),
        ("model@v2.onnx", "model@v2.onnx", None),
        ("a@b@56x56", "a@b", (56, 56)),
    ],
)
def test_a_name_is_split(given_name: str, name: str, size: tuple[int, int] | None) -> None:
    assert split_size(given_name) == (name, size)


@pytest.mark.parametrize(
    "name", ["m@", "m@448", "m@448x", "m@x252", "m@0x0", "m@9999x252", "@448x252", "m@1x2x3"]
)
def test_a_suffix_that_is_no_size_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="is not an input size"):
        split_size(name)


def test_a_size_replaces_the_default() -> None:
    description = with_size(ON_GRID, (448, 252))
    assert (description.width, description.height, description.multiple) == (448, 252, 14)
    assert with_size(ON_GRID, None) is ON_GRID


def test_a_size_off_the_grid_names_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"multiples of 14: .* tiny@448x252"):
        with_size(ON_GRID, (450, 250))


def test_a_model_of_one_size_takes_no_other() -> None:
    fixed = ModelDescription("dpt", 384, 384)
    assert with_size(fixed, (384, 384)) is fixed
    with pytest.raises(ModelError, match="takes 384x384 only"):
        with_size(fixed, (448, 252))


@pytest.mark.parametrize(
    ("size", "largest"),
    [
        ((4088, 4088), "1414x1414"),
        ((4096, 2304), "1904x1050"),
        ((700, 4088), "574x3472"),
        ((4080, 4080), "1414x1414"),
    ],
)
def test_a_size_over_two_million_pixels_names_the_largest(
    size: tuple[int, int], largest: str
) -> None:
    with pytest.raises(ModelError, match=f"over 2 million pixels .* tiny@{largest}$"):
        with_size(ON_GRID, size)


def test_a_coarse_grid_keeps_the_nearest_size_small() -> None:
    assert nearest_size(ModelDescription("m", 1024, 1024, multiple=1024), (4096, 4096)) == (
        1024,
        1024,
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(16, 4096), st.integers(16, 4096), st.sampled_from([14, 32, 224]))
def test_what_a_refusal_proposes_is_taken(width: int, height: int, step: int) -> None:
    description = ModelDescription("m", 10 * step, 10 * step, multiple=step)
    try:
        with_size(description, (width, height))
    except ModelError as error:
        _, size = split_size(str(error).split()[-1])
        assert size
        assert with_size(description, size).width == size[0]
    else:
        assert width % step == height % step == 0
        assert width * height <= 2_000_000 or (width, height) == (10 * step, 10 * step)
