from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from doubles import CollectingOutput, DiscModel, ScriptedSource, Step, marker_picture, shows_marker

from livedepth import pipeline as pipeline_module
from livedepth.errors import CameraLostError, OutputError, SourceError
from livedepth.outputs.output import OutputContext
from livedepth.pipeline import Limit, Pipeline
from livedepth.settings import Settings, SettingsHolder


class Bench:
    """A pipeline over doubles: one collector for each output that the settings name."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        script: list[Step],
        *,
        live: bool = False,
        outputs: dict[str, CollectingOutput] | None = None,
        model: DiscModel | None = None,
        **settings: object,
    ) -> None:
        self.outputs = outputs or {"null": CollectingOutput()}
        self.contexts: list[OutputContext] = []

        def open_double(spec: str, context: OutputContext) -> CollectingOutput:
            self.contexts.append(context)
            return self.outputs[spec]

        monkeypatch.setattr(pipeline_module, "open_output", open_double)
        self.said: list[str] = []
        self.source = ScriptedSource(script, live=live)
        self.settings = SettingsHolder(
            Settings().updated({"output": list(self.outputs), **settings})
        )
        self.pipeline = Pipeline(self.source, model or DiscModel(), self.settings, self.said.append)

    @property
    def frames(self) -> list[np.ndarray]:
        return [frame.image for frame in self.outputs["null"].frames]


def pictures(count: int) -> list[Step]:
    return [marker_picture() for _ in range(count)]


def test_every_frame_of_a_file_is_sent_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, pictures(12))
    counted: list[int] = []
    bench.pipeline.run(progress=counted.append)
    assert [frame.index for frame in bench.outputs["null"].frames] == list(range(12))
    assert counted == list(range(1, 13))
    assert bench.outputs["null"].closed == 1
    assert bench.source.closed >= 1
    snapshot = bench.pipeline.stats.snapshot()
    assert (snapshot["frames_in"], snapshot["frames_out"], snapshot["dropped"]) == (12, 12, 0)
    assert snapshot["model"] == "disc"


def test_a_file_that_ends_early_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for length, told in ((12, False), (40, True), (None, False)):
        bench = Bench(monkeypatch, pictures(12))
        bench.source.length = length
        bench.pipeline.run()
        said = [text for text in bench.said if "ended early, after 12 of about 40" in text]
        assert bool(said) == told


def test_the_limit_of_frames_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, pictures(50))
    bench.pipeline.run(Limit(frames=5))
    assert len(bench.frames) == 5


def test_the_limit_of_seconds_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, [*pictures(2), 30.0], live=True)
    started = time.monotonic()
    bench.pipeline.run(Limit(seconds=0.6))
    assert time.monotonic() - started < 5.0


def test_stopping_is_prompt_though_the_source_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, [*pictures(1), 30.0], live=True)
    threading.Timer(0.3, bench.pipeline.stop).start()
    started = time.monotonic()
    bench.pipeline.run()
    assert time.monotonic() - started < 5.0
    assert not [t for t in threading.enumerate() if t.name == "livedepth capture" and t.is_alive()]


def test_an_error_in_the_capture_thread_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, [*pictures(3), SourceError("the file is damaged")])
    with pytest.raises(SourceError, match="the file is damaged"):
        bench.pipeline.run()
    assert len(bench.frames) == 3
    assert bench.outputs["null"].closed == 1


def test_a_lost_camera_shows_a_placeholder_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    script: list[Step] = [
        *pictures(2),
        CameraLostError("camera C was unplugged"),
        0.7,
        *pictures(3),
    ]
    bench = Bench(monkeypatch, script, live=True, strength=1.0)
    bench.pipeline.run()
    frames = bench.outputs["null"].frames
    assert not any(shows_marker(frame.image) for frame in frames)
    assert bench.said[-2:] == ["camera C was unplugged", "scripted is back"]
    assert pipeline_module._PLACEHOLDER == ("Camera unavailable", "Looking for it again")
    assert len(frames) >= 3
    times = [frame.timestamp for frame in frames if frame.index <= 1]
    assert times == sorted(times)
    assert times[-1] > 0.3


def test_depth_and_matte_are_black_while_the_camera_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs = {name: CollectingOutput() for name in ("null", "depth:null", "matte:null")}
    script: list[Step] = [*pictures(1), CameraLostError("gone"), 0.6]
    bench = Bench(monkeypatch, script, live=True, outputs=outputs)
    bench.pipeline.run()
    assert outputs["null"].frames[-1].image.any()
    for name in ("depth:null", "matte:null"):
        assert len(outputs[name].frames) > 1
        assert not outputs[name].frames[-1].image.any()


def test_a_file_played_at_its_own_pace_is_not_called_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(monkeypatch, pictures(12), live=True)
    bench.source.length = 40
    bench.pipeline.run()
    assert not [text for text in bench.said if "ended early" in text]


def test_a_source_that_falls_silent_shows_a_placeholder(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, [*pictures(1), 1.6], live=True)
    bench.pipeline.run()
    assert len(bench.frames) >= 2
    assert not shows_marker(bench.frames[-1])
    assert np.abs(bench.frames[0].astype(int) - bench.frames[-1]).mean() > 5


def test_a_failing_model_never_lets_the_room_out(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(
        monkeypatch,
        [*pictures(1), 0.05] * 6,
        live=True,
        model=DiscModel(failing=range(2, 5)),
        strength=1.0,
    )
    bench.pipeline.run()
    assert bench.frames
    assert not any(shows_marker(picture) for picture in bench.frames)


def test_an_output_that_fails_leaves_the_others_going(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = {"null": CollectingOutput(), "out.mp4": CollectingOutput("out.mp4", fails_at=4)}
    bench = Bench(monkeypatch, pictures(10), outputs=outputs)
    with pytest.raises(OutputError, match=r"out\.mp4 is full; empty it"):
        bench.pipeline.run()
    assert len(outputs["null"].frames) == 10
    assert len(outputs["out.mp4"].frames) == 4
    assert outputs["out.mp4"].closed == 1
    assert any("the other outputs go on" in text for text in bench.said)


def test_the_last_output_failing_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, pictures(50), outputs={"null": CollectingOutput(fails_at=3)})
    with pytest.raises(OutputError):
        bench.pipeline.run()
    assert bench.pipeline.stats.frames_out == 3


def test_preview_and_outputs_are_mirrored_separately(monkeypatch: pytest.MonkeyPatch) -> None:
    left = np.zeros((90, 160, 3), np.uint8)
    left[:, :80] = 255
    for preview, output in ((True, False), (False, True), (True, True)):
        outputs = {"null": CollectingOutput(), "preview": CollectingOutput()}
        bench = Bench(
            monkeypatch, [left], outputs=outputs, effect="none", mirror_preview=preview,
            mirror_output=output,
        )  # fmt: skip
        bench.pipeline.run()
        for name, mirrored in (("preview", preview), ("null", output)):
            picture = outputs[name].frames[0].image
            assert (picture[:, :70].mean() < 50) == mirrored


def test_settings_change_between_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, pictures(6))

    def advance(sent: int) -> None:
        if sent == 3:
            bench.settings.change(effect="depth", colourmap="grey")

    bench.pipeline.run(progress=advance)
    grey = [np.ptp(picture.astype(int), axis=2).max() == 0 for picture in bench.frames]
    assert grey == [False] * 3 + [True] * 3


def test_a_click_sets_the_focus_to_what_lies_there(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, pictures(3))

    def click(sent: int) -> None:
        if sent == 2:
            bench.contexts[0].focus_at(0.02, 0.02)

    bench.pipeline.run(progress=click)
    assert bench.settings.current.focus == pytest.approx(0.0, abs=0.05)


def test_live_frames_that_come_too_fast_are_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = CollectingOutput(on_write=lambda frame: time.sleep(0.05))
    bench = Bench(monkeypatch, [*pictures(40), 0.3], live=True, outputs={"null": slow})
    bench.pipeline.run()
    snapshot = bench.pipeline.stats.snapshot()
    assert snapshot["dropped"] > 0
    assert snapshot["frames_in"] == snapshot["frames_out"] + snapshot["dropped"] == 40
    assert slow.frames[-1].index == 39


def test_depth_and_matte_go_to_outputs_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("null", "depth:null", "matte:null")
    outputs = {name: CollectingOutput() for name in names}
    bench = Bench(monkeypatch, pictures(3), outputs=outputs, effect="none", colourmap="grey")
    bench.pipeline.run()
    picture, depth, matte = (outputs[name].frames[-1].image for name in names)
    assert shows_marker(picture)
    for image in (depth, matte):
        assert np.ptp(image.astype(int), axis=2).max() == 0
        assert image[45, 80, 0] > image[2, 2, 0] + 100


def test_the_source_follows_settings_that_change(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, pictures(6))

    def advance(sent: int) -> None:
        if sent == 3:
            bench.settings.change(exposure=20)

    bench.pipeline.run(progress=advance)
    assert [settings.exposure for settings in bench.source.adjusted] == [20.0]


def test_an_unwatched_stream_lets_the_camera_go_until_somebody_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, output = DiscModel(), CollectingOutput()
    bench = Bench(
        monkeypatch, [step for _ in range(200) for step in (marker_picture(), 0.02)], live=True,
        model=model, outputs={"null": output}, pause_after=0.3, strength=1.0,
    )  # fmt: skip
    output.watched = False
    resumed: list[float] = []
    calls: list[int] = []

    def watch() -> None:
        while not bench.source.released:
            time.sleep(0.01)
        time.sleep(0.3)
        calls.append(model.calls)
        time.sleep(0.3)
        calls.append(model.calls)
        looked = time.monotonic()
        output.watched = True
        while model.calls == calls[1]:
            time.sleep(0.005)
        resumed.append(time.monotonic() - looked)
        bench.pipeline.stop()

    watcher = threading.Thread(target=watch)
    watcher.start()
    bench.pipeline.run(Limit(seconds=30))
    watcher.join()
    assert bench.source.released == 1
    assert calls[0] == calls[1]
    assert len(resumed) == 1
    assert [text for text in bench.said if "watching" in text] == [
        "nobody is watching; the camera is let go until somebody does",
        "somebody is watching again",
    ]
    assert not any(shows_marker(frame.image) for frame in output.frames)


def test_a_file_is_never_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    output = CollectingOutput(on_write=lambda frame: time.sleep(0.02))
    output.watched = False
    bench = Bench(monkeypatch, pictures(20), outputs={"null": output}, pause_after=0.1)
    bench.pipeline.run()
    assert len(output.frames) == 20
