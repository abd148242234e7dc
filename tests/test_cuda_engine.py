"""Engine cuda: what is around the card on the CPU, the card itself under the marker gpu."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from network_support import save_tiny  # noqa: E402

from livedepth.depth import cuda_runner  # noqa: E402
from livedepth.depth.cuda_device import device_errors, first_line, require_device  # noqa: E402
from livedepth.depth.cuda_engine import CUDAModel  # noqa: E402
from livedepth.depth.cuda_runner import CUDARunner, halvings_before, stage  # noqa: E402
from livedepth.depth.files import ModelFiles  # noqa: E402
from livedepth.depth.frame_program import FrameProgram  # noqa: E402
from livedepth.depth.half_precision import agreement  # noqa: E402
from livedepth.depth.registry import built_in_models  # noqa: E402
from livedepth.depth.torch_engine import TorchModel  # noqa: E402
from livedepth.depth.torch_network import load_network  # noqa: E402
from livedepth.errors import EngineError, ModelError  # noqa: E402

FILES = built_in_models()["embedded"]


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_without_cuda_it_says_so_in_a_line() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    with pytest.raises(EngineError, match="engine cuda") as caught:
        CUDAModel(FILES)
    assert "\n" not in str(caught.value)


def test_a_driver_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import warnings

    def complain() -> bool:
        warnings.warn("The NVIDIA driver is too old (found 11040).\nUpdate it", stacklevel=2)
        return False

    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(torch.cuda, "is_available", complain)
    with pytest.raises(EngineError, match=r"no NVIDIA GPU: The NVIDIA driver is too old") as caught:
        require_device("cuda")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (torch.OutOfMemoryError("tried to allocate\n3 GiB"), "out of memory"),
        (torch.AcceleratorError("CUDA error: unspecified launch failure\nfor debugging"), "launch"),
        (RuntimeError("\n  cuDNN error: CUDNN_STATUS_INTERNAL_ERROR"), "cuDNN error"),
    ],
)
def test_what_the_device_reports_is_an_engine_error(error: Exception, words: str) -> None:
    with pytest.raises(EngineError, match=words) as caught, device_errors("cuda", DEVICE):
        raise error
    assert "\n" not in str(caught.value)
    assert "engine cuda" in str(caught.value)
    assert caught.value.__cause__ is error


def test_what_is_said_on_purpose_passes_through() -> None:
    with pytest.raises(ModelError, match=r"^as it is$"), device_errors("cuda", DEVICE):
        raise ModelError("as it is")


def test_first_lines() -> None:
    assert first_line("\n  one \ntwo") == "one"
    assert first_line(" \n") == ""


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 600), st.integers(1, 600))
def test_halving_is_exact_and_as_often_as_it_can_be(
    width: int, height: int, columns: int, rows: int
) -> None:
    times = halvings_before((width, height), (columns, rows))
    assert width % (1 << times) == height % (1 << times) == 0
    if times:
        assert width >> times >= columns
        assert height >> times >= rows
    one_more = times + 1
    assert (
        width % (1 << one_more)
        or height % (1 << one_more)
        or width >> one_more < columns
        or height >> one_more < rows
    )


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2), st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_staging_is_the_mean_of_blocks(times: int, columns: int, rows: int, seed: int) -> None:
    block = 1 << times
    image = noise(columns * block, rows * block, seed)
    image.flags.writeable = False
    destination = np.zeros((rows, columns, 3), np.uint8)
    stage(image, destination, times)
    blocks = image.reshape(rows, block, columns, block, 3).mean((1, 3))
    # Each halving rounds to whole levels.
    assert np.abs(destination - blocks).max() <= 0.5 * times + 1e-9


DEVICE = torch.device("cuda", 0)


class EagerGraph:
    """Stands for a captured graph: runs the same program at once, on the CPU."""

    open = 0

    def __init__(
        self, program: FrameProgram, frame: tuple[int, int], device: object, stream: object
    ) -> None:
        self.frame = np.zeros((frame[1], frame[0], 3), np.uint8)
        self._program = program
        EagerGraph.open += 1

    def run(self, stream: object) -> tuple[np.ndarray, bool]:
        maps, finite = self._program(torch.from_numpy(self.frame))
        return maps.numpy().copy(), bool(finite)

    def close(self) -> None:
        EagerGraph.open -= 1


class Stream:
    def __init__(self, device: object) -> None:
        pass

    def synchronize(self) -> None:
        pass


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The runner with everything of it but the card."""
    monkeypatch.setattr(cuda_runner, "_FrameGraph", EagerGraph)
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: None)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    monkeypatch.setattr(EagerGraph, "open", 0)
    plain = FrameProgram.__init__

    def on_cpu(self: FrameProgram, *arguments: object, **options: object) -> None:
        plain(self, *arguments, **{**options, "device": "cpu"})

    monkeypatch.setattr(FrameProgram, "__init__", on_cpu)
    return


