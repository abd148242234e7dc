"""The frame's program gives what the CPU's path gives."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from livedepth.depth.description import ModelDescription  # noqa: E402
from livedepth.depth.frame_program import (  # noqa: E402
    FrameProgram,
    prediction_of_maps,
    shrinking_matrices,
)
from livedepth.depth.half_precision import agreement, in_half_precision  # noqa: E402
from livedepth.depth.network_folding import fold, multiply_pointwise  # noqa: E402
from livedepth.depth.postprocessing import prediction_of  # noqa: E402
from livedepth.depth.preprocessing import Preprocessor, network_size  # noqa: E402
from livedepth.depth.registry import built_in_models  # noqa: E402
from livedepth.depth.torch_engine import TorchModel  # noqa: E402
from livedepth.depth.torch_network import load_network, output_names  # noqa: E402
from livedepth.errors import ModelError  # noqa: E402
from livedepth.resizing import shrink  # noqa: E402

sides = st.integers(1, 70)


@settings(deadline=None, max_examples=40)
@given(sides, sides, st.integers(1, 24), st.integers(1, 24), st.integers(0, 9))
def test_the_matrices_do_what_shrink_does(
    width: int, height: int, columns: int, rows: int, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    expected = np.empty((rows, columns, 3), np.uint8)
    shrink(image, expected, np.empty((2 * rows, 2 * columns, 3), np.uint8))
    across, down = shrinking_matrices((width, height), (columns, rows))
    result = np.einsum("yh,hwc,xw->yxc", down, image.astype(float), across)
    np.testing.assert_allclose(across.sum(1), 1.0)
    np.testing.assert_allclose(down.sum(1), 1.0)
    # OpenCV rounds to whole levels twice.
    assert np.abs(result - expected).max() <= 1.1


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(["rgb", "bgr"]),
    st.lists(st.floats(0.1, 2.0), min_size=6, max_size=6),
    st.sampled_from([(90, 61), (40, 24), (17, 9)]),
)
def test_its_tensor_is_the_preprocessor_s(
    colour: str, numbers: list[float], frame: tuple[int, int]
) -> None:
    mean, std = (numbers[0], numbers[1], numbers[2]), (numbers[3], numbers[4], numbers[5])
    description = ModelDescription("m", 32, 16, scale=1 / 255, mean=mean, std=std, colour=colour)
    image = np.random.default_rng(1).integers(0, 256, (frame[1], frame[0], 3), np.uint8)
    program = FrameProgram(torch.nn.Identity(), description, frame, (32, 16))
    tensor = program.tensor_of(torch.from_numpy(image))
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    # At most the one level that OpenCV rounds by, in units of the tensor.
    np.testing.assert_allclose(
        tensor.numpy(), Preprocessor(description)(image), atol=1.1 / 255 / min(std)
    )


class Fixed(torch.nn.Module):
    """Answers with given maps, whatever it is shown."""

    def __init__(self, *maps: np.ndarray) -> None:
        super().__init__()
        self.maps = tuple(torch.from_numpy(values)[None, None] for values in maps)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.maps


def run(description: ModelDescription, *maps: np.ndarray) -> tuple[np.ndarray, bool]:
    program = FrameProgram(Fixed(*maps), description, (8, 6), (8, 6))
    values, finite = program(torch.zeros((6, 8, 3), dtype=torch.uint8))
    return values.numpy(), bool(finite)


def values(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 1.0, (3, 4)).astype(np.float32)


@pytest.mark.parametrize(
    "description",
    [
        ModelDescription("m", 8, 6),
        ModelDescription("m", 8, 6, disparity="d", matte="who"),
        ModelDescription("m", 8, 6, disparity=None, metres="z"),
        ModelDescription("m", 8, 6, disparity=None, metres="z", matte="who"),
    ],
)
def test_its_prediction_is_the_one_of_the_host(description: ModelDescription) -> None:
    names = output_names(description)
    outputs = [values(index) for index in range(len(names))]
    ours = prediction_of_maps(description, *run(description, *outputs))
    theirs = prediction_of(description, dict(zip(names, outputs, strict=True)))
    for field in ("depth", "metres", "matte"):
        expected = getattr(theirs, field)
        if expected is None:
            assert getattr(ours, field) is None
        else:
            np.testing.assert_allclose(getattr(ours, field), expected, rtol=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", [0, 1])
def test_what_is_not_finite_is_refused(wrong: float, which: int) -> None:
    description = ModelDescription("m", 8, 6, disparity="d", matte="who")
    outputs = [values(0), values(1)]
    outputs[which][1, 2] = wrong
    maps, finite = run(description, *outputs)
    assert not finite
    with pytest.raises(ModelError, match="not finite"):
        prediction_of_maps(description, maps, finite)


def real_picture(folder: Path) -> np.ndarray:
    clip = sorted((folder / "clips").glob("*.mkv"))[0]
    capture = cv2.VideoCapture(str(clip))
    try:
        assert capture.grab()
        return capture.retrieve()[1]
    finally:
        capture.release()


@pytest.mark.parametrize("size", [(1280, 720), (321, 203)])
def test_the_maps_of_a_real_picture_agree_with_the_cpu_path(
    shared_data: Path, size: tuple[int, int]
) -> None:
    files = built_in_models()["embedded"]
    image = cv2.resize(real_picture(shared_data), size, interpolation=cv2.INTER_AREA)
    expected = TorchModel(files).infer(image)
    network = fold(load_network(files))
    chosen = network_size(files.description, *size)
    plain = (multiply_pointwise(network), torch.float32)
    half = (multiply_pointwise(in_half_precision(fold(load_network(files)))), torch.float16)
    for candidate, dtype in (plain, half):
        program = FrameProgram(candidate, files.description, size, chosen, dtype=dtype)
        with torch.inference_mode():
            maps, finite = program(torch.from_numpy(image))
        prediction = prediction_of_maps(files.description, maps.numpy(), bool(finite))
        assert agreement(expected.depth, prediction.depth) >= 0.9999
        assert agreement(expected.matte, prediction.matte) >= 0.9999


def test_nothing_in_it_depends_on_values() -> None:
    """What asks a tensor for a value would have to wait for the device; exporting finds it."""
    files = built_in_models()["embedded"]
    program = FrameProgram(load_network(files), files.description, (128, 96), (64, 64))
    frame = torch.zeros((96, 128, 3), dtype=torch.uint8)
    exported = torch.export.export(program.eval(), (frame,), strict=False)
    assert not any("item" in str(node.target) for node in exported.graph.nodes)
