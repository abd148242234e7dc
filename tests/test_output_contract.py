"""What every output must do, run over each of them.

Here the outputs that need no device are tested; the environment variable OUTPUT_CONTRACT names
others (preview, virtual-camera), for a child process that has a display or a device.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from output_support import (
    context,
    cutout_of,
    frame_of,
    frames,
    free_port,
    open_files,
    pattern,
    x_server,
)

from livedepth.errors import OutputError
from livedepth.outputs.opening import check_output, open_output
from livedepth.outputs.output import Output

KINDS = os.environ.get("OUTPUT_CONTRACT", "null pictures mp4 mkv mov webm web").split()

SPECS = {
    "pictures": "shots/",
    "mp4": "clip.mp4",
    "mkv": "clip.mkv",
    "mov": "clip.mov",
    "webm": "clip.webm",
}

Opener = Callable[..., Output]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def spec(kind: str, tmp_path: Path) -> str:
    if kind == "web":
        return f"web:{free_port()}"
    return f"{tmp_path}/{SPECS[kind]}" if kind in SPECS else kind


@pytest.fixture
def opener(spec: str) -> Opener:
    return lambda size=(64, 48): open_output(spec, context(size))


def test_the_spec_is_accepted_without_opening_anything(spec: str, tmp_path: Path) -> None:
    check_output(spec)
    assert list(tmp_path.iterdir()) == []


def test_it_has_a_name(opener: Opener) -> None:
    output = opener()
    assert output.name
    output.close()
    assert output.name


@pytest.mark.parametrize("size", [(64, 48), (65, 49), (641, 361), (16, 16), (2, 2)])
def test_it_takes_many_frames_of_any_size(opener: Opener, size: tuple[int, int]) -> None:
    output = opener(size)
    for frame in frames(size, 40):
        output.write(frame)
    output.close()


def test_it_neither_changes_nor_keeps_the_frame(opener: Opener) -> None:
    output = opener((320, 180))
    image = pattern((320, 180))
    for index in range(5):
        kept = pattern((320, 180), index)
        image[:] = kept
        references = sys.getrefcount(image)
        output.write(frame_of(image, index))
        np.testing.assert_array_equal(image, kept)
        assert sys.getrefcount(image) == references
    output.close()


def test_it_takes_a_frame_that_must_not_be_written(opener: Opener) -> None:
    output = opener((320, 180))
    image = pattern((320, 180))
    image.flags.writeable = False
    output.write(frame_of(image))
    output.close()


def test_it_takes_frames_with_and_without_a_cutout(opener: Opener) -> None:
    output = opener((65, 49))
    image = pattern((65, 49))
    cutout = cutout_of(image)
    cutout.flags.writeable = False
    for index in range(6):
        output.write(frame_of(image, index, cutout=cutout if index % 2 else None))
    output.close()


def test_it_says_whether_it_is_watched(opener: Opener, kind: str) -> None:
    output = opener()
    assert output.watched is (kind not in ("web", "virtual-camera"))
    output.close()
    assert output.watched in (True, False)


def test_what_it_shows_may_stand_in_front(spec: str, tmp_path: Path) -> None:
    for content in ("depth", "matte"):
        check_output(f"{content}:{spec}")
        output = open_output(f"{content}:{spec}", context())
        output.write(frame_of(pattern((64, 48))))
        output.close()


def test_it_closes_twice(opener: Opener) -> None:
    output = opener()
    for frame in frames((64, 48), 3):
        output.write(frame)
    output.close()
    output.close()


def test_it_closes_without_a_frame(opener: Opener) -> None:
    output = opener()
    output.close()
    output.close()


def test_writing_after_closing_is_an_output_error(opener: Opener) -> None:
    output = opener()
    output.close()
    with pytest.raises(OutputError, match="closed") as caught:
        output.write(frame_of(pattern((64, 48))))
    assert "\n" not in str(caught.value)


def test_it_can_be_opened_again(opener: Opener) -> None:
    for _ in range(3):
        output = opener()
        for frame in frames((64, 48), 3):
            output.write(frame)
        output.close()


def test_nothing_stays_open(opener: Opener) -> None:
    def use() -> None:
        output = opener()
        for frame in frames((64, 48), 3):
            output.write(frame)
        output.close()

    use()
    before = open_files()
    for _ in range(3):
        use()
    assert open_files() == before


@pytest.mark.display
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Xvfb is for X11")
def test_the_preview_keeps_the_contract() -> None:
    with x_server() as display:
        variables = os.environ | {"DISPLAY": display, "OUTPUT_CONTRACT": "preview"}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
        run = subprocess.run(
            [*command, "-k", "[preview"],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
