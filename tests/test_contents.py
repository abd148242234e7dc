from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
import pytest
from doubles import DiscModel, marker_picture, shows_marker

from livedepth.compositor.compositor import Compositor
from livedepth.contents import Content, Contents
from livedepth.frame import Frame
from livedepth.processor import Processor
from livedepth.settings import Settings
from livedepth.stats import Stats


@contextmanager
def contents_of(model: DiscModel, settings: Settings, said: list[str]) -> Iterator[Contents]:
    frame = Frame(marker_picture(), 3, 0.1, 0.1)
    with (
        closing(
            Processor(model, settings, Stats(), said.append, conceal_failures=True)
        ) as processor,
        closing(Contents(processor, said.append)) as contents,
    ):
        contents.begin(frame, processor.process(frame, settings), settings)
        yield contents


@pytest.mark.parametrize("content", ["picture", "depth", "matte"])
def test_a_content_keeps_the_frames_place_and_mirrors(content: Content) -> None:
    model = DiscModel()
    model.disc = np.roll(model.disc, 12, axis=1)
    with contents_of(model, Settings(strength=1.0), []) as contents:
        plain = contents.show(content, mirrored=False)
        image = plain.image.copy()
        mirrored = contents.show(content, mirrored=True)
    assert (plain.index, plain.timestamp) == (3, 0.1)
    assert image.shape == (90, 160, 3)
    np.testing.assert_array_equal(mirrored.image, image[:, ::-1])


@pytest.mark.parametrize("content", ["depth", "matte"])
def test_it_can_be_drawn_mirrored_alone(content: Content) -> None:
    with contents_of(DiscModel(), Settings(), []) as contents:
        alone = contents.show(content, mirrored=True).image.copy()
    with contents_of(DiscModel(), Settings(), []) as contents:
        plain = contents.show(content, mirrored=False).image
        np.testing.assert_array_equal(alone, plain[:, ::-1])


def test_the_matte_is_white_on_the_subject_and_black_elsewhere() -> None:
    with contents_of(DiscModel(), Settings(effect="none"), []) as contents:
        matte = contents.show("matte", mirrored=False).image
    assert matte[45, 80].min() > 200
    assert matte[2, 2].max() < 20
    assert not shows_marker(matte)


def test_depth_is_drawn_in_the_colours_of_the_settings() -> None:
    with contents_of(DiscModel(), Settings(colourmap="grey"), []) as contents:
        depth = contents.show("depth", mirrored=False).image
    assert np.ptp(depth.astype(int), axis=2).max() == 0
    assert depth[45, 80].min() > depth[2, 2].max() + 100


def test_only_a_cut_out_picture_has_transparent_parts() -> None:
    with contents_of(DiscModel(), Settings(), []) as contents:
        assert contents.show("picture", mirrored=False).cutout is None
    cut = Settings(effect="replace", background="transparent")
    with contents_of(DiscModel(), cut, []) as contents:
        cutout = contents.show("picture", mirrored=False).cutout
        assert cutout is not None
        assert cutout.shape == (90, 160, 4)
        assert cutout[45, 80, 3] > 200
        assert not cutout[2, 2].any()
        assert contents.show("depth", mirrored=False).cutout is None


@pytest.mark.parametrize("content", ["depth", "matte"])
def test_where_the_picture_was_concealed_depth_is_black(content: Content) -> None:
    said: list[str] = []
    with contents_of(DiscModel(failing=(0,)), Settings(effect="none"), said) as contents:
        assert not contents.show(content, mirrored=False).image.any()
        assert not shows_marker(contents.show("picture", mirrored=False).image)


@pytest.mark.parametrize("content", ["depth", "matte"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_where_drawing_fails_depth_is_black_in_every_view(
    content: Content, mirrored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with contents_of(DiscModel(), Settings(), said) as contents:
        assert contents.show(content, mirrored=mirrored).image.any()
        contents.begin(contents._frame, contents._picture, Settings())

        def fail(*_: object) -> None:
            raise MemoryError("no memory")

        monkeypatch.setattr(Compositor, "compose", fail)
        for view in (False, True):
            assert not contents.show(content, mirrored=view).image.any()
    assert len(said) == 1


@pytest.mark.parametrize("content", ["depth", "matte"])
def test_a_broken_map_is_black(content: Content) -> None:
    with contents_of(DiscModel(), Settings(effect="none"), []) as contents:
        steady = contents._processor.steady
        assert steady is not None
        steady.disparity[:] = np.nan
        for mirrored in (True, False):
            assert not contents.show(content, mirrored=mirrored).image.any()
