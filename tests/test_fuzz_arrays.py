"""Arrays of any type, shape and content: a result without NaN, or an error of ours."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from itertools import islice

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import livedepth
from livedepth.depth.model import DepthModel
from livedepth.errors import LivedepthError
from livedepth.frame import Prediction, SteadyDepth
from livedepth.settings import EFFECTS
from livedepth.stabiliser.propagation import Propagator

# Arrays say enough as they are; making them smaller takes minutes.
fuzzed = settings(
    max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)

NOISE = np.random.default_rng(3)

SIZES = st.sampled_from(
    [(1, 1), (1, 2), (2, 1), (3, 5), (17, 33), (48, 80), (1, 700), (700, 1), (4, 3000), (2000, 3)]
)
TYPES = st.sampled_from(
    [np.uint8, np.int8, np.uint16, np.int64, np.float64, np.float16, bool, complex, object]
)
WRONG_SHAPES = st.sampled_from(
    [(), (0,), (5,), (4, 5), (0, 5, 3), (5, 0, 3), (4, 5, 1), (4, 5, 4), (2, 4, 5, 3), (4, 5, 0)]
)


def strided(array: np.ndarray, how: str) -> np.ndarray:
    """The same values, laid out in another way."""
    match how:
        case "reversed":
            return array[::-1, ::-1].copy()[::-1, ::-1]
        case "transposed":
            return np.asfortranarray(array)
        case "sliced":
            return np.repeat(np.repeat(array, 2, 0), 2, 1)[::2, ::2]
        case "read only":
            array = array.copy()
            array.flags.writeable = False
            return array
        case "unaligned":
            raw = np.zeros(array.nbytes + 1, np.uint8)[1:]
            moved = raw.view(array.dtype).reshape(array.shape)
            moved[...] = array
            return moved
        case _:
            return array


LAYOUTS = st.sampled_from(
    ["plain", "reversed", "transposed", "sliced", "read only", "unaligned"]
)  # fmt: skip


@st.composite
def pictures(draw: st.DrawFn) -> np.ndarray:
    """Pictures, most of them valid."""
    match draw(st.sampled_from(["valid", "valid", "valid", "type", "shape"])):
        case "valid":
            image = NOISE.integers(0, 256, (*draw(SIZES), 3)).astype(np.uint8)
            return strided(image, draw(LAYOUTS))
        case "type":
            return np.zeros((6, 8, 3), draw(TYPES))
        case _:
            return np.zeros(draw(WRONG_SHAPES), np.uint8)


@st.composite
def maps(draw: st.DrawFn, *, of: tuple[int, int], huge: bool = True) -> np.ndarray:
    """Maps, most of them valid, some with values that are none.

    huge: whether values may lie far beyond the range that is promised.
    """
    size = draw(SIZES) if draw(st.integers(0, 5)) == 0 else of
    values = NOISE.random(size).astype(draw(st.sampled_from([np.float32, np.float32, np.float64])))
    match draw(
        st.sampled_from(["valid", "valid", "value", "all", "huge", "flat", "shape", "type"])
    ):
        case "value":
            values.flat[0] = draw(st.sampled_from([np.nan, np.inf, -np.inf]))
        case "all":
            values[...] = draw(st.sampled_from([np.nan, np.inf, -np.inf]))
        case "huge":
            values *= draw(st.sampled_from([1e30, -1e30, 3e38, 1e-40]))
        case "flat":
            values[...] = draw(st.sampled_from([0.0, 1.0, 0.3]))
        case "shape":
            values = np.zeros(draw(WRONG_SHAPES), np.float32)
        case "type":
            values = values.astype(draw(TYPES))
    movable = values.ndim >= 2 and values.size and not values.dtype.hasobject
    return strided(values, draw(LAYOUTS)) if movable else values


@pytest.fixture(autouse=True)
def without_warnings() -> Iterator[None]:
    """A warning of NumPy's about values is no crash; what is judged is the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        yield


def attempt(call: Callable[[], object]) -> object:
    """What ``call`` gives, or None where it refuses in one line."""
    try:
        return call()
    except LivedepthError as error:
        message = str(error)
    assert message
    assert len(message.splitlines()) == 1
    return None


def assert_sound(steady: SteadyDepth) -> None:
    for values in (steady.disparity, steady.matte):
        assert values.dtype == np.float32
        assert values.ndim == 2
        assert np.isfinite(values).all()
        assert values.min() >= 0.0
        assert values.max() <= 1.0
    assert np.isfinite([steady.focus, steady.band]).all()


@cache
def model() -> DepthModel:
    return livedepth.load_model()


@fuzzed
@given(image=pictures())
def test_any_picture_into_a_model(image: np.ndarray) -> None:
    prediction = attempt(lambda: model().infer(image))
    if prediction is not None:
        assert isinstance(prediction, Prediction)
        assert np.isfinite(prediction.depth).all()
        assert prediction.matte is not None
        assert np.isfinite(prediction.matte).all()