def runner(asked: list[tuple[int, int]], **options: bool) -> CUDARunner:
    network = load_network(FILES)

    def network_for(size: tuple[int, int]) -> tuple[torch.nn.Module, torch.dtype]:
        asked.append(size)
        return network, torch.float32

    return CUDARunner("cuda", FILES.description, network_for, DEVICE, **options)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("halve", [False, True])
def test_the_runner_agrees_with_engine_torch(halve: bool, somebody: np.ndarray) -> None:
    large = somebody.repeat(4, axis=0).repeat(4, axis=1)
    asked: list[tuple[int, int]] = []
    with closing(runner(asked, halve=halve)) as ours, closing(TorchModel(FILES)) as theirs:
        for image in (large, somebody):
            prediction, expected = ours.infer(image), theirs.infer(image)
            assert agreement(expected.depth, prediction.depth) > 0.999
            assert agreement(expected.matte, prediction.matte) > 0.999
    assert set(asked) == {(320, 192)}


@pytest.mark.usefixtures("eager")
def test_graphs_are_kept_for_the_last_sizes_and_given_back() -> None:
    asked: list[tuple[int, int]] = []
    ours = runner(asked)
    for width, height in ((64, 48), (48, 64), (64, 48), (64, 48), (50, 50), (64, 48), (48, 64)):
        ours.infer(noise(width, height))
        assert EagerGraph.open <= 2
    # (64, 48) stayed throughout; (48, 64) went for (50, 50) and had to be made again.
    assert len(asked) == 4
    ours.close()
    assert EagerGraph.open == 0
    ours.close()
    with pytest.raises(EngineError, match="closed"):
        ours.infer(noise(64, 48))


@pytest.mark.usefixtures("eager")
def test_a_size_that_cannot_be_made_leaves_the_others_running() -> None:
    asked: list[tuple[int, int]] = []
    ours = runner(asked)
    ours.infer(noise(64, 48))
    original = ours._network_for

    def out_of_memory(size: tuple[int, int]) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    ours._network_for = out_of_memory
    with pytest.raises(EngineError, match="out of memory"):
        ours.infer(noise(48, 64))
    ours._network_for = original
    assert np.isfinite(ours.infer(noise(64, 48)).depth).all()
    with pytest.raises(ModelError, match="a picture must be"):
        ours.infer(np.zeros((4, 4), np.uint8))
    ours.close()


@pytest.mark.usefixtures("eager")
def test_a_size_that_the_network_refuses_is_the_model_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("image size doesn't match\nand more")

    monkeypatch.setattr(cuda_runner, "_FrameGraph", refuse)
    with closing(runner([])) as ours:
        with pytest.raises(ModelError, match="embedded does not run at 288x224: image") as caught:
            ours.infer(noise(64, 48))
        assert not isinstance(caught.value, EngineError)
        assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("eager")
def test_no_thread_waits_for_the_device_while_another_captures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capturing = threading.Event()
    waited: list[bool] = []

    class SlowGraph(EagerGraph):
        def __init__(self, *arguments: Any) -> None:
            capturing.set()
            time.sleep(0.2)
            super().__init__(*arguments)
            capturing.clear()

    monkeypatch.setattr(cuda_runner, "_FrameGraph", SlowGraph)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: waited.append(capturing.is_set()))
    with closing(runner([])) as ours, closing(runner([])) as others:
        thread = threading.Thread(target=others.infer, args=(noise(64, 48),))
        thread.start()
        assert capturing.wait(10)
        ours.infer(noise(64, 48))
        thread.join()
    assert waited == [False, False]


# What follows runs on a card: pytest -m gpu


