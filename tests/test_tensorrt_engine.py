"""Engine tensorrt: all but the compiler on the CPU, the compiler itself under its marker.

Where TensorRT is absent a stand-in takes the compiler's place: it leaves the network as it is,
and saves and loads it with torch.export, as torch_tensorrt does with what it compiled.
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from network_support import save_tiny  # noqa: E402
from test_cuda_engine import eager, noise  # noqa: E402, F401

import livedepth.depth  # noqa: E402
from livedepth.depth import engine_cache, half_precision, tensorrt_engine  # noqa: E402
from livedepth.depth.files import ModelFiles  # noqa: E402
from livedepth.depth.half_precision import agreement  # noqa: E402
from livedepth.depth.preprocessing import network_size  # noqa: E402
from livedepth.depth.registry import built_in_models  # noqa: E402
from livedepth.depth.tensorrt_engine import TensorRTModel, build, is_built  # noqa: E402
from livedepth.depth.torch_engine import TorchModel  # noqa: E402
from livedepth.errors import EngineError, ModelError  # noqa: E402

FILES = built_in_models()["embedded"]
SIZE = (64, 32)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path / "cache"))


def absent() -> str:
    """Why TensorRT does not run here, or nothing."""
    try:
        tensorrt_engine.require(FILES)
    except EngineError as error:
        return str(error)
    return ""


def test_where_it_is_absent_it_says_so_in_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    if not absent():
        pytest.skip("TensorRT runs here")
    attempts: list[Callable[[], object]] = [
        lambda: TensorRTModel(FILES),
        lambda: is_built(FILES, SIZE),
        lambda: build(FILES, SIZE, print),
    ]
    for attempt in attempts:
        with pytest.raises(EngineError, match="engine tensorrt") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_library_that_does_not_load_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "torch_tensorrt"
    package.mkdir()
    (package / "__init__.py").write_text(
        "print('noise')\nraise Exception('could not find libnvinfer\\nand more')\n"
    )
    monkeypatch.delitem(sys.modules, "torch_tensorrt", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EngineError, match=r"does not load \(could not find libnvinfer\)"):
        TensorRTModel(FILES)
    assert capsys.readouterr().out == ""


def test_two_threads_that_load_it_leave_the_output_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began, second = threading.Event(), threading.Event()

    def load(name: str) -> types.ModuleType:
        # The first waits until the second is on its way, and ends before it.
        if began.is_set():
            second.set()
            first.join(5)
        began.set()
        second.wait(0.5)
        return types.ModuleType(name)

    monkeypatch.setattr(tensorrt_engine.importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(tensorrt_engine.importlib, "import_module", load)
    before = sys.stdout
    first, other = (threading.Thread(target=tensorrt_engine._library) for _ in range(2))
    first.start()
    began.wait()
    other.start()
    for thread in (first, other):
        thread.join()
    assert sys.stdout is before


def test_a_model_of_onnx_alone_is_not_for_it(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="embedded has neither"):
        TensorRTModel(ModelFiles(FILES.description, onnx=tmp_path / "x.onnx"))


class StandIn(types.ModuleType):
    """A compiler that keeps networks as they are, but inverts them in the ``wrong`` precisions."""

    def __init__(self) -> None:
        super().__init__("livedepth.depth.tensorrt_compiler")
        self.asked: list[tuple[torch.dtype, bool]] = []
        self.wrong: set[tuple[torch.dtype, bool]] = set()
        self.fails = False

    def versions(self) -> tuple[str, str]:
        return "2.13.0", "11.0.0"

    def compile_network(
        self,
        network: torch.nn.Module,
        example: torch.Tensor,
        *,
        wide_sums: bool,
        timings: Path,
        report: Callable[[str], None],
    ) -> tuple[torch.nn.Module, bool]:
        attempt = (example.dtype, wide_sums)
        self.asked.append(attempt)
        if self.fails:
            raise torch.OutOfMemoryError("CUDA out of memory\nwhile building")
        if attempt in self.wrong:
            network = Inverted(network)
        return network, True

    def save(self, compiled: torch.nn.Module, path: Path, example: torch.Tensor) -> None:
        torch.export.save(torch.export.export(compiled, (example,), strict=False), path)

    def load(self, path: Path) -> torch.nn.Module:
        return torch.export.load(path).module()


class Inverted(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(-output for output in self.network(image))


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setitem(sys.modules, stand_in.__name__, stand_in)
    monkeypatch.setattr(livedepth.depth, "tensorrt_compiler", stand_in, raising=False)
    monkeypatch.setattr(tensorrt_engine, "require", lambda files: torch.device("cpu"))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    return stand_in


def test_what_is_built_is_found_and_runs(
    compiler: StandIn,
    eager: None,  # noqa: F811
    picture: np.ndarray,
) -> None:
    size = network_size(FILES.description, 320, 180)
    lines: list[str] = []
    assert not is_built(FILES, size)
    path = build(FILES, size, lines.append)
    assert path.is_file()
    assert is_built(FILES, size)
    assert not is_built(FILES, SIZE)
    (agrees,) = (line for line in lines if "agreement of fp16 with fp32:" in line)
    assert float(agrees.split()[-1]) > 0.999
    assert "built in" in lines[-1]
    with closing(TensorRTModel(FILES)) as model, closing(TorchModel(FILES)) as reference:
        ours, theirs = model.infer(picture), reference.infer(picture)
        assert agreement(theirs.depth, ours.depth) > 0.999
        assert agreement(theirs.matte, ours.matte) > 0.999
        assert (model.name, model.engine, model.precision) == ("embedded", "tensorrt", "fp16")
        with pytest.raises(EngineError, match=r"not built for embedded at .*models compile"):
            model.infer(noise(100, 300))


def test_a_hub_model_is_built_whole(compiler: StandIn, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    files = save_tiny("relative", tmp_path / "model")
    build(files, (70, 42), lambda line: None)
    assert is_built(files, (70, 42))
    weights = tmp_path / "model" / "model.safetensors"
    contents = bytearray(weights.read_bytes())
    contents[-1] ^= 1
    weights.write_bytes(contents)
    assert not is_built(files, (70, 42))


@pytest.mark.parametrize(
    ("wrong", "precision"),
    [
        ({(torch.float16, False)}, "fp16"),
        ({(torch.float16, False), (torch.float16, True)}, "fp32"),
    ],
)
def test_more_precision_is_taken_where_less_disagrees(
    compiler: StandIn, wrong: set[tuple[torch.dtype, bool]], precision: str
) -> None:
    compiler.wrong = wrong
    lines: list[str] = []
    build(FILES, SIZE, lines.append)
    assert len(compiler.asked) == len(wrong) + 1
    key = tensorrt_engine._key(FILES, SIZE, torch.device("cpu"))
    record = engine_cache.details_of(key)
    assert record["precision"] == precision
    assert record["agreement"] >= half_precision.LEAST_AGREEMENT
    assert sum("agreement of" in line for line in lines) == len(wrong) + 1


def test_an_engine_that_agrees_in_no_precision_is_not_kept(compiler: StandIn) -> None:
    compiler.wrong = {(torch.float16, False), (torch.float16, True), (torch.float32, False)}
    with pytest.raises(EngineError, match="disagrees with fp32 on embedded in every precision"):
        build(FILES, SIZE, lambda line: None)
    assert not is_built(FILES, SIZE)


def test_a_build_out_of_memory_is_an_engine_error(compiler: StandIn) -> None:
    compiler.fails = True
    with pytest.raises(EngineError, match="engine tensorrt is out of memory") as caught:
        build(FILES, SIZE, lambda line: None)
    assert "\n" not in str(caught.value)


def test_an_engine_of_another_version_or_card_is_not_used(
    compiler: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(FILES, SIZE, lambda line: None)
    for place, name, other in (
        (tensorrt_engine, "VERSION", "99"),
        (torch, "__version__", "99"),
        (torch.cuda, "get_device_capability", lambda device: (8, 0)),
        (tensorrt_engine, "card_name", lambda device: "another card"),
        (compiler, "versions", lambda: ("2.13.1", "11.0.0")),
        (compiler, "versions", lambda: ("2.13.0", "11.0.1")),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, other)
            assert not is_built(FILES, SIZE)
        assert is_built(FILES, SIZE)


# What follows needs TensorRT and a card: pytest -m tensorrt. Warnings of the compiler are its
# own, and many.


@pytest.fixture(params=["embedded", "relative", "metric", "dpt"])
def on_card(request: pytest.FixtureRequest, tmp_path: Path) -> ModelFiles:
    reason = absent()
    if reason:
        pytest.skip(reason)
    if request.param == "embedded":
        return FILES
    pytest.importorskip("transformers")
    return save_tiny(request.param, tmp_path / request.param)


@pytest.mark.tensorrt
@pytest.mark.filterwarnings("ignore")
def test_a_built_engine_agrees_with_fp32_and_survives_a_second_model(
    on_card: ModelFiles, somebody: np.ndarray
) -> None:
    size = network_size(on_card.description, 320, 180)
    lines: list[str] = []
    build(on_card, size, lines.append)
    assert lines
    assert is_built(on_card, size)
    with closing(TorchModel(on_card)) as reference:
        expected = reference.infer(somebody)
    for _ in range(2):
        with closing(TensorRTModel(on_card)) as model:
            first = model.infer(somebody)
            model.infer(noise(320, 180))
            again = model.infer(somebody)
        np.testing.assert_array_equal(first.depth, again.depth)
        assert agreement(expected.depth, first.depth) >= 0.999
        if expected.matte is not None:
            assert agreement(expected.matte, first.matte) >= 0.999
        if expected.metres is not None:
            assert agreement(expected.metres, first.metres) >= 0.999


@pytest.mark.tensorrt
@pytest.mark.filterwarnings("ignore")
def test_the_embedded_network_is_one_engine(on_card: ModelFiles) -> None:
    if on_card is not FILES:
        pytest.skip("told for the embedded network only")
    device = tensorrt_engine.require(FILES)
    build(FILES, SIZE, lambda line: None)
    assert engine_cache.details_of(tensorrt_engine._key(FILES, SIZE, device))["one engine"]


@pytest.mark.tensorrt
@pytest.mark.filterwarnings("ignore")
def test_a_size_that_was_not_built_is_refused(on_card: ModelFiles) -> None:
    with closing(TensorRTModel(on_card)) as model:
        with pytest.raises(EngineError, match="not built"):
            model.infer(noise(320, 180))
        with pytest.raises(ModelError, match="a picture must be"):
            model.infer(np.zeros((4, 4), np.uint8))
