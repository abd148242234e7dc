from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import livedepth
from livedepth.errors import SettingsError, SourceError


@pytest.fixture
def pictures(tmp_path: Path, picture: np.ndarray) -> Path:
    for index in range(3):
        cv2.imwrite(str(tmp_path / f"{index}.png"), np.roll(picture, 5 * index, axis=1))
    return tmp_path


def test_every_frame_comes_composed_and_is_the_callers(pictures: Path) -> None:
    frames = list(livedepth.stream(str(pictures), effect="depth", colourmap="grey"))
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert len({frame.image.ctypes.data for frame in frames}) == 3
    for frame in frames:
        assert frame.image.shape == (180, 320, 3)
        assert np.ptp(frame.image.astype(int), axis=2).max() == 0


def test_the_output_can_be_mirrored(pictures: Path) -> None:
    plain = next(livedepth.stream(str(pictures), effect="none"))
    mirrored = next(livedepth.stream(str(pictures), effect="none", mirror_output=True))
    np.testing.assert_array_equal(mirrored.image, plain.image[:, ::-1])


def test_settings_are_checked_at_the_call() -> None:
    with pytest.raises(SettingsError, match="no setting 'colour'"):
        livedepth.stream("synthetic", colour="red")


def test_a_source_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.mp4"):
        next(livedepth.stream(str(tmp_path / "gone.mp4")))


def test_closing_the_stream_early_ends_its_thread(pictures: Path) -> None:
    import threading

    frames = livedepth.stream(str(pictures))
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name == "livedepth capture"]
