"""The benchmark of latency between two real devices of v4l2loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from virtual_camera_support import module, needs_device, needs_guest

from livedepth.benchmarks import latency

pytestmark = [pytest.mark.camera, needs_device, needs_guest]


@pytest.fixture(autouse=True)
def two_devices() -> Iterator[None]:
    with module("devices=2", "video_nr=10,11", "exclusive_caps=1,1", "card_label=webcam,virtual"):
        yield


def test_frames_go_through_both_devices_and_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "_SIZE", (640, 360))
    assert latency.free_devices() == ["/dev/video10", "/dev/video11"]
    results = {result.name: result for result in latency.latency()}
    for result in results.values():
        print(result)
    assert set(results) == {
        "latency p50", "latency p95", "latency p99", "latency: audio offset", "latency: unreadable"
    }  # fmt: skip
    median = results["latency p50"]
    assert median.yardstick_name == "without depth"
    assert 0.0 < median.yardstick < median.value < 2000.0
    assert results["latency: unreadable"].yardstick > 20
    assert results["latency: unreadable"].met
    assert latency.free_devices() == ["/dev/video10", "/dev/video11"]
