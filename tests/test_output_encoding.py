"""Kinds of video file, and how frames become their pictures."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from output_support import cutout_of, pattern

from livedepth.outputs.encoding import ENCODINGS, PictureMaker, encoding_of

SIZE = (64, 48)


@pytest.mark.parametrize("name", ["clip.mp4", "CLIP.MKV", "deep/clip.Mov", "clip.tar.webm"])
def test_the_ending_names_the_kind(name: str) -> None:
    assert encoding_of(Path(name)) is ENCODINGS["." + name.lower().rpartition(".")[2]]


@pytest.mark.parametrize("ending", ENCODINGS)
def test_this_pyav_has_the_encoder(ending: str) -> None:
    encoding = ENCODINGS[ending]
    codec = av.Codec(encoding.codec, "w")
    assert encoding.pixel_format in [item.name for item in codec.video_formats or ()]


def test_quality_spans_what_the_codec_has() -> None:
    vp9 = ENCODINGS[".webm"].quality
    assert [vp9(factor)["crf"] for factor in (0, 51)] == ["0", "63"]
    assert ENCODINGS[".mp4"].quality(17) == {"crf": "17"}
    assert ENCODINGS[".mov"].quality(17) == {}


@pytest.mark.parametrize("ending", ENCODINGS)
def test_pictures_look_as_they_should(ending: str) -> None:
    encoding = ENCODINGS[ending]
    maker = PictureMaker(encoding, SIZE)
    image = pattern(SIZE)
    cutout = cutout_of(image)
    for given in (image, cutout, image) if encoding.alpha else (image,):
        picture = maker.picture(given)
        assert (picture.format.name, picture.width, picture.height) == (
            encoding.pixel_format,
            64,
            48,
        )
        shown = picture.to_ndarray(
            format="bgra", src_colorspace="ITU601", src_color_range="MPEG"
        ).astype(int)
        alpha = given[..., 3] if given is cutout else np.full(SIZE[::-1], 255)
        assert np.abs(shown[..., 3] - alpha).max() <= 1
        seen = np.abs(shown[..., :3] - given[..., :3]) * (alpha[..., None] / 255)
        assert seen.mean() < 2.5
