"""A stream outlives its engine: falling back, switching, building, closing."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from engine_doubles import (
    Built,
    Collapsing,
    Double,
    Dying,
    Flat,
    Unfinite,
    Wrong,
    table_of,
)

from livedepth.cli.main import main
from livedepth.depth import selection
from livedepth.depth.automatic import AutomaticModel
from livedepth.depth.measuring import Standing
from livedepth.depth.reference import proven
from livedepth.depth.registry import find_model, load_model
from livedepth.depth.selection import remembered
from livedepth.errors import EngineError, ModelError

FILES = find_model("embedded")
WAIT = 60.0


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def said() -> list[str]:
    return []


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def served(model: AutomaticModel, pictures: Iterator[np.ndarray], engine: str) -> int:
    """Infer until ``engine`` serves; the number of frames that others served before."""
    end = time.monotonic() + WAIT
    frames = 0
    while model.engine != engine:
        assert time.monotonic() < end
        assert np.isfinite(model.infer(next(pictures)).depth).all()
        frames += 1
        time.sleep(0.01)
    return frames


def pictures(width: int = 320, height: int = 180) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(0)
    while True:
        yield generator.integers(0, 255, (height, width, 3)).astype(np.uint8)


def test_the_frame_that_an_engine_dies_on_is_inferred_by_the_next(said: list[str]) -> None:
    with table_of(Dying), closing(load("dying", "opencv", said=said)) as model:
        shown = [next(pictures()) for _ in range(1)] * 8
        maps = [model.infer(picture).depth for picture in shown]
        assert (model.engine, model.device) == ("opencv", "CPU")
        assert Double.made[0].closed == 1
    for depth in maps:
        np.testing.assert_allclose(depth, maps[0], atol=1e-4)
    assert said == ["engine dying failed: engine dying: out of memory; engine opencv takes over"]


def load(*order: str, wanted: tuple[str, ...] = (), said: list[str]) -> AutomaticModel:
    return AutomaticModel(FILES, order, wanted, said.append)


def test_what_a_library_raises_unasked_is_an_engine_failure_too(said: list[str]) -> None:
    with table_of(Collapsing), closing(load("collapsing", "opencv", said=said)) as model:
        assert served(model, pictures(), "opencv") == 3
    assert said == [
        "engine collapsing failed: engine collapsing: CUDA error: the driver is gone; "
        "engine opencv takes over"
    ]


def test_an_engine_that_cannot_even_be_opened_is_passed_over(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Incompatible(Double):
        engine = "incompatible"

        def __init__(self, files: object) -> None:
            raise AttributeError("attention has no q_proj")

    monkeypatch.setattr("engine_doubles.Incompatible", Incompatible, raising=False)
    table = table_of(Dying, Incompatible)
    with table, closing(load("dying", "incompatible", "opencv", said=said)) as model:
        assert served(model, pictures(), "opencv") == Dying.dies_at
    assert said[0] == "engine passed over: engine incompatible: attention has no q_proj"


def test_an_engine_that_fails_its_self_test_never_serves(said: list[str]) -> None:
    with table_of(Wrong, Flat), closing(load("wrong", "flat", "opencv", said=said)) as model:
        assert model.engine == "opencv"
        assert [made.closed for made in Double.made] == [1, 1]
    assert said[0].startswith("engine passed over: engine wrong disagrees with the reference: 0.9")
    assert said[0].endswith("needs 0.999")
    assert said[1] == "engine passed over: engine flat returns a flat map"


def test_when_none_is_left_every_reason_is_given(said: list[str]) -> None:
    with table_of(Dying, Flat, real=()), closing(load("dying", "flat", said=said)) as model:
        picture = next(pictures())
        for _ in range(Dying.dies_at - 1):
            model.infer(picture)
        for _ in range(2):
            with pytest.raises(EngineError, match=r"dying: out of memory.*flat returns a flat map"):
                model.infer(picture)
        assert model.engine == "dying"


def test_no_engine_at_the_start_is_an_error_with_reasons(said: list[str]) -> None:
    with (
        table_of(Wrong, Flat, real=()),
        pytest.raises(EngineError, match=r"wrong disagrees.*; engine flat returns a flat map"),
    ):
        load("wrong", "flat", said=said)


def test_a_bad_picture_is_the_callers_and_no_engines_fault(said: list[str]) -> None:
    with table_of(Double), closing(load("double", "opencv", said=said)) as model:
        with pytest.raises(ModelError, match="a picture must be uint8"):
            model.infer(np.zeros((4, 4), np.uint8))
        assert model.engine == "double"
    assert said == []


def test_a_single_nan_map_is_a_glitch(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unfinite, "bad", {2})
    with table_of(Unfinite), closing(load("unfinite", "opencv", said=said)) as model:
        for _ in range(4):
            model.infer(next(pictures()))
        assert model.engine == "unfinite"
    assert said == []


def test_nan_that_another_engine_has_not_gives_the_engine_up(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unfinite, "bad", {2, 3})
    with table_of(Unfinite), closing(load("unfinite", "opencv", said=said)) as model:
        for _ in range(3):
            assert np.isfinite(model.infer(next(pictures())).depth).all()
        assert model.engine == "opencv"
    assert "not finite; engine opencv takes over" in said[0]


def test_nan_of_every_engine_is_the_models_fault(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Second(Unfinite):
        engine = "second"

    monkeypatch.setattr("engine_doubles.Second", Second, raising=False)
    monkeypatch.setattr(Unfinite, "bad", {1, 2, 3})
    table = table_of(Unfinite, Second, real=())
    with table, closing(load("unfinite", "second", said=said)) as model:
        for _ in range(2):
            with pytest.raises(ModelError, match="not finite"):
                model.infer(next(pictures()))
        model.infer(next(pictures()))
        assert model.engine == "unfinite"
        # The second frame does not cost another start of the other engine.
        assert [type(made) for made in Double.made] == [Unfinite, Second]
        assert Double.made[1].closed == 1
    assert said == []


def test_an_engine_that_is_no_better_and_does_not_close_is_not_to_blame(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stuck(Unfinite):
        engine = "stuck"

        def close(self) -> None:
            raise RuntimeError("the driver is gone")

    monkeypatch.setattr("engine_doubles.Stuck", Stuck, raising=False)
    monkeypatch.setattr(Unfinite, "bad", {1, 2})
    table = table_of(Unfinite, Stuck, real=())
    with table, closing(load("unfinite", "stuck", said=said)) as model:
        for _ in range(2):
            with pytest.raises(ModelError, match="not finite"):
                model.infer(next(pictures()))
            monkeypatch.setattr(Unfinite, "bad", {2, 3})
    assert said == ["engine stuck could not be closed: engine stuck: the driver is gone"]


def test_an_engine_is_built_while_another_serves_and_takes_over(said: list[str]) -> None:
    with table_of(Built), closing(load("built", "opencv", wanted=("built",), said=said)) as model:
        assert model.engine == "opencv"
        assert served(model, pictures(), "built") > 1
        assert model.device == "pretended"
        model.infer(next(pictures()))
    assert said[0] == "building engine built for 320x192; this may take minutes, once"
    assert said[1] == "engine built for 320x192: tracing the network"
    assert said[2] == "engine built for 320x192: saved"
    assert said[3].startswith("engine built takes over, built in ")
    assert len(said) == 4
    assert not [thread for thread in threading.enumerate() if thread.name == "livedepth engine"]


def test_what_is_built_already_serves_from_the_first_frame(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with table_of(Built):
        with closing(load("built", "opencv", wanted=("built",), said=said)) as model:
            served(model, pictures(), "built")
        said.clear()
        with closing(load("built", "opencv", wanted=("built",), said=said)) as model:
            assert model.engine == "built"
            model.infer(next(pictures()))
    assert said == []


def test_frames_of_another_size_are_served_while_that_is_built(said: list[str]) -> None:
    with table_of(Built), closing(load("built", "opencv", wanted=("built",), said=said)) as model:
        served(model, pictures(), "built")
        said.clear()
        tall = pictures(180, 320)
        assert np.isfinite(model.infer(next(tall)).depth).all()
        assert model.engine == "opencv"
        assert served(model, tall, "built") > 0
    assert said[0] == "engine built is not built for this size; engine opencv serves meanwhile"
    assert any(line.startswith("building engine built for 192x320") for line in said)


def test_a_size_that_changes_during_a_build_ends_that_build(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_SECONDS", "50")
    with table_of(Built), closing(load("built", "opencv", wanted=("built",), said=said)) as model:
        model.infer(next(pictures()))
        until(lambda: any("tracing" in line for line in said))
        monkeypatch.setenv("BUILD_SECONDS", "0")
        served(model, pictures(180, 320), "built")
    assert not any("failed" in line or "could not" in line for line in said)


@pytest.mark.parametrize(
    ("how", "complaint"), [("failed", "an operation is not known"), ("crash", "SIGABRT")]
)
def test_a_build_that_fails_is_told_once_and_not_tried_again(
    how: str, complaint: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_ENDS", how)
    with table_of(Built), closing(load("built", "opencv", wanted=("built",), said=said)) as model:
        frames = pictures()
        until(lambda: bool(model.infer(next(frames))) and any(complaint in s for s in said))
        model.infer(next(pictures(180, 320)))
        assert model.engine == "opencv"
    told = [line for line in said if complaint in line]
    assert len(told) == 1
    assert told[0].endswith("; engine opencv goes on")
    assert sum(line.startswith("building") for line in said) == 1


def test_closing_ends_a_build_at_once(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_SECONDS", "50")
    with table_of(Built):
        model = load("built", "opencv", wanted=("built",), said=said)
        model.infer(next(pictures()))
        until(lambda: any("tracing" in line for line in said))
        started = time.monotonic()
        model.close()
        model.close()
        assert time.monotonic() - started < 20
    assert not [thread for thread in threading.enumerate() if "livedepth" in thread.name]
    with pytest.raises(EngineError, match="is closed"):
        model.infer(next(pictures()))


def test_closing_waits_for_the_frame_in_hand(said: list[str]) -> None:
    entered, go = threading.Event(), threading.Event()

    class Waiting(Double):
        engine = "waiting"

        def at_frame(self, number: int) -> None:
            entered.set()
            assert go.wait(WAIT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine_doubles.Waiting", Waiting, raising=False)
        with table_of(Waiting, real=()):
            model = load("waiting", said=said)
            results: list[object] = []
            worker = threading.Thread(target=lambda: results.append(model.infer(next(pictures()))))
            worker.start()
            assert entered.wait(WAIT)
            closer = threading.Thread(target=model.close)
            closer.start()
            assert Double.made[0].closed == 0
            go.set()
            worker.join(WAIT)
            closer.join(WAIT)
    assert len(results) == 1
    assert Double.made[0].closed == 1


def test_an_engine_to_be_built_may_be_asked_for_by_name(said: list[str]) -> None:
    with table_of(Built), closing(load_model("embedded", "built", said.append)) as model:
        assert model.engine == "opencv"
        assert isinstance(model, AutomaticModel)
        served(model, pictures(), "built")
    with table_of(Built):
        # What was built is measured at the next start.
        assert remembered(FILES) == []


def test_a_plain_engine_asked_for_by_name_is_that_one_alone() -> None:
    with table_of(Dying), closing(load_model("embedded", "dying")) as model:
        for _ in range(Dying.dies_at - 1):
            model.infer(next(pictures()))
        with pytest.raises(EngineError, match="out of memory"):
            model.infer(next(pictures()))
        assert model.engine == "dying"


def test_proving_closes_what_it_refuses() -> None:
    with table_of(Flat), pytest.raises(EngineError, match="flat"):
        proven(FILES, "flat")
    assert Double.made[-1].closed == 1


def run(arguments: list[str], *found: Standing) -> tuple[int, dict[str, object]]:
    """``livedepth run`` on the synthetic scene with these figures remembered; its statistics."""
    selection.remember(FILES, list(found))
    scene = ["--source", "synthetic", "--width", "320", "--height", "180", "--output", "null"]
    status = main(["run", *scene, *arguments, "--stats-json", "stats.json"])
    statistics: dict[str, object] = json.loads(Path("stats.json").read_text(encoding="utf-8"))
    return status, statistics


@pytest.mark.parametrize("live", [[], ["--realtime", "--mode", "latest"]])
def test_a_run_outlives_its_engine(
    live: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with table_of(Dying):
        status, statistics = run(
            ["--frames", "30", *live], Standing("dying", 1.0), Standing("opencv", 5.0)
        )
        dying = Double.made[0]
    told = capsys.readouterr().err
    assert status == 0
    assert statistics["frames_out"] == 30
    assert live or statistics["dropped"] == 0
    assert statistics["engine"] == "opencv"
    assert "model embedded on engine dying (pretended, fp32): 1 ms a frame; opencv 5 ms" in told
    assert told.count("out of memory; engine opencv takes over") == 1
    assert "a stage failed" not in told
    assert (dying.frames, dying.closed) == (Dying.dies_at, 1)


def test_a_run_is_served_while_its_engine_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop_soon(built: Built, number: int) -> None:
        if number == 5:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Built, "at_frame", stop_soon)
    monkeypatch.chdir(tmp_path)
    with table_of(Built):
        status, statistics = run(
            ["--seconds", "90"],
            Standing("built", unbuilt=True),
            Standing("opencv", 5.0),
        )
    told = capsys.readouterr().err
    assert status == 0
    assert statistics["dropped"] == 0
    assert statistics["engine"] == "built"
    order = ["on engine opencv", "building engine built", "tracing", "takes over, built in"]
    places = [told.index(text) for text in order]
    assert places == sorted(places)
    assert "a stage failed" not in told


def test_no_frame_waits_for_the_switch(said: list[str]) -> None:
    class Leaving(Double):
        engine = "leaving"

        def close(self) -> None:
            time.sleep(2.0)
            super().close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine_doubles.Leaving", Leaving, raising=False)
        table = table_of(Built, Leaving, real=("opencv",))
        with table, closing(load("built", "leaving", wanted=("built",), said=said)) as model:
            shown = pictures()
            model.infer(next(shown))
            preparation = model._preparation
            assert preparation is not None
            until(lambda: preparation.ready)
            started = time.monotonic()
            model.infer(next(shown))
            assert model.engine == "built"
            # What leaves takes two seconds to close, and does that on its own time.
            assert time.monotonic() - started < 1.5
        assert Double.made[0].closed == 1
