"""The table of known models."""

from __future__ import annotations

import re

import pytest

from livedepth.depth.hub.catalogue import MODELS, find, is_non_commercial


def test_entries_are_whole() -> None:
    for name, model in MODELS.items():
        assert name == model.name
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert re.fullmatch(r"[0-9a-f]{40}|refs/pr/\d+", model.revision)
        assert model.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", model.sha256)
        # Weights are float32: four bytes a parameter.
        assert model.megabytes == pytest.approx(4 * model.parameters, rel=0.02)
    for key in ("repository", "revision", "sha256"):
        values = [getattr(model, key) for model in MODELS.values() if getattr(model, key)]
        assert len(set(values)) == len(values)


def test_larger_depth_anything_is_non_commercial_and_small_is_not() -> None:
    for name, model in MODELS.items():
        if name.startswith("depth-anything-v2"):
            assert is_non_commercial(model.licence) == (not name.endswith("small"))


@pytest.mark.parametrize("licence", ["cc-by-nc-4.0", "CC-BY-NC-SA-3.0", "some-non-commercial"])
def test_non_commercial_licences_are_known(licence: str) -> None:
    assert is_non_commercial(licence)


@pytest.mark.parametrize("licence", ["", "mit", "apache-2.0", "cc-by-4.0", "cncf"])
def test_other_licences_are_not(licence: str) -> None:
    assert not is_non_commercial(licence)


def test_metric_models_say_how_far() -> None:
    assert MODELS["depth-anything-v2-metric-indoor-small"].max_depth == 20
    assert MODELS["depth-anything-v2-metric-outdoor-small"].kind == "metric"
    assert MODELS["dpt-large"].kind == "relative"


def test_a_repository_finds_its_entry() -> None:
    assert find("depth-anything/Depth-Anything-V2-Small-hf") is MODELS["depth-anything-v2-small"]
    assert find("someone/else") is None
