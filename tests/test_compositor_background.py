"""Backgrounds: colours, pictures and looping videos."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from livedepth.compositor.background import open_background
from livedepth.compositor.background_video import BackgroundVideo
from livedepth.compositor.compositor import Compositor
from livedepth.errors import SettingsError
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import Settings

LEVELS = (20, 70, 120, 170, 220)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Five flat grey frames, ten a second, each brighter than the one before."""
    path = tmp_path / "steps.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for level in LEVELS:
            flat = np.full((48, 64, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(flat, format="bgr24")))
        container.mux(stream.encode())
    return path


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_colour_fills_the_frame() -> None:
    dst = np.zeros((5, 7, 3), np.uint8)
    open_background("#102030").fill(dst)
    assert (dst == (0x30, 0x20, 0x10)).all()


def test_picture_is_read_and_follows_a_change_of_size(tmp_path: Path) -> None:
    path = tmp_path / "bild äö.png"
    picture = np.full((6, 8, 3), (1, 2, 3), np.uint8)
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    background = open_background(str(path))
    for shape in [(12, 16, 3), (7, 3, 3)]:
        dst = np.zeros(shape, np.uint8)
        background.fill(dst)
        assert (dst == (1, 2, 3)).all()


def test_video_goes_by_the_clock_and_loops(video: Path) -> None:
    clock, dst = Clock(), np.zeros((24, 32, 3), np.uint8)
    background = BackgroundVideo(video, clock)
    seen = []
    for tick in range(13):
        clock.time = 100.05 + tick * 0.1
        for _ in range(3):
            background.fill(dst)
        seen.append(int(dst.mean()))
    background.close()
    expected = [LEVELS[tick % 5] for tick in range(13)]
    np.testing.assert_allclose(seen, expected, atol=6)


def test_video_goes_on_after_a_long_pause(video: Path) -> None:
    clock, dst = Clock(), np.zeros((24, 32, 3), np.uint8)
    background = BackgroundVideo(video, clock)
    background.fill(dst)
    clock.time += 3600
    background.fill(dst)
    first = int(dst.mean())
    clock.time += 0.11
    background.fill(dst)
    assert int(dst.mean()) != first
    background.close()
    background.close()


@pytest.mark.parametrize("content", [b"", b"no picture, no video" * 50])
@pytest.mark.parametrize("name", ["broken.png", "broken.mp4", "broken"])
def test_unreadable_file_is_one_clear_line(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        open_background(str(path))
    assert name in str(caught.value)
    assert "give a colour #rrggbb, a picture or a video file" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["#12345", "#gggggg", "", ".", "nowhere/at/all.jpg"])
def test_a_background_that_is_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="give a colour"):
        open_background(text)


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
    with pytest.raises(SettingsError, match="no video in it"):
        open_background(str(path))


def test_compositor_shows_a_video_and_closes_it(video: Path) -> None:
    depth = SteadyDepth(*np.zeros((2, 9, 16), np.float32), focus=0.8, band=0.1)
    settings = Settings(effect="replace", background=str(video))
    with Compositor(settings) as compositor:
        out = compositor.compose(np.full((90, 160, 3), 255, np.uint8), depth)
        assert out.mean() == pytest.approx(LEVELS[0], abs=6)


def test_subject_over_a_colour_keeps_no_fringe_of_the_old_room() -> None:
    width, height = 640, 360
    rows, columns = np.mgrid[0:height, 0:width]
    distance = np.hypot(columns - 320, rows - 180)
    alpha = np.clip((100 - distance) / 6 + 0.5, 0, 1)[..., None]
    image = np.rint(alpha * (60, 60, 60) + (1 - alpha) * (0, 255, 0)).astype(np.uint8)
    matte = cv2.resize(alpha[..., 0], (160, 96), interpolation=cv2.INTER_AREA).astype(np.float32)
    depth = SteadyDepth((0.1 + 0.75 * matte).astype(np.float32), matte, focus=0.85, band=0.1)
    with Compositor(Settings(effect="replace", background="#3c3c3c")) as compositor:
        out = compositor.compose(image, depth).astype(int)
    green = out[..., 1] - out[..., 2]
    naive = (alpha * image + (1 - alpha) * 60)[..., 1] - 60
    assert green.mean() < 0.5 * naive.mean()
    assert (green > 40).mean() < 0.004


def test_what_the_subject_holds_comes_along() -> None:
    disparity = np.full((96, 160), 0.1, np.float32)
    matte = np.zeros((96, 160), np.float32)
    matte[30:, 50:110] = 1
    disparity[30:, 50:110] = 0.85
    disparity[50:62, 110:124] = 0.85
    disparity[5:15, 5:15] = 0.85
    image = np.full((360, 640, 3), 90, np.uint8)
    image[188:232, 440:496] = (0, 200, 240)
    image[112:, 200:440] = (150, 120, 100)
    depth = SteadyDepth(disparity, matte, focus=0.85, band=0.1)
    with Compositor(Settings(effect="replace", background="#ff00ff")) as compositor:
        out = compositor.compose(image, depth).astype(int)
    assert np.abs(out[200:220, 452:484] - image[200:220, 452:484]).mean() < 12
    assert np.abs(out[25:50, 25:50] - (255, 0, 255)).mean() < 3


