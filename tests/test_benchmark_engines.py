"""Measuring engines: turns, figures, agreement, memory, and what happens when it goes wrong."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.benchmarks import comparison as comparing
from livedepth.benchmarks import gpu
from livedepth.benchmarks.architectures import (
    ARCHITECTURES,
    Architecture,
    find_architecture,
    make_random_model,
)
from livedepth.benchmarks.candidates import Candidate, admit, at_size, fits, pictures, usual_size
from livedepth.benchmarks.case import versions
from livedepth.benchmarks.comparison import Comparison
from livedepth.benchmarks.device_memory import DeviceMemory
from livedepth.benchmarks.eager import EagerModel, cuda_fault
from livedepth.benchmarks.engines import (
    Effort,
    Figures,
    exact_among,
    figures,
    measure,
    worst_agreement,
)
from livedepth.depth.description import ModelDescription
from livedepth.depth.engines import open_engine
from livedepth.depth.files import ModelFiles
from livedepth.depth.registry import find_model
from livedepth.errors import EngineError, ModelError, UsageError
from livedepth.frame import Image, Prediction

TINY = Architecture(24, 4, 2, (1, 2, 3, 4), (8, 12, 16, 24), 8, 8, 56)

FILES = ModelFiles(ModelDescription("pretend", 64, 32, multiple=32), onnx=Path("pretend.onnx"))

without_gpu = pytest.mark.skipif(not cuda_fault(), reason="there is a GPU that torch can use")
with_gpu = pytest.mark.skipif(bool(cuda_fault()), reason=f"{cuda_fault()}")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    return make_random_model(tmp_path_factory.mktemp("tiny"), "tiny", TINY)


@pytest.fixture(scope="module")
def frames() -> list[Image]:
    return pictures(160, 90)


class Pretend:
    """A model that returns a ramp, tells what it is asked, and takes or fails as it is told."""

    name = "pretend"
    device, precision = "cpu", "fp32"

    def __init__(
        self,
        engine: str = "opencv",
        log: list[str] | None = None,
        seconds: float = 0.0,
        fails_at: int | None = None,
        error: BaseException | None = None,
    ) -> None:
        self.engine = engine
        self.log = [] if log is None else log
        self.seconds, self.fails_at, self.error = seconds, fails_at, error
        self.calls = 0
        self.closed = 0

    def infer(self, image: Image) -> Prediction:
        self.calls += 1
        if self.fails_at == self.calls and self.error is not None:
            raise self.error
        self.log.append(self.engine)
        time.sleep(self.seconds)
        ramp = np.linspace(0.0, 1.0, 12, dtype=np.float32).reshape(3, 4)
        return Prediction(ramp + np.float32(image.mean()))

    def close(self) -> None:
        self.closed += 1


def candidate(model: Pretend, seconds: list[float] | None = None) -> Candidate:
    return Candidate(model, (64, 32), [], 1.0, None, seconds or [])


IMAGES = [np.full((36, 64, 3), value, np.uint8) for value in (10, 200)]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 37))
def test_as_many_as_asked_are_timed(repeats: int) -> None:
    both = [candidate(Pretend("opencv")), candidate(Pretend("torch"))]
    measure(both, IMAGES, Effort(repeats=repeats))
    assert [len(each.seconds) for each in both] == [repeats, repeats]


def test_candidates_take_turns_and_each_turn_warms_up() -> None:
    log: list[str] = []
    told: list[tuple[int, int]] = []
    both = [candidate(Pretend("a", log)), candidate(Pretend("b", log))]
    measure(both, IMAGES, Effort(repeats=20), lambda *done: told.append(done))
    assert log == (["a"] * 3 + ["b"] * 3) * 10
    assert told == [(index + 1, 20) for index in range(20)]


def test_a_slow_engine_is_timed_three_times_and_a_quick_one_for_its_seconds() -> None:
    slow, quick = candidate(Pretend("slow", seconds=0.03)), candidate(Pretend("quick"))
    measure([slow, quick], IMAGES, Effort(seconds=0.04))
    assert len(slow.seconds) == 3
    assert min(slow.seconds) >= 0.03
    assert len(quick.seconds) > 10
    assert quick.spent >= 0.04


def test_an_interruption_leaves_what_was_timed() -> None:
    first = candidate(Pretend("a"))
    second = candidate(Pretend("b", fails_at=5, error=KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        measure([first, second], IMAGES, Effort(repeats=20))
    assert len(first.seconds) == 4
    assert len(second.seconds) == 2


def test_a_model_that_fails_while_it_is_admitted_is_closed() -> None:
    model = Pretend(fails_at=2, error=ModelError("broken"))
    with pytest.raises(ModelError, match="broken"):
        admit(lambda: model, (64, 32), IMAGES)
    assert model.closed == 1


@pytest.mark.parametrize("size", [(37, 641), (1000, 300)])
def test_the_pictures_have_the_size_asked_for(size: tuple[int, int]) -> None:
    drawn = pictures(*size)
    assert [image.shape for image in drawn] == [(size[1], size[0], 3)] * 4
    assert all(image.std() > 10 for image in drawn)
    assert all((first != drawn[0]).any() for first in drawn[1:])


def test_predictions_are_copies() -> None:
    kept = np.zeros((3, 4), np.float32)

    class Reusing(Pretend):
        def infer(self, image: Image) -> Prediction:
            kept[:] = float(image.mean())
            return Prediction(kept)

    admitted = admit(Reusing, (64, 32), IMAGES)
    assert [float(found.depth[0, 0]) for found in admitted.predictions] == [10.0, 200.0]
    assert admitted.device_megabytes is None


def test_figures_sum_up_what_was_timed() -> None:
    ours = candidate(Pretend(), [0.010, 0.020, 0.030, 0.040, 0.050])
    yardstick = candidate(Pretend("eager"), [0.3, 0.3, 0.3])
    found = figures(ours, None, yardstick)
    assert (found.p50, found.spread, found.count) == (30.0, 20.0, 5)
    assert found.p95 == pytest.approx(48.0)
    assert found.rate == pytest.approx(5 / 0.15, abs=0.01)
    assert found.speedup == pytest.approx(10.0)
    assert found.exact is None
    assert found.correlation is None


def predicted(*maps: np.ndarray) -> Candidate:
    found = candidate(Pretend())
    found.predictions = [Prediction(values.astype(np.float32)) for values in maps]
    return found


def test_agreement_is_blind_to_scale_and_shift_and_is_of_the_worst_picture() -> None:
    random = np.random.default_rng(5)
    exact = [random.normal(size=(9, 13)) for _ in range(3)]
    same = predicted(*(3.0 * values - 7.0 for values in exact))
    assert worst_agreement(same, predicted(*exact)).correlation == pytest.approx(1.0, abs=1e-6)
    turned = predicted(exact[0], -exact[1], exact[2])
    assert worst_agreement(turned, predicted(*exact)).correlation == pytest.approx(-1.0, abs=1e-6)


def test_the_most_trusted_engine_in_fp32_is_the_exact_one() -> None:
    order = [candidate(Pretend(engine)) for engine in ("torch", "opencv", "onnxruntime", "cuda")]
    chosen = exact_among(order)
    assert chosen is not None
    assert chosen.model.engine == "onnxruntime"
    order[2].model.precision = "fp16"  # type: ignore[attr-defined]
    chosen = exact_among(order)
    assert chosen is not None
    assert chosen.model.engine == "opencv"
    assert exact_among(order[3:]) is None


@pytest.mark.parametrize(
    ("multiple", "size", "allowed"),
    [(32, (96, 64), True), (32, (100, 64), False), (0, (64, 32), True), (0, (96, 64), False)],
)
def test_sizes_that_a_network_takes(multiple: int, size: tuple[int, int], allowed: bool) -> None:
    files = ModelFiles(ModelDescription("m", 64, 32, multiple=multiple), onnx=Path("m.onnx"))
    assert fits(files.description, size) == allowed
    if not allowed:
        with pytest.raises(UsageError, match="m does not run at"):
            at_size(files, size, (1280, 720))
        return
    held = at_size(files, size, (1280, 720))
    assert usual_size(held, (1280, 720)) == size
    assert usual_size(held, (720, 1280)) == size or held is files


def use(monkeypatch: pytest.MonkeyPatch, *models: Pretend) -> None:
    """Let these be the engines that open."""
    by_engine = {model.engine: model for model in models}
    monkeypatch.setattr(comparing, "open_engine", lambda files, engine: by_engine[engine])
    monkeypatch.setattr(comparing, "obstacle", lambda files, engine: "")


@without_gpu
def test_what_an_engine_refuses_is_an_absence_and_all_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = Pretend("opencv")
    bad = Pretend("torch", fails_at=1, error=EngineError("engine torch: out of memory"))
    use(monkeypatch, good, bad)
    found = Comparison(("opencv", "torch"), Effort(repeats=2))
    found.add([(FILES, (64, 32))], IMAGES, lambda text: None)
    assert [result.engine for result in found.results] == ["opencv"]
    assert [(absence.engine, absence.reason) for absence in found.absences] == [
        ("torch", "engine torch: out of memory")
    ]
    assert (good.closed, bad.closed) == (1, 1)


@without_gpu
def test_a_library_that_fails_is_an_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Pretend("torch", fails_at=2, error=RuntimeError("out of memory"))
    use(monkeypatch, Pretend("opencv"), bad)
    found = Comparison(("opencv", "torch"), Effort(repeats=2))
    found.add([(FILES, (64, 32))], IMAGES, lambda text: None)
    assert found.absences[0].reason == "engine torch: out of memory"
    assert bad.closed == 1


@without_gpu
def test_an_interrupted_comparison_keeps_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Pretend("opencv")
    second = Pretend("torch", fails_at=5, error=KeyboardInterrupt())
    use(monkeypatch, first, second)
    found = Comparison(("opencv", "torch"), Effort(repeats=20))
    with pytest.raises(KeyboardInterrupt):
        found.add([(FILES, (64, 32))], IMAGES, lambda text: None)
    assert [(result.engine, result.count) for result in found.results] == [
        ("opencv", 2), ("torch", 1),
    ]  # fmt: skip
    assert (first.closed, second.closed) == (1, 1)


@without_gpu
def test_an_engine_alone_is_held_against_another_that_is_not_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, other = Pretend("cuda"), Pretend("onnxruntime")
    use(monkeypatch, ours, other)
    monkeypatch.setattr(comparing, "is_built", lambda files, engine, size: True)
    found = Comparison(("cuda",), Effort(repeats=3))
    found.add([(FILES, (64, 32))], IMAGES, lambda text: None)
    (result,) = found.results
    assert (result.engine, result.exact) == ("cuda", "onnxruntime")
    assert result.correlation == pytest.approx(1.0)
    assert other.calls == len(IMAGES)
    assert other.closed == 1


@without_gpu
def test_an_engine_that_is_not_built_is_built_only_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[tuple[int, int]] = []
    use(monkeypatch, Pretend("tensorrt"), Pretend("onnxruntime"))
    monkeypatch.setattr(comparing, "is_built", lambda files, engine, size: bool(built))
    monkeypatch.setattr(comparing, "build", lambda files, engine, size, report: built.append(size))
    found = Comparison(("tensorrt",), Effort(repeats=1))
    found.add([(FILES, (64, 32))], IMAGES, lambda text: None)
    assert not built
    assert "not built for pretend at 64x32" in found.absences[0].reason
    found = Comparison(("tensorrt",), Effort(repeats=1), build=True)
    found.add([(FILES, (64, 32))], IMAGES, lambda text: None)
    assert built == [(64, 32)]
    assert found.results[0].engine == "tensorrt"


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("depth-anything-v2-small", 24.8),
        ("depth-anything-v2-base", 97.5),
        ("depth-anything-v2-large", 335.3),
    ],
)
def test_architectures_have_their_published_sizes(name: str, millions: float) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from livedepth.benchmarks.architectures import _configuration

    with torch.device("meta"):
        network = transformers.DepthAnythingForDepthEstimation(
            _configuration(find_architecture(name))
        )
    assert sum(values.numel() for values in network.parameters()) / 1e6 == pytest.approx(
        millions, abs=0.06
    )


def test_unknown_architectures_are_refused() -> None:
    with pytest.raises(UsageError, match="depth-anything-v2-small"):
        find_architecture("resnet")
    assert set(ARCHITECTURES) >= {"depth-anything-v2-small"}


def test_random_models_are_their_seeds_and_their_maps_have_detail(
    tiny: ModelFiles, frames: list[Image], tmp_path: Path
) -> None:
    weights = {}
    for seed in (0, 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        weights[seed] = make_random_model(folder, "tiny", TINY, seed)
        assert weights[seed].description == tiny.description
    same, other = ((tmp_path / str(seed) / "model.safetensors").read_bytes() for seed in (0, 1))
    assert tiny.folder is not None
    assert (tiny.folder / "model.safetensors").read_bytes() == same != other
    assert tiny.description.multiple == 14
    with closing(EagerModel(at_size(tiny, (70, 42), (160, 90)), "cpu")) as model:
        depth = model.infer(frames[0]).depth
    assert depth.shape == (42, 70)
    assert float(np.ptp(depth)) > 1.0
    assert float((depth > 0).mean()) > 0.9


@pytest.mark.parametrize("which", ["tiny", "embedded"])
def test_the_yardstick_computes_what_the_engines_do(
    which: str, tiny: ModelFiles, frames: list[Image]
) -> None:
    files = tiny if which == "tiny" else find_model("embedded")
    with closing(EagerModel(files, "cpu")) as plain, closing(open_engine(files, "torch")) as ours:
        for image in frames[:2]:
            expected, found = plain.infer(image), ours.infer(image)
            np.testing.assert_allclose(found.depth, expected.depth, rtol=2e-3, atol=2e-3)
            assert (found.matte is None) == (expected.matte is None)


@without_gpu
def test_without_a_gpu_the_yardstick_and_the_memory_are_absent() -> None:
    with pytest.raises(EngineError, match=r"engine eager: .+"):
        EagerModel(find_model("embedded"))
    assert DeviceMemory().megabytes() is None


def row_of(milliseconds: float, speedup: float | None, correlation: float = 0.9999) -> Figures:
    return Figures(
        "m", "cuda", "H100", "fp16", (518, 518), milliseconds, 2.0, 0.1, 500.0, 9, 50.0, 90.0,
        "torch", correlation, None, None, speedup,
    )  # fmt: skip


def test_a_bar_is_met_by_time_and_by_speed_beside_eager() -> None:
    bar = gpu.Bar("m", (518, 518), 2.5, 5.0)
    eager = row_of(14.0, 1.0)
    for found, met in (
        (row_of(2.4, 6.0), True), (row_of(2.6, 6.0), False), (row_of(2.4, 4.0), False),
        (row_of(2.4, None), False),
    ):  # fmt: skip
        time_row, agreement_row = gpu.rows(bar, found, eager)
        assert time_row.met == met
        assert time_row.as_json()["yardstick"]["value"] == 14.0
        assert agreement_row.met
    assert next(gpu.rows(gpu.Bar("m", None, 2.5), row_of(2.4, None), None)).met
    assert not list(gpu.rows(bar, row_of(2.4, 6.0, 0.99), eager))[1].met


def test_a_bar_is_measured_with_any_engine(tiny: ModelFiles) -> None:
    bar = gpu.Bar("tiny", (70, 42), 1e-6)
    found = list(gpu.measured(bar, tiny, ["torch", "opencv"], Effort(repeats=2), (160, 90)))
    by_name = {result.name: result for result in found}
    assert by_name["torch tiny"].value
    assert by_name["torch tiny"].met is False
    assert by_name["opencv tiny"].value is None
    assert "ONNX" in by_name["opencv tiny"].target


@without_gpu
def test_without_a_gpu_every_bar_says_so() -> None:
    results = [*gpu.gpu(), *gpu.gpu_stream()]
    assert len(results) == len(gpu.BARS) + 1
    for result in results:
        assert result.value is result.met is None
        assert cuda_fault() in result.target
        assert json.loads(json.dumps(result.as_json()))["value"] is None


@pytest.mark.gpu
@with_gpu
def test_with_a_gpu_every_bar_is_measured() -> None:
    times = [result for result in gpu.gpu() if result.unit == "ms"]
    assert {result.name for result in times} >= {
        "cuda depth-anything-v2-small", "cuda embedded",
    }  # fmt: skip
    for result in times:
        if result.name.startswith("cuda"):
            assert result.value
            assert result.yardstick


@pytest.mark.gpu
@with_gpu
def test_with_a_gpu_its_memory_is_told(frames: list[Image]) -> None:
    found = Comparison(("cuda",), Effort(repeats=5))
    found.add([(find_model("embedded"), (320, 192))], frames, lambda text: None)
    cuda, eager = found.results
    assert (cuda.engine, eager.engine) == ("cuda", "eager")
    assert cuda.device_megabytes
    assert eager.device_megabytes
    assert cuda.speedup
    assert cuda.correlation
    assert cuda.correlation >= 0.999


def test_versions_are_those_that_figures_depend_on() -> None:
    assert set(versions()) >= {"python", "livedepth", "numpy", "numba"}
