"""Many threads take streams from the library at once, and each gets what it would get alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

import livedepth
from livedepth.settings import EFFECTS, SettingsHolder

THREADS, FRAMES = 16, 3
PATIENCE = 120.0


def pictures(effect: str) -> list[np.ndarray]:
    stream = livedepth.stream("synthetic", width=128, height=72, effect=effect, background="blur")
    try:
        return [frame.image for frame in islice(stream, FRAMES)]
    finally:
        stream.close()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def alone() -> dict[str, list[np.ndarray]]:
    return {effect: pictures(effect) for effect in EFFECTS}


@pytest.fixture
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.mark.usefixtures("no_thread_stays")
def test_sixteen_streams_at_once_equal_one_alone(alone: dict[str, list[np.ndarray]]) -> None:
    start = threading.Barrier(THREADS)
    got: dict[int, list[np.ndarray]] = {}
    failed: list[BaseException] = []

    def take(number: int) -> None:
        try:
            start.wait(PATIENCE)
            got[number] = pictures(EFFECTS[number % len(EFFECTS)])
        except BaseException as error:
            failed.append(error)

    threads = [
        threading.Thread(target=take, args=(number,), daemon=True) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "the streams wait for each other"
    assert not failed
    assert len(got) == THREADS
    for number, taken in got.items():
        np.testing.assert_array_equal(taken, alone[EFFECTS[number % len(EFFECTS)]])


@pytest.mark.usefixtures("no_thread_stays")
def test_one_settings_holder_is_changed_by_all() -> None:
    """No change is lost, however many threads change different settings."""
    holder = SettingsHolder(livedepth.Settings())
    keys = ("strength", "highlights", "edge_softness", "light_wrap")

    def change(key: str) -> None:
        for step in range(200):
            holder.change(**{key: step / 200})

    threads = [threading.Thread(target=change, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [getattr(holder.current, key) for key in keys] == [199 / 200] * len(keys)
