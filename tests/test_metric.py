"""Metres, from a metric model through the stabiliser to what the effects make of a distance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache

import cv2
import numpy as np
import pytest
from doubles import DiscModel, marker_picture, shows_marker

from livedepth.capture.synthetic import SyntheticFrame, SyntheticScene
from livedepth.compositor.compositor import Compositor
from livedepth.compositor.distances import Keeper, plane_in_focus
from livedepth.contents import Contents
from livedepth.distance import Distance
from livedepth.errors import LivedepthError, SettingsError
from livedepth.frame import Frame, Image, Map, MetricScale, Prediction, SteadyDepth
from livedepth.processor import Processor
from livedepth.settings import Settings
from livedepth.stabiliser.alignment import Alignment
from livedepth.stabiliser.metric import MetricTracker, align_inverse_to_range
from livedepth.stabiliser.stabiliser import Stabiliser
from livedepth.stats import Stats

WIDTH, HEIGHT, RATE = 480, 270, 15
FOG = np.array((0xD6, 0xCE, 0xC8))


@cache
def moments() -> tuple[SyntheticFrame, ...]:
    scene = SyntheticScene(WIDTH, HEIGHT)
    return tuple(scene.render(index / RATE, 1 / RATE) for index in range(30))


class ExactModel:
    """Knows the synthetic scene: its exact metres and matte, at half its size."""

    name, engine, device, precision = "exact", "none", "none", "fp32"

    def __init__(self, wavering: float = 0.0) -> None:
        self._generator = np.random.default_rng(4)
        self._wavering = wavering
        self.factors: list[float] = []

    def infer(self, image: Image) -> Prediction:
        truth = next((each for each in moments() if np.array_equal(each.image, image)), None)
        if truth is None:
            flat = np.ones((4, 4), np.float32)
            return Prediction(flat, None, flat)
        metres = np.ascontiguousarray(truth.depth[::2, ::2])
        matte = cv2.resize(truth.matte, metres.shape[::-1], interpolation=cv2.INTER_AREA)
        self.factors.append(float(np.exp(self._wavering * self._generator.normal())))
        metres *= np.float32(self.factors[-1])
        return Prediction(1.0 / metres, np.asarray(matte, np.float32), metres)

    def close(self) -> None:
        """Nothing is held."""


def stabilised(model: ExactModel, count: int = 30) -> list[SteadyDepth]:
    stabiliser = Stabiliser()
    return [
        stabiliser.update(model.infer(moment.image), moment.image, index / RATE)
        for index, moment in enumerate(moments()[:count])
    ]


def metres_in(steady: SteadyDepth) -> tuple[Map, Map]:
    """The map in metres, and where it is not cut off at an end of its range."""
    assert steady.metric is not None
    inside = (steady.disparity > 0.0) & (steady.disparity < 1.0)
    return steady.metric.metres_of(steady.disparity), inside


def test_a_scene_comes_back_in_metres_where_it_rests_and_where_it_moves() -> None:
    moved = 0
    for moment, steady in zip(moments(), stabilised(ExactModel()), strict=True):
        metres, inside = metres_in(steady)
        truth = moment.depth[::2, ::2]
        error = np.abs(metres / truth - 1.0)
        assert inside.mean() > 0.9
        assert np.percentile(error[inside], 98) < 0.01
        moving = inside & (np.hypot(*np.moveaxis(moment.motion[::2, ::2], 2, 0)) > 0.5)
        if np.count_nonzero(moving) > 300:
            moved += 1
            assert np.percentile(error[moving], 95) < 0.01
    assert moved > 5


def test_metres_that_waver_as_a_whole_do_not_move_a_plane() -> None:
    model = ExactModel(wavering=0.05)
    planes = []
    for steady in stabilised(model):
        assert steady.metric is not None
        planes.append(1.0 / (steady.metric.disparity_of(1.0) - steady.metric.shift))
    assert np.std(np.log(planes[15:])) < 0.2 * np.std(np.log(model.factors))


def test_the_scale_follows_the_map_where_its_range_is_pulled() -> None:
    tracker = MetricTracker()
    tracker.follow(Alignment(0.7, -0.2), 0.0)
    tracker.rescale(0.1, 1.25)
    metric = tracker.follow(Alignment(0.7 / 1.25, (-0.2 - 0.1) / 1.25), 0.1)
    for metres in (0.5, 1.0, 4.0):
        before = 0.7 / metres - 0.2
        assert metric.disparity_of(metres) == pytest.approx((before - 0.1) / 1.25)


def test_the_scale_takes_the_first_alignment_and_then_averages() -> None:
    tracker = MetricTracker()
    assert tracker.follow(Alignment(2.0, 0.5), 0.0) == MetricScale(2.0, 0.5)
    assert tracker.follow(Alignment(4.0, 1.5), 1 / 30).scale == pytest.approx(3.0)
    for _ in range(600):
        metric = tracker.follow(Alignment(5.0, 0.0), 1 / 30)
    assert metric.scale == pytest.approx(5.0, rel=1e-3)
    tracker.forget()
    assert tracker.follow(Alignment(1.0, 0.0), 1 / 30) == MetricScale(1.0, 0.0)


def test_a_flat_wall_keeps_its_distance() -> None:
    wall = np.full((24, 32), 2.5, np.float32)
    image = np.full((48, 64, 3), 90, np.uint8)
    stabiliser = Stabiliser()
    for index in range(3):
        steady = stabiliser.update(Prediction(1 / wall, None, wall), image, index / 30)
        assert steady.metric is not None
        np.testing.assert_allclose(steady.metric.metres_of(steady.disparity), 2.5, rtol=1e-3)
    assert align_inverse_to_range(1 / wall).scale > 0.0


def test_a_relative_model_knows_no_metres_and_a_change_of_model_starts_afresh() -> None:
    moment = moments()[0]
    known = ExactModel().infer(moment.image)
    stabiliser = Stabiliser()
    assert stabiliser.update(known, moment.image, 0.0).metric is not None
    relative = Prediction(known.depth * 3.0 + 1.0, known.matte)
    assert stabiliser.update(relative, moment.image, 0.1).metric is None
    again = stabiliser.update(known, moment.image, 0.2)
    metres, inside = metres_in(again)
    np.testing.assert_allclose(metres[inside], moment.depth[::2, ::2][inside], rtol=2e-3)


@pytest.mark.parametrize(
    ("metres", "fault"),
    [
        (np.ones((3, 4), np.float32), "metres and depth must be of one size"),
        (np.full((4, 4), np.nan, np.float32), "metres must be finite"),
    ],
)
def test_metres_that_are_none_are_refused(metres: Map, fault: str) -> None:
    flat, image = np.ones((4, 4), np.float32), np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(LivedepthError, match=fault):
        Stabiliser().update(Prediction(flat, None, metres), image, 0.0)


@contextmanager
def processing(
    model: ExactModel | DiscModel, settings: Settings, said: list[str], **how: bool
) -> Iterator[Processor]:
    how = {"conceal_failures": False, **how}
    with closing(Processor(model, settings, Stats(), said.append, **how)) as processor:
        yield processor


def composed(**settings: object) -> tuple[Image, SyntheticFrame, SteadyDepth]:
    """The last of some frames, as the whole of the stream makes it."""
    chosen = Settings().updated(settings)
    with processing(ExactModel(), chosen, []) as processor:
        for index, moment in enumerate(moments()[:20]):
            frame = Frame(moment.image, index, index / RATE, index / RATE)
            picture = processor.process(frame, chosen)
        steady = processor.steady
        assert steady is not None
        return picture.copy(), moment, steady


def away_from_edges(truth: SyntheticFrame, reach: int = 21) -> Map:
    """Where depth changes little nearby, and no subject is."""
    kernel = np.ones((reach, reach))
    span = cv2.dilate(truth.depth, kernel) / cv2.erode(truth.depth, kernel)
    return (span < 1.03) & (cv2.dilate(truth.matte, kernel) == 0.0)


@pytest.mark.parametrize("visibility", ["3 m", "10 m"])
def test_fog_by_visibility_follows_koschmieders_law(visibility: str) -> None:
    picture, truth, _ = composed(effect="fog", visibility=visibility)
    transmission = np.exp(-3.912 * truth.depth / float(visibility.split()[0]))[..., None]
    expected = FOG + transmission * (truth.image - FOG.astype(float))
    calm = away_from_edges(truth)
    error = np.abs(picture - expected)[calm]
    assert calm.mean() > 0.2
    assert error.mean() < 1.5
    assert np.percentile(error, 95) < 5.0
    near = calm & (truth.depth < 0.62)
    assert near.sum() > 100
    assert np.abs(picture - expected)[near].mean() < 4.0
    inside = cv2.erode(truth.matte, np.ones((13, 13))) >= 1.0
    np.testing.assert_array_equal(picture[inside], truth.image[inside])


def test_fog_is_never_so_thin_that_the_room_is_sent_plain() -> None:
    picture, truth, _ = composed(effect="fog", visibility="1000 m")
    far = away_from_edges(truth) & (truth.depth > 2.9)
    veiled = np.abs(picture - FOG)[far].mean() / np.abs(truth.image - FOG.astype(float))[far].mean()
    assert veiled == pytest.approx(0.8, abs=0.03)


def detail(picture: Image, where: Map) -> float:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[where].mean())


def test_what_is_at_the_distance_in_focus_is_sharp_and_the_rest_is_not() -> None:
    steps = ("0.57 m", "0.88 m", "3 m")
    pictures = {step: composed(focus=step, strength=1.0)[0] for step in steps}
    truth = moments()[19]
    calm = away_from_edges(truth, 9)
    inside = cv2.erode(truth.matte, np.ones((9, 9))) >= 1.0
    at = {
        "0.57 m": calm & (truth.depth < 0.6),
        "0.88 m": inside,
        "3 m": calm & (truth.depth > 2.8),
    }
    for step in steps:
        sharp = detail(pictures[step], at[step])
        assert sharp > 0.9 * detail(truth.image, at[step])
        for other in steps:
            if other != step:
                assert detail(pictures[other], at[step]) < 0.7 * sharp, (step, other)
    assert detail(pictures["0.88 m"], at["3 m"]) < 0.25 * detail(truth.image, at["3 m"])


def test_the_plane_in_focus_is_at_the_distance_asked_and_told() -> None:
    metric = MetricScale(0.7, -0.2)
    assert plane_in_focus(Distance(1.0), metric) == pytest.approx(0.5)
    assert plane_in_focus(Distance(0.1), metric) == 1.0
    assert plane_in_focus(Distance(900.0), metric) == 0.0
    assert plane_in_focus(0.3, metric) == 0.3
    assert plane_in_focus(None, None) is None
    for focus, told in (("1.2 m", 1.2), ("auto", 0.88), (0.5, None)):
        stats, settings = Stats(), Settings().updated({"focus": focus})
        with closing(
            Processor(ExactModel(), settings, stats, print, conceal_failures=False)
        ) as processor:
            processor.process(Frame(moments()[0].image, 0, 0.0, 0.0), settings)
            assert processor.steady is not None
            assert processor.steady.metric is not None
            for index in range(1, 20):
                frame = Frame(moments()[index].image, index, index / RATE, index / RATE)
                processor.process(frame, settings)
            if told is None:
                told = processor.steady.metric.metres_of(0.5)
        assert stats.focus_metres == pytest.approx(told, rel=0.02)


@pytest.mark.parametrize("effect", ["replace", "spotlight", "blur", "fog"])
def test_what_is_near_enough_is_kept_with_the_subject(effect: str) -> None:
    chosen: dict[str, object] = {"effect": effect, "strength": 1.0, "visibility": "6 m"}
    alone, truth, _ = composed(**chosen)
    kept, _, _ = composed(**chosen, keep_within="1.2 m")
    calm = away_from_edges(truth, 13)
    desk, room = calm & (truth.depth < 0.62), calm & (truth.depth > 2.0)
    assert desk.sum() > 200
    assert np.abs(kept.astype(int) - truth.image)[desk].max() <= 1
    assert np.abs(alone.astype(int) - truth.image)[desk].mean() > 3.0
    assert np.abs(kept.astype(int) - alone)[room].mean() < 2.0
    assert np.abs(kept.astype(int) - truth.image)[room].mean() > 3.0


def test_a_cut_out_holds_what_is_kept_and_nothing_behind_it() -> None:
    settings = Settings(effect="replace", background="transparent").updated({"keep_within": 1.2})
    with processing(ExactModel(), settings, []) as processor:
        for index, moment in enumerate(moments()[:5]):
            frame = Frame(moment.image, index, index / RATE, index / RATE)
            processor.process(frame, settings)
        assert processor.cutout is not None
        alpha = processor.cutout[..., 3]
    calm = away_from_edges(moment, 13)
    assert alpha[calm & (moment.depth < 0.62)].min() == 255
    assert alpha[calm & (moment.depth > 2.0)].max() == 0


def test_the_edge_of_what_is_kept_is_soft_and_its_maps_are_its_own() -> None:
    disparity = np.tile(np.linspace(0, 1, 401, dtype=np.float32), (5, 1))
    matte = np.zeros_like(disparity)
    depth = SteadyDepth(disparity, matte, 0.8, 0.1, MetricScale(0.6, 0.0))
    kept = Keeper().widen(depth, Distance(1.2)).matte
    np.testing.assert_array_equal(kept[:, disparity[0] > 0.53], 1.0)
    np.testing.assert_array_equal(kept[:, disparity[0] < 0.47], 0.0)
    assert kept[2, 200] == pytest.approx(0.5, abs=0.01)
    assert np.diff(kept[2]).max() < 0.1
    assert not matte.any()
    everything = Keeper().widen(depth, Distance(1000.0)).matte
    assert not everything[:, 0].any()


RELATIVE = "focus = 1.2 m needs a metric model, such as --model depth-anything-v2-metric"


def test_a_distance_is_refused_at_start_by_a_model_that_knows_none() -> None:
    settings = Settings().updated({"focus": "1.2 m"})
    for conceal in (False, True):
        with pytest.raises(SettingsError, match=RELATIVE) as caught:
            Processor(DiscModel(), settings, Stats(), print, conceal_failures=conceal)
        assert "this one knows no metres" in str(caught.value)
    model = DiscModel()
    with processing(model, Settings(), []):
        assert model.calls == 0


def test_a_distance_set_later_is_told_once_and_auto_is_used() -> None:
    said: list[str] = []
    pictures, mattes = [], []
    with (
        processing(DiscModel(), Settings(), said, conceal_failures=True) as processor,
        closing(Contents(processor, said.append)) as contents,
    ):
        distances = {"focus": "1.2 m", "keep_within": "3 m"}
        for index, changes in enumerate([{}, distances, distances, {**distances, "dim": 0.1}]):
            settings = Settings(strength=1.0).updated(changes)
            for again in range(2):
                at = index * 2 + again
                frame = Frame(marker_picture(), at, at / 30, at / 30)
                picture = processor.process(frame, settings)
                assert not shows_marker(picture)
                pictures.append(picture.copy())
                contents.begin(frame, picture, settings)
                mattes.append(contents.show("matte", mirrored=False).image.copy())
    assert len(said) == 1
    assert said[0].startswith("focus = 1.2 m, keep_within = 3 m need a metric model")
    assert said[0].endswith("auto is used")
    np.testing.assert_array_equal(pictures[5], pictures[1])
    assert all(matte.any() and np.array_equal(matte, mattes[0]) for matte in mattes)


@pytest.mark.parametrize("key", ["focus", "keep_within", "visibility"])
def test_a_compositor_refuses_a_distance_without_a_scale(key: str) -> None:
    depth = SteadyDepth(*np.full((2, 9, 16), 0.5, np.float32), 0.5, 0.1)
    image = np.zeros((18, 32, 3), np.uint8)
    with Compositor(Settings().updated({key: "2 m"})) as compositor:
        with pytest.raises(SettingsError, match=f"{key} = 2 m needs a metric model"):
            compositor.compose(image, depth)
        compositor.settings = Settings(effect="none")
        np.testing.assert_array_equal(compositor.compose(image, depth), image)


def test_metres_are_carried_to_frames_that_cannot_wait() -> None:
    settings = Settings(mode="latest").updated({"focus": "1.2 m", "keep_within": "80 cm"})
    with processing(ExactModel(), settings, [], live=True) as processor:
        for index, moment in enumerate(moments()[:6]):
            frame = Frame(moment.image, index, index / RATE, index / RATE)
            processor.process(frame, settings)
            assert processor.steady is not None
            assert processor.steady.metric is not None
            metres, inside = metres_in(processor.steady)
            error = np.abs(metres / moment.depth[::2, ::2] - 1.0)[inside]
            assert np.median(error) < 0.01
