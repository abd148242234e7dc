"""The compositor as a whole: every effect, any size, failing closed."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numba
import numpy as np
import pytest

from livedepth.compositor.compositor import Compositor
from livedepth.errors import LivedepthError, SettingsError
from livedepth.frame import Image, SteadyDepth
from livedepth.settings import EFFECTS, Settings

SIZES = [(1, 1), (1, 7), (7, 1), (17, 31), (64, 48), (333, 251)]


def make_depth(shape: tuple[int, int] = (24, 40)) -> SteadyDepth:
    """A round subject in the middle, near, before a far background."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    y, x = (rows + 0.5) / shape[0] - 0.5, (columns + 0.5) / shape[1] - 0.5
    matte = np.clip((0.28 - np.hypot(x, y)) * 20 + 0.5, 0, 1).astype(np.float32)
    disparity = (0.1 + 0.75 * matte).astype(np.float32)
    return SteadyDepth(disparity, matte, focus=0.85, band=0.1)


def make_image(width: int, height: int, seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def detail(image: Image) -> float:
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("size", SIZES)
def test_every_effect_takes_every_size_and_leaves_its_input_alone(
    effect: str, size: tuple[int, int]
) -> None:
    image, depth = make_image(*size), make_depth()
    before = image.copy(), depth.disparity.copy(), depth.matte.copy()
    with Compositor(Settings(effect=effect)) as compositor:
        out = compositor.compose(image, depth)
        assert out.shape == image.shape
        assert out.dtype == np.uint8
        assert not np.shares_memory(out, image)
        assert compositor.mirrored().shape == image.shape
        again = compositor.compose(image, depth)
        assert again is out
    for array, kept in zip((image, depth.disparity, depth.matte), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_same_frame_gives_the_same_picture(effect: str) -> None:
    image, depth = make_image(333, 251), make_depth()
    other = make_image(333, 251, seed=9)
    with Compositor(Settings(effect=effect)) as compositor:
        first = compositor.compose(image, depth).copy()
        compositor.compose(other, depth)
        np.testing.assert_array_equal(compositor.compose(image, depth), first)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
@pytest.mark.parametrize("effect", EFFECTS)
def test_serial_equals_parallel(effect: str) -> None:
    image, depth = make_image(333, 251), make_depth()
    pictures = []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        with Compositor(Settings(effect=effect)) as compositor:
            pictures.append(compositor.compose(image, depth).copy())
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (96, 160), (500, 400)])
def test_depth_may_have_any_size(shape: tuple[int, int]) -> None:
    with Compositor() as compositor:
        assert compositor.compose(make_image(160, 90), make_depth(shape)).any()