@fuzzed
@given(data=st.data())
def test_any_map_into_the_stabiliser(data: st.DataObject) -> None:
    stabiliser = livedepth.Stabiliser(data.draw(st.sampled_from([0.0, 0.5, 5.0])))
    moments = st.floats(-10, 10) | st.sampled_from([np.nan, np.inf, -np.inf, 1e300])
    size = data.draw(SIZES)
    at = 0.0
    for _ in range(4):
        depth = data.draw(maps(of=size))
        matte = data.draw(st.none() | maps(of=size))
        image = data.draw(pictures())
        at = data.draw(moments) if data.draw(st.integers(0, 4)) == 0 else at + 0.03
        prediction = Prediction(depth, matte)
        steady = attempt(lambda: stabiliser.update(prediction, image, at))  # noqa: B023
        if steady is not None:
            assert isinstance(steady, SteadyDepth)
            assert_sound(steady)
    good = np.linspace(0, 1, 48 * 80, dtype=np.float32).reshape(48, 80)
    image = NOISE.integers(0, 256, (96, 160, 3)).astype(np.uint8)
    for step in range(2):
        assert_sound(stabiliser.update(Prediction(good, good), image, 1000 + step / 30))


@settings(fuzzed, max_examples=120)
@given(data=st.data(), effect=st.sampled_from(EFFECTS))
def test_any_picture_and_map_into_the_compositor(data: st.DataObject, effect: str) -> None:
    background = data.draw(st.sampled_from(["#20283a", "blur", "transparent"]))
    chosen = livedepth.Settings(
        effect=effect,
        background=background,
        low_light=data.draw(st.sampled_from([0.0, 1.0])),
        focus=data.draw(st.sampled_from(["auto", 0.0, 1.0])),
    )
    with livedepth.Compositor(chosen) as compositor:
        for _ in range(2):
            image = data.draw(pictures())
            disparity = data.draw(maps(of=(48, 80), huge=False))
            matte = data.draw(maps(of=(48, 80), huge=False))
            numbers = st.floats(0, 1) | st.sampled_from([np.nan, np.inf, -np.inf, -5.0, 1e30])
            steady = SteadyDepth(disparity, matte, data.draw(numbers), data.draw(numbers))
            before = image.copy()
            picture = attempt(lambda: compositor.compose(image, steady, 0.0))  # noqa: B023
            if picture is not None:
                assert isinstance(picture, np.ndarray)
                assert picture.dtype == np.uint8
                assert picture.shape == image.shape
                assert compositor.mirrored().shape == image.shape
                np.testing.assert_array_equal(image, before)


BEYOND = """
import sys
import numpy as np
import livedepth
from livedepth.errors import LivedepthError
from livedepth.frame import SteadyDepth
from livedepth.settings import EFFECTS

draw = np.random.default_rng(0)
image = draw.integers(0, 256, (60, 100, 3)).astype(np.uint8)
fair = draw.random((48, 80)).astype(np.float32)
far = (2 * fair - 1) * np.float32(sys.argv[1])
for effect in EFFECTS:
    for maps in ((far, fair), (fair, far), (far, far)):
        with livedepth.Compositor(livedepth.Settings(effect=effect)) as compositor:
            try:
                picture = compositor.compose(image, SteadyDepth(*maps, 0.5, 0.1), 0.0)
            except LivedepthError:
                continue
            assert picture.shape == image.shape
"""


@pytest.mark.parametrize("scale", ["5", "1e6", "1e30", "3e38"])
def test_maps_beyond_their_range_into_the_compositor(scale: str) -> None:
    """In a process of its own: a kernel that looks something up beyond its table ends it."""
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", BEYOND, scale],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-1500:]


@fuzzed
@given(data=st.data())
def test_anything_into_the_propagator(data: st.DataObject) -> None:
    propagator = Propagator(data.draw(st.integers(1, 5)))
    size = data.draw(SIZES)
    index = 0
    for _ in range(5):
        image = data.draw(pictures())
        index += data.draw(st.integers(-1, 3))
        attempt(lambda: propagator.advance(image, index))  # noqa: B023
        if data.draw(st.booleans()):
            steady = SteadyDepth(data.draw(maps(of=size)), data.draw(maps(of=size)), 0.5, 0.1)
            attempt(lambda: propagator.renew(steady, index))  # noqa: B023
        moved = attempt(propagator.current)
        if moved is not None:
            assert isinstance(moved, SteadyDepth)
            assert_sound(moved)


@pytest.mark.parametrize("reach", [0, -1])
def test_a_reach_that_is_none(reach: int) -> None:
    with pytest.raises(LivedepthError):
        Propagator(reach)


KEYS = st.sampled_from(
    ["width", "height", "rate", "effect", "strength", "mirror_output", "nothing"]
)
VALUES = st.sampled_from([0, -1, 16, 17, 1e9, "auto", "", None, True, np.nan, "blur", [1], b"x"])


@fuzzed
@given(changes=st.dictionaries(KEYS, VALUES, max_size=3))
def test_any_settings_into_a_stream(changes: dict[str, object]) -> None:
    values = {"width": 32, "height": 32} | changes
    stream = attempt(lambda: livedepth.stream("synthetic", **values))
    if stream is None:
        return
    with closing(stream) as frames:  # type: ignore[type-var]
        for frame in attempt(lambda: list(islice(frames, 2))) or ():  # type: ignore[attr-defined, call-overload]
            assert frame.image.dtype == np.uint8
            assert frame.image.size
