"""Networks in torch on the CPU: hub models, metres, and failures in one line."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from network_support import save_tiny  # noqa: E402

from livedepth.depth.files import ModelFiles  # noqa: E402
from livedepth.depth.preprocessing import Preprocessor  # noqa: E402
from livedepth.depth.registry import built_in_models  # noqa: E402
from livedepth.depth.torch_engine import TorchModel  # noqa: E402
from livedepth.depth.torch_network import load_network  # noqa: E402
from livedepth.errors import EngineError, ModelError  # noqa: E402


@pytest.fixture(scope="module", params=["relative", "metric", "dpt"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    pytest.importorskip("transformers")
    return save_tiny(request.param, tmp_path_factory.mktemp(request.param))


def test_a_hub_model_predicts_what_its_network_says(files: ModelFiles, picture: np.ndarray) -> None:
    with closing(TorchModel(files)) as model:
        prediction = model.infer(picture)
        again = model.infer(picture)
    with torch.inference_mode():
        tensor = torch.from_numpy(Preprocessor(files.description)(picture))
        expected = load_network(files)(tensor)[0][0].numpy()
    metric = files.description.metres is not None
    ours = prediction.metres if metric else prediction.depth
    assert ours is not None
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-3)
    if metric:
        np.testing.assert_allclose(prediction.depth, 1 / ours, rtol=1e-6)
    assert prediction.matte is None
    np.testing.assert_array_equal(again.depth, prediction.depth)


def test_it_says_where_and_in_what_it_runs() -> None:
    with closing(TorchModel(built_in_models()["embedded"])) as model:
        assert (model.engine, model.precision) == ("torch", "fp32")
        assert model.device in ("CPU", "Apple GPU")


def test_hub_models_follow_the_frame_s_shape(files: ModelFiles) -> None:
    upright = np.random.default_rng(0).integers(0, 256, (320, 180, 3), np.uint8)
    with closing(TorchModel(files)) as model:
        height, width = model.infer(upright).depth.shape
    if files.description.multiple:
        assert height > width
    else:
        assert (width, height) == (files.description.width, files.description.height)


class Failing(torch.nn.Module):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (RuntimeError("can't allocate memory\nat line 3"), EngineError, "can't allocate memory"),
        (ValueError("image size doesn't match\nand more"), ModelError, "320x192: image size"),
    ],
)
def test_failures_are_one_line(
    error: Exception, kind: type[Exception], words: str, picture: np.ndarray
) -> None:
    with closing(TorchModel(built_in_models()["embedded"])) as model:
        model._network = Failing(error)
        with pytest.raises(kind, match=words) as caught:
            model.infer(picture)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is error


def test_values_that_are_not_finite_are_refused(picture: np.ndarray) -> None:
    class Broken(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return (torch.full((1, 1, 4, 4), torch.nan),) * 2

    with closing(TorchModel(built_in_models()["embedded"])) as model:
        model._network = Broken()
        with pytest.raises(ModelError, match="not finite"):
            model.infer(picture)