@pytest.fixture(scope="module", params=["embedded", "relative", "metric", "dpt"])
def on_card(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    try:
        require_device("cuda")
    except EngineError as error:
        pytest.skip(str(error))
    if request.param == "embedded":
        return FILES
    pytest.importorskip("transformers")
    return save_tiny(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.gpu
@pytest.mark.parametrize("halve", [False, True])
def test_the_card_agrees_with_fp32_on_the_cpu(
    on_card: ModelFiles, halve: bool, somebody: np.ndarray
) -> None:
    large = somebody.repeat(4, axis=0).repeat(4, axis=1)
    with closing(CUDAModel(on_card, halve=halve)) as ours, closing(TorchModel(on_card)) as theirs:
        for image in (large, somebody, large):
            prediction, expected = ours.infer(image), theirs.infer(image)
            assert agreement(expected.depth, prediction.depth) >= 0.999
            if expected.matte is not None:
                assert agreement(expected.matte, prediction.matte) >= 0.999
            if expected.metres is not None:
                assert agreement(expected.metres, prediction.metres) >= 0.999


@pytest.mark.gpu
def test_each_frame_is_a_new_one_and_an_old_prediction_stays(on_card: ModelFiles) -> None:
    with closing(CUDAModel(on_card)) as model:
        first = model.infer(noise(320, 180, 1))
        kept = first.depth.copy()
        second = model.infer(noise(320, 180, 2))
        np.testing.assert_array_equal(first.depth, kept)
        assert not np.array_equal(second.depth, kept)
        np.testing.assert_array_equal(model.infer(noise(320, 180, 1)).depth, kept)


@pytest.mark.gpu
def test_a_model_runs_on_another_thread_than_made_it(on_card: ModelFiles) -> None:
    results: list[np.ndarray] = []
    with closing(CUDAModel(on_card)) as model:

        def work() -> None:
            for seed in range(3):
                results.append(model.infer(noise(320, 180, seed)).depth)

        expected = [model.infer(noise(320, 180, seed)).depth for seed in range(3)]
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(results) == 3
    for ours, theirs in zip(results, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.gpu
def test_another_thread_may_use_the_card_during_a_capture(on_card: ModelFiles) -> None:
    stop = threading.Event()
    failures: list[Exception] = []

    def allocate() -> None:
        stream = torch.cuda.Stream()
        size = 1
        try:
            with torch.cuda.stream(stream):
                while not stop.is_set():
                    torch.zeros(size % 4096 * 1024, device="cuda").sum()
                    size += 37
        except RuntimeError as error:
            failures.append(error)

    thread = threading.Thread(target=allocate)
    thread.start()
    try:
        with closing(CUDAModel(on_card)) as model:
            for width, height in ((320, 180), (180, 320), (200, 200), (320, 180)):
                assert np.isfinite(model.infer(noise(width, height)).depth).all()
    finally:
        stop.set()
        thread.join()
    assert failures == []


@pytest.mark.gpu
def test_closing_gives_the_memory_back(on_card: ModelFiles) -> None:
    def run() -> None:
        with closing(CUDAModel(on_card)) as model:
            for width, height in ((320, 180), (180, 320), (640, 360), (200, 200)):
                model.infer(noise(width, height))

    run()
    before = torch.cuda.memory_allocated()
    for _ in range(3):
        run()
    assert torch.cuda.memory_allocated() <= before


@pytest.mark.gpu
def test_values_that_are_not_finite_are_refused_on_the_card(
    on_card: ModelFiles, monkeypatch: pytest.MonkeyPatch, picture: np.ndarray
) -> None:
    with closing(CUDAModel(on_card)) as model:
        network, dtype = model._runner._network_for((0, 0))

        class Broken(torch.nn.Module):
            def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
                return tuple(output * torch.nan for output in network(image))

        monkeypatch.setattr(model._runner, "_network_for", lambda _: (Broken(), dtype))
        with pytest.raises(ModelError, match="not finite"):
            model.infer(picture)


@pytest.mark.gpu
def test_a_card_that_is_full_is_an_engine_error(on_card: ModelFiles) -> None:
    with closing(CUDAModel(on_card)) as model:
        device = torch.device("cuda")
        total = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.empty_cache()
        in_use = torch.cuda.memory_reserved(device)
        torch.cuda.set_per_process_memory_fraction((in_use + (1 << 20)) / total, device)
        try:
            with pytest.raises(EngineError, match="out of memory"):
                model.infer(noise(7680, 4320))
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0, device)
        assert np.isfinite(model.infer(noise(320, 180)).depth).all()