def subject(width: int, height: int) -> tuple[Image, SteadyDepth]:
    """A red person before a finely chequered room, and exact depth."""
    rows, columns = np.mgrid[0:height, 0:width]
    inside = np.hypot(columns - width / 2, rows - height / 2) < 0.3 * height
    image = np.where((rows // 4 + columns // 4) % 2, 60, 200).astype(np.uint8)
    image = np.repeat(image[..., None], 3, axis=2)
    image[:, : width // 3] //= 2
    image[inside] = (0, 0, 255)
    matte = cv2.resize(inside.astype(np.float32), (160, 96), interpolation=cv2.INTER_AREA)
    return image, SteadyDepth(0.1 + 0.75 * matte, matte, focus=0.85, band=0.1)


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_the_room_itself_is_blurred_beyond_recognition_and_without_its_subject(
    strength: float,
) -> None:
    image, depth = subject(640, 360)
    settings = Settings(effect="replace", background="blur", strength=strength)
    with Compositor(settings) as compositor:
        out = compositor.compose(image, depth).astype(int)
    rows, columns = np.mgrid[0:360, 0:640]
    beyond = np.hypot(columns - 320, rows - 180) > 0.3 * 360 + 4
    assert (out[..., 2] - out[..., 1])[beyond].max() <= 3
    steps = np.abs(np.diff(out, axis=1)).max(axis=2)
    assert steps[beyond[:, 1:]].max() <= 3
    assert out[40, 20].mean() < out[40, 620].mean() - 30


def test_a_dimmed_background_follows_its_setting() -> None:
    image, depth = subject(320, 180)
    seen = []
    with Compositor() as compositor:
        for dim in (None, 0.5, 0.5, 1.0, 0.0):
            compositor.settings = Settings(effect="replace", background="#808080", dim=dim)
            seen.append(int(compositor.compose(image, depth)[2, 2, 0]))
    assert seen == [128, 64, 64, 0, 128]


def test_light_wrap_brightens_the_rim_only() -> None:
    image, depth = subject(640, 360)
    image[np.hypot(*np.mgrid[-180:180, -320:320]) < 108] = (40, 40, 40)
    pictures = []
    with Compositor() as compositor:
        for amount in (0.0, 0.5, 1.0):
            compositor.settings = Settings(
                effect="replace", background="#ffffff", light_wrap=amount
            )
            pictures.append(compositor.compose(image, depth).astype(int))
    inside = np.hypot(*np.mgrid[-180:180, -320:320])
    rim, heart = (inside > 98) & (inside < 104), inside < 80
    means = [picture[rim].mean() for picture in pictures]
    assert means[0] == pytest.approx(40, abs=2)
    assert means[0] + 5 < means[1] < means[2]
    for picture in pictures:
        assert (picture[heart] == 40).all()


def test_a_background_changes_between_kinds() -> None:
    image, depth = subject(320, 180)
    corners = {}
    with Compositor() as compositor:
        for name in ("#ff0000", "blur", "transparent", "blur", "#ff0000"):
            compositor.settings = Settings(effect="replace", background=name)
            corner = compositor.compose(image, depth)[2, 2].tolist()
            assert corners.setdefault(name, corner) == corner
    assert corners["#ff0000"] == [0, 0, 255]
    assert corners["transparent"] == [0x40, 0xB1, 0]


@pytest.mark.parametrize("effect", ["replace", "spotlight"])
def test_the_outline_follows_its_settings(effect: str) -> None:
    image, depth = subject(640, 360)
    depth = SteadyDepth(depth.disparity, cv2.blur(depth.matte, (3, 3)), depth.focus, depth.band)
    image[:] = (90, 120, 90)
    pictures = {}
    with Compositor() as compositor:
        for name, changes in (
            ("in", {"edge_shift": -1.0}),
            ("auto", {}),
            ("out", {"edge_shift": 1.0}),
            ("crisp", {"edge_softness": 0.0}),
            ("soft", {"edge_softness": 1.0}),
        ):
            settings = Settings(effect=effect, background="#000000", light_wrap=0.0, dim=1.0)
            compositor.settings = settings.updated(changes)
            pictures[name] = compositor.compose(image, depth)[..., 1].astype(int)
    areas = [(pictures[name] > 60).sum() for name in ("in", "auto", "out")]
    assert areas[0] < areas[1] < areas[2]
    ramps = [((p > 5) & (p < 115)).sum() for p in (pictures["crisp"], pictures["soft"])]
    assert ramps[0] < ramps[1]
