"""The embedded network: its size, its shapes, and that ONNX and torch say the same."""

from __future__ import annotations

import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")

from livedepth.depth.network import MULTIPLE, EmbeddedNetwork  # noqa: E402

WEIGHTS = Path(__file__).resolve().parents[1] / "livedepth" / "depth" / "weights"
LARGEST_FILE = 4_000_000
MOST_PARAMETERS = 1_000_000
SIZES = [(192, 320), (224, 288), (320, 192), (128, 224), (256, 448), (32, 32)]


@pytest.fixture(scope="module")
def network() -> EmbeddedNetwork:
    network = EmbeddedNetwork()
    network.load_state_dict(safetensors_torch.load_file(WEIGHTS / "embedded.safetensors"))
    return network.eval()


@pytest.fixture(scope="module")
def engine() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(WEIGHTS / "embedded.onnx"), engine=cv2.dnn.ENGINE_NEW)


def run(engine: cv2.dnn.Net, image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    engine.setInput(image, "image")
    return [np.array(values) for values in engine.forward(["disparity", "matte"])]


def picture(size: tuple[int, int], seed: int = 0) -> NDArray[np.float32]:
    """Coarse blocks of colour with noise: something with both areas and edges."""
    rng = np.random.default_rng(seed)
    blocks = rng.random((size[0] // 16, size[1] // 16, 3), np.float32)
    image = np.kron(blocks, np.ones((16, 16, 1), np.float32))
    image = np.clip(image + rng.normal(0, 0.05, image.shape), 0, 1).astype(np.float32)
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None])


def test_parameters_and_files_stay_small(network: EmbeddedNetwork) -> None:
    assert sum(values.numel() for values in network.parameters()) <= MOST_PARAMETERS
    for name in ("embedded.onnx", "embedded.safetensors"):
        assert (WEIGHTS / name).stat().st_size <= LARGEST_FILE


@pytest.mark.parametrize("size", SIZES)
def test_onnx_and_torch_say_the_same(
    network: EmbeddedNetwork, engine: cv2.dnn.Net, size: tuple[int, int]
) -> None:
    image = picture(size)
    with torch.no_grad():
        expected = [values.numpy() for values in network(torch.from_numpy(image))]
    for ours, theirs in zip(expected, run(engine, image), strict=True):
        assert theirs.shape == (1, 1, size[0] // 2, size[1] // 2)
        np.testing.assert_allclose(theirs, ours, atol=1e-3)


@pytest.mark.parametrize("size", [(192, 320), (320, 192)])
def test_one_engine_serves_changing_sizes(engine: cv2.dnn.Net, size: tuple[int, int]) -> None:
    before = run(engine, picture((192, 256)))
    run(engine, picture(size))
    after = run(engine, picture((192, 256)))
    for first, second in zip(before, after, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("kind", ["black", "white", "noise"])
def test_any_picture_gives_finite_maps(engine: cv2.dnn.Net, kind: str) -> None:
    image = {
        "black": np.zeros((1, 3, 192, 320), np.float32),
        "white": np.ones((1, 3, 192, 320), np.float32),
        "noise": np.random.default_rng(0).random((1, 3, 192, 320), np.float32),
    }[kind]
    disparity, matte = run(engine, image)
    assert np.isfinite(disparity).all()
    assert matte.min() >= 0.0
    assert matte.max() <= 1.0


def test_sidecar_describes_the_file(engine: cv2.dnn.Net) -> None:
    sidecar = tomllib.loads((WEIGHTS / "embedded.toml").read_text())
    assert sidecar["input"]["multiple"] == MULTIPLE
    assert sidecar["input"]["scale"] == pytest.approx(1 / 255)
    width, height = sidecar["input"]["width"], sidecar["input"]["height"]
    engine.setInput(picture((height, width)), "image")
    for name in (sidecar["output"]["disparity"], sidecar["output"]["matte"]):
        assert engine.forward(name).shape == (1, 1, height // 2, width // 2)


def test_batch_of_two_is_two_pictures(network: EmbeddedNetwork) -> None:
    images = torch.from_numpy(np.concatenate([picture((64, 96), 1), picture((64, 96), 2)]))
    with torch.no_grad():
        together = network(images)
        alone = network(images[1:])
    for both, one in zip(together, alone, strict=True):
        torch.testing.assert_close(both[1:], one, atol=1e-4, rtol=1e-4)


def test_a_person_is_found_and_in_front(engine: cv2.dnn.Net) -> None:
    from livedepth.capture.synthetic import SyntheticScene

    frame = SyntheticScene(320, 192, seed=0).render(2.0)
    image = frame.image[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255.0
    disparity, matte = run(engine, np.ascontiguousarray(image))
    truth = cv2.resize(frame.matte, (160, 96), interpolation=cv2.INTER_AREA) > 0.5
    found = matte[0, 0] > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.75
    assert np.median(disparity[0, 0][truth]) > np.percentile(disparity[0, 0][~truth], 75)
