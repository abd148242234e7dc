"""The public names, used as the README shows."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import REPOSITORY

import livedepth


def test_every_public_name_is_there_and_documented() -> None:
    for name in livedepth.__all__:
        assert getattr(livedepth, name) is not None
    assert set(livedepth.__all__) <= set(dir(livedepth))
    for name in set(livedepth.__all__) - {"__version__"}:
        assert getattr(livedepth, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Portrait'"):
        livedepth.Portrait  # noqa: B018


def test_the_readmes_example_runs(picture: np.ndarray, tmp_path: object) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert blocks
    for block in blocks:
        names: dict[str, object] = {"image": picture, "show": lambda image: None}
        exec(compile(block, "README.md", "exec"), names)
        assert "livedepth" in names
