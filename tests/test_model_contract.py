"""The contract of DepthModel, over every engine that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from livedepth.depth.engines import TABLE, build, is_built
from livedepth.depth.preprocessing import network_size
from livedepth.depth.registry import built_in_models, load_model
from livedepth.errors import EngineError, ModelError

REFERENCE = "opencv"
FILES = built_in_models()["embedded"]
SHAPES = [(720, 1280), (480, 640), (1280, 720), (101, 37), (1, 1)]
MARKS = {"cuda": pytest.mark.gpu, "tensorrt": pytest.mark.tensorrt}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=MARKS.get(name, ())) for name in TABLE],
)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Each engine that runs here, built where it has to be; else its own reason to skip."""
    name = str(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        try:
            for height, width in [*SHAPES, (180, 320), (90, 160)]:
                size = network_size(FILES.description, width, height)
                if not is_built(FILES, name, size):
                    build(FILES, name, size, print)
            load_model("embedded", name).close()
        except EngineError as error:
            if name == REFERENCE:
                raise
            pytest.skip(str(error))
        yield name


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)


def test_a_model_names_itself_and_its_engine(engine: str) -> None:
    with closing(load_model("embedded", engine)) as model:
        assert (model.name, model.engine) == ("embedded", engine)
        assert model.device
        assert model.precision in ("fp32", "fp16", "int8")


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_what_is_no_picture_is_a_model_error(engine: str, image: np.ndarray) -> None:
    with closing(load_model("embedded", engine)) as model:
        with pytest.raises(ModelError, match="a picture must be") as caught:
            model.infer(image)
        assert not isinstance(caught.value, EngineError)
        assert np.isfinite(model.infer(noise(90, 160)).depth).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_any_picture_gives_finite_maps_of_one_shape(engine: str, shape: tuple[int, int]) -> None:
    with closing(load_model("embedded", engine)) as model:
        image = noise(*shape)
        before = image.copy()
        prediction = model.infer(image)
    np.testing.assert_array_equal(image, before)
    assert prediction.depth.ndim == 2
    assert prediction.depth.dtype == np.float32
    assert np.isfinite(prediction.depth).all()
    assert prediction.matte is not None
    assert prediction.matte.shape == prediction.depth.shape
    assert prediction.matte.min() >= 0.0
    assert prediction.matte.max() <= 1.0


@pytest.mark.parametrize("level", [0, 255])
def test_black_and_white_pictures_are_taken(engine: str, level: int) -> None:
    with closing(load_model("embedded", engine)) as model:
        assert np.isfinite(model.infer(np.full((90, 160, 3), level, np.uint8)).depth).all()


def test_a_prediction_stays_as_it_is_when_the_next_is_made(
    engine: str, picture: np.ndarray
) -> None:
    with closing(load_model("embedded", engine)) as model:
        first = model.infer(picture)
        kept = first.depth.copy()
        model.infer(noise(180, 320))
        np.testing.assert_array_equal(first.depth, kept)


def test_every_engine_agrees_with_the_reference(engine: str, picture: np.ndarray) -> None:
    with (
        closing(load_model("embedded", engine)) as model,
        closing(load_model("embedded", REFERENCE)) as reference,
    ):
        ours, theirs = model.infer(picture), reference.infer(picture)
        looser = {"fp32": 1, "fp16": 10, "int8": 30}[model.precision]
    spread = np.ptp(theirs.depth)
    np.testing.assert_allclose(ours.depth, theirs.depth, atol=2e-3 * looser * spread)
    assert np.corrcoef(ours.depth.ravel(), theirs.depth.ravel())[0, 1] >= 0.999
    assert ours.matte is not None
    assert theirs.matte is not None
    np.testing.assert_allclose(ours.matte, theirs.matte, atol=5e-3 * looser)


def test_closing_twice_is_harmless(engine: str) -> None:
    model = load_model("embedded", engine)
    model.close()
    model.close()


@pytest.mark.parametrize("contents", [b"", b"not a model at all" * 9, b"\x08\x07\x12\x04abcd"])
def test_a_file_that_is_no_model_is_named(engine: str, tmp_path: Path, contents: bytes) -> None:
    if "onnx" not in TABLE[engine].reads:
        pytest.skip(f"engine {engine} reads no ONNX files")
    path = tmp_path / "broken.onnx"
    path.write_bytes(contents)
    path.with_suffix(".toml").write_text(
        '[input]\nwidth = 320\nheight = 192\n[output]\ndisparity = ""\n', encoding="utf-8"
    )
    with pytest.raises(ModelError, match=r"broken\.onnx") as caught:
        load_model(str(path), engine)
    assert "\n" not in str(caught.value)
