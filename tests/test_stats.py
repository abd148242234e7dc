from __future__ import annotations

import json
import threading
import time

import numpy as np
import pytest

from livedepth.stats import STAGES, Run, Stats, resident_megabytes


def test_a_snapshot_has_the_documented_keys_and_is_json() -> None:
    stats = Stats()
    stats.run = Run("clip.mp4", "embedded", "opencv", "paired", (640, 480))
    snapshot = json.loads(json.dumps(stats.snapshot()))
    assert set(snapshot) == {
        "version", "source", "model", "engine", "mode", "size", "frames_in", "frames_out",
        "dropped", "seconds", "fps", "cpu_percent", "frame_age_ms", "stages_ms", "rss_mb",
    }  # fmt: skip
    assert snapshot["size"] == [640, 480]
    assert set(snapshot["stages_ms"]) == set(STAGES)
    assert set(snapshot["frame_age_ms"]) == {"p50", "p95", "p99"}
    assert snapshot["fps"] == 0


def test_percentiles_are_those_of_the_samples() -> None:
    stats = Stats()
    samples = np.linspace(0.001, 0.101, 501)
    for seconds in samples:
        stats.record("depth", float(seconds))
    times = stats.snapshot()["stages_ms"]["depth"]
    assert times["p50"] == pytest.approx(1e3 * np.percentile(samples, 50), abs=0.01)
    assert times["p95"] == pytest.approx(1e3 * np.percentile(samples, 95), abs=0.01)


def test_only_the_newest_samples_count() -> None:
    stats = Stats()
    for _ in range(5000):
        stats.record("depth", 1.0)
    for _ in range(4096):
        stats.record("depth", 0.001)
    assert stats.snapshot()["stages_ms"]["depth"]["p95"] == 1.0


def test_frame_age_and_rate_come_from_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stats = Stats()
    for _ in range(31):
        stats.captured()
        now[0] += 0.1
        stats.sent(now[0] - 0.02)
    stats.drop(2)
    snapshot = stats.snapshot()
    assert snapshot["fps"] == pytest.approx(10.0)
    assert stats.recent_rate() == pytest.approx(10.0)
    assert snapshot["frame_age_ms"]["p99"] == pytest.approx(20.0)
    assert (snapshot["frames_in"], snapshot["frames_out"], snapshot["dropped"]) == (31, 31, 2)


def test_after_the_end_the_figures_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = [100.0, 5.0]
    monkeypatch.setattr(time, "monotonic", lambda: clocks[0])
    monkeypatch.setattr(time, "process_time", lambda: clocks[1])
    stats = Stats()
    clocks[:] = [110.0, 10.0]
    stats.finish()
    clocks[:] = [200.0, 90.0]
    snapshot = stats.snapshot()
    assert (snapshot["seconds"], snapshot["cpu_percent"]) == (10.0, 50.0)


def test_stages_time_their_body() -> None:
    stats = Stats()
    with stats.stage("compose"):
        time.sleep(0.02)
    assert stats.snapshot()["stages_ms"]["compose"]["p50"] >= 19.0


def test_an_unknown_stage_is_an_error() -> None:
    with pytest.raises(KeyError):
        Stats().record("lunch", 1.0)


def test_threads_may_record_at_once() -> None:
    stats = Stats()
    threads = [
        threading.Thread(target=lambda: [stats.captured() for _ in range(2000)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stats.frames_in == 8000


def test_resident_memory_is_that_of_a_python_with_numpy() -> None:
    assert 10 < resident_megabytes() < 20_000