@pytest.mark.parametrize("effect", [name for name in EFFECTS if name != "none"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_depth_that_is_not_finite_conceals_the_frame(effect: str, bad: float) -> None:
    image, depth = make_image(160, 120), make_depth()
    with Compositor(Settings(effect=effect)) as compositor:
        hidden = compositor.conceal(image).copy()
        for field in ("disparity", "matte"):
            values = getattr(depth, field).copy()
            values[3, 4] = bad
            out = compositor.compose(image, replace(depth, **{field: values}))
            np.testing.assert_array_equal(out, hidden)
        for field in ("focus", "band"):
            out = compositor.compose(image, replace(depth, **{field: bad}))
            np.testing.assert_array_equal(out, hidden)


def test_only_none_by_name_sends_the_plain_picture() -> None:
    image, depth = make_image(160, 120), make_depth()
    for effect in EFFECTS:
        with Compositor(Settings(effect=effect, strength=0, opacity=0.5)) as compositor:
            out = compositor.compose(image, depth)
        assert np.array_equal(out, image) == (effect == "none")
    with Compositor() as compositor:
        assert compositor.settings.effect == "blur"


def test_settings_take_effect_at_the_next_frame() -> None:
    image, depth = make_image(160, 120), make_depth()
    with Compositor(Settings(effect="none")) as compositor:
        compositor.compose(image, depth)
        compositor.settings = Settings(effect="replace", background="#ff0000")
        assert compositor.compose(image, depth)[0, 0].tolist() == [0, 0, 255]
        compositor.settings = Settings(effect="replace", background="#00ff00")
        assert compositor.compose(image, depth)[0, 0].tolist() == [0, 255, 0]


def test_frames_may_change_size() -> None:
    with Compositor() as compositor:
        for size in [(64, 48), (31, 17), (320, 180), (64, 48)]:
            assert compositor.compose(make_image(*size), make_depth()).shape[1::-1] == size


@pytest.mark.parametrize(
    "changes",
    [{"effect": effect} for effect in EFFECTS]
    + [{"effect": "replace", "background": name} for name in ("blur", "transparent")]
    + [{"effect": "blur", "low_light": 1.0}, {"effect": "replace", "dim": 0.5}],
)
def test_steady_state_allocates_nothing_the_size_of_a_frame(changes: dict[str, object]) -> None:
    image, depth = make_image(960, 540) // 6, make_depth((96, 160))
    with Compositor(Settings().updated(changes)) as compositor:
        for _ in range(2):
            compositor.compose(image, depth)
            compositor.mirrored()
            compositor.mirrored_cutout()
        tracemalloc.start()
        compositor.compose(image, depth)
        compositor.mirrored()
        compositor.mirrored_cutout()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < image.nbytes / 8


def test_read_only_and_strided_input_is_taken() -> None:
    image, depth = make_image(160, 120), make_depth()
    with Compositor() as compositor:
        expected = compositor.compose(image, depth).copy()
        image.flags.writeable = False
        depth.disparity.flags.writeable = False
        np.testing.assert_array_equal(compositor.compose(image, depth), expected)
        strided = np.repeat(image, 2, axis=1)[:, ::2]
        np.testing.assert_array_equal(compositor.compose(strided, depth), expected)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_a_frame_of_the_wrong_kind_is_refused(bad: np.ndarray) -> None:
    with Compositor() as compositor, pytest.raises(LivedepthError, match="frame must be uint8"):
        compositor.compose(bad, make_depth())


def test_maps_of_different_sizes_are_refused() -> None:
    depth = replace(make_depth(), matte=np.zeros((3, 3), np.float32))
    with Compositor() as compositor, pytest.raises(LivedepthError, match="of one size"):
        compositor.compose(make_image(32, 32), depth)


def test_mirroring_needs_a_picture() -> None:
    with Compositor() as compositor, pytest.raises(LivedepthError, match="compose one first"):
        compositor.mirrored()


def test_mirror_flips_the_picture_but_not_the_legend() -> None:
    image, depth = make_image(320, 240), make_depth()
    with Compositor(Settings(effect="overlay")) as compositor:
        out = compositor.compose(image, depth).copy()
        mirrored = compositor.mirrored().copy()
    legend = np.s_[240 - 30 : 240 - 8, 8:90]
    assert np.abs(out[legend].astype(int) - mirrored[legend]).mean() < 40
    assert np.abs(out[legend].astype(int) - mirrored[:, ::-1][legend]).mean() > 40
    np.testing.assert_array_equal(out[:200], mirrored[:200, ::-1])


def test_concealing_leaves_nothing_to_recognise(shared_picture: Image) -> None:
    with Compositor() as compositor:
        hidden = compositor.conceal(shared_picture)
        np.testing.assert_array_equal(compositor.mirrored(), hidden[:, ::-1])
    assert detail(hidden) < 0.05 * detail(shared_picture)

    def fine(image: Image) -> np.ndarray:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
        return grey - cv2.GaussianBlur(grey, (0, 0), image.shape[1] / 24)

    correlation = np.corrcoef(fine(hidden).ravel(), fine(shared_picture).ravel())[0, 1]
    assert abs(correlation) < 0.3


@pytest.fixture
def shared_picture() -> Image:
    """Fine texture over large shapes."""
    rows, columns = np.mgrid[0:240, 0:320]
    image = np.stack([columns * 0.5, rows * 0.8, 255 - columns * 0.6], axis=-1) * 0.6
    image += 60 * ((rows // 5 + columns // 7) % 2)[..., None]
    return np.ascontiguousarray(image.clip(0, 255).astype(np.uint8))


def test_a_background_that_is_not_there_is_one_clear_line() -> None:
    settings = Settings(effect="replace", background="nowhere.png")
    with Compositor(settings) as compositor, pytest.raises(SettingsError) as caught:
        compositor.compose(make_image(32, 32), make_depth())
    text = str(caught.value)
    assert "nowhere.png" in text
    assert "#rrggbb" in text
    assert "\n" not in text


TRANSPARENT = Settings(effect="replace", background="transparent")


def test_a_cutout_is_straight_and_black_where_it_is_transparent() -> None:
    image, depth = make_image(333, 251), make_depth()
    with Compositor(TRANSPARENT) as compositor:
        out = compositor.compose(image, depth).copy()
        cutout = compositor.cutout
        assert cutout is not None
        assert cutout.shape == (251, 333, 4)
        assert cutout.dtype == np.uint8
        alpha = cutout[..., 3:].astype(float) / 255
        assert not cutout[cutout[..., 3] == 0].any()
        assert (out[cutout[..., 3] == 0].astype(int) - (0x40, 0xB1, 0)).max() <= 1
        np.testing.assert_array_equal(
            cutout[cutout[..., 3] == 255][:, :3].mean(), image[cutout[..., 3] == 255].mean()
        )
        over_key = alpha * cutout[..., :3] + (1 - alpha) * (0x40, 0xB1, 0)
        assert np.abs(out - over_key).max() <= 2.5
        mirrored = compositor.mirrored_cutout()
        assert mirrored is not None
        np.testing.assert_array_equal(mirrored, cutout[:, ::-1])
        np.testing.assert_array_equal(compositor.mirrored(), out[:, ::-1])
        compositor.compose(image, depth)
        assert compositor.cutout is cutout


def test_nearly_transparent_pixels_hold_nothing_of_the_room() -> None:
    rows, columns = np.mgrid[0:360, 0:640]
    distance = np.hypot(columns - 320, rows - 180)
    alpha = np.clip((110 - distance) / 40 + 0.5, 0, 1)[..., None]
    room = np.where((columns // 2 % 2)[..., None], (255, 0, 255), (0, 255, 0))
    image = np.rint(alpha * (60, 60, 60) + (1 - alpha) * room).astype(np.uint8)
    matte = cv2.resize(alpha[..., 0], (160, 96), interpolation=cv2.INTER_AREA).astype(np.float32)
    depth = SteadyDepth((0.1 + 0.75 * matte).astype(np.float32), matte, focus=0.85, band=0.1)
    with Compositor(TRANSPARENT) as compositor:
        compositor.compose(image, depth)
        cutout = compositor.cutout
    assert cutout is not None
    faint = (cutout[..., 3] > 0) & (cutout[..., 3] < 20)
    assert faint.sum() > 50
    stripes = np.abs(np.diff(cutout[..., :3].astype(int), axis=1)).max(axis=2)
    assert stripes[faint[:, 1:] & faint[:, :-1]].max() < 45


def test_a_cutout_goes_with_its_picture() -> None:
    image, depth = make_image(160, 120), make_depth()
    with Compositor(TRANSPARENT) as compositor:
        assert compositor.cutout is None
        assert compositor.mirrored_cutout() is None
        compositor.compose(image, depth)
        assert compositor.cutout is not None
        compositor.conceal(image)
        assert compositor.cutout is None
        compositor.compose(image, depth)
        compositor.compose(image, replace(depth, focus=np.nan))
        assert compositor.cutout is None
        compositor.compose(image, depth)
        with pytest.raises(LivedepthError):
            compositor.compose(np.zeros((4, 4), np.uint8), depth)
        assert compositor.cutout is None
        compositor.compose(image, depth)
        compositor.settings = Settings(effect="spotlight")
        compositor.compose(image, depth)
        assert compositor.cutout is None
        compositor.settings = TRANSPARENT
        compositor.compose(make_image(31, 17), depth)
        assert compositor.cutout is not None
        assert compositor.cutout.shape == (17, 31, 4)
